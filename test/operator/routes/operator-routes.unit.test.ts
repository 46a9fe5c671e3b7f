import fastify from 'fastify';
import { describe, expect, onTestFinished, test } from 'vitest';
import { DependencyUnavailableError } from '../../../src/common/errors.ts';
import { silentLogger } from '../../../src/common/logger.ts';
import { Gate, GuessGuard, operatorRoutes, Replays, Sessions } from '../../../src/operator/index.ts';
import { sessionMs } from '../../../src/operator/access/session.ts';
import type { AccountAsked, Replayer } from '../../../src/operator/ports.ts';
import type { LiveView } from '../../../src/operator/index.ts';
import { everything, type ReplayJob } from '../../../src/replay/index.ts';

const token = 'a-token-of-at-least-32-characters';
const job: ReplayJob = {
  id: '6f1c5d4e-0000-4000-8000-000000000001',
  ...{ from: 'points.dlq', selection: everything, ranges: [{ partition: 0, from: 0, to: 3 }] },
};
const tally = { records: 2, merchants: new Map(), errors: new Map(), skipped: new Map(), oldest: 1, newest: 2 };

const createRig = ({ isKafkaAway = false } = {}) => {
  const clock = { at: 1_700_000_000_000, now: () => clock.at };
  const seen = { reads: [] as string[], refused: [] as number[], ran: [] as number[], asked: [] as AccountAsked[] };
  const replayer: Replayer = {
    plan: () => Promise.resolve(job),
    dryRun: () => Promise.resolve(tally),
    run: async (_job, records, { ratePerSecond, onCopied }) => {
      seen.ran.push(ratePerSecond);
      onCopied(records);
      return records;
    },
  };
  const sessions = new Sessions(token, clock, () => 'id');
  const app = fastify();
  void app.register(
    operatorRoutes({
      ...{ sessions, clock, replayer, logger: silentLogger },
      gate: new Gate(sessions, new GuessGuard(clock)),
      live: { overview: () => Promise.resolve({ problems: [] }) } as unknown as LiveView,
      deadLetters: {
        list: () => (isKafkaAway ? Promise.reject(new DependencyUnavailableError('Kafka')) : Promise.resolve([])),
        open: () => Promise.resolve(undefined),
      },
      accounts: {
        read: async (asked) => {
          seen.asked.push(asked);
          return null;
        },
        shopsOf: () => Promise.resolve(new Map()),
      },
      follow: () => Promise.reject(new RangeError('A fault in the code')),
      replays: new Replays({ replayer, clock, logger: silentLogger }),
      log: {
        readAccount: (_merchant, customer) => seen.reads.push(customer),
        followed: () => undefined,
        loggedIn: () => undefined,
        refused: (_address, status) => seen.refused.push(status),
      },
    }),
  );
  onTestFinished(() => app.close());
  const page = { 'x-points-operator': 'page', host: 'points.example' };
  const logIn = (given = token, headers: Record<string, string> = page) =>
    app.inject({ method: 'POST', url: '/operator/api/session', payload: { token: given }, headers });
  const withSession = async () => {
    const cookie = String((await logIn()).headers['set-cookie']).split(';')[0] ?? '';
    return { ...page, cookie };
  };
  return { app, clock, seen, page, logIn, withSession };
};

const bearer = { authorization: `Bearer ${token}` };

describe('who is let in', () => {
  test('nobody without a token, to nothing but the page itself', async () => {
    const { app } = createRig();
    for (const url of ['overview', 'graph', 'dead-letters', 'account?merchant=a&customer=b', 'follow?id=x']) {
      expect((await app.inject(`/operator/api/${url}`)).statusCode, url).toBe(401);
    }
    expect((await app.inject({ method: 'POST', url: '/operator/api/replays/dry-run', payload: {} })).statusCode).toBe(
      401,
    );
    expect((await app.inject('/operator')).statusCode).toBe(200);
    expect((await app.inject('/operator/main.mjs')).statusCode).toBe(200);
    expect((await app.inject('/operator/../package.json')).statusCode).toBe(404);
  });

  test('a script with the token', async () => {
    const { app } = createRig();
    expect((await app.inject({ url: '/operator/api/overview', headers: bearer })).json()).toEqual({ problems: [] });
  });

  test('a session, until it has ended', async () => {
    const { app, clock, withSession } = createRig();
    const headers = await withSession();
    expect((await app.inject({ url: '/operator/api/overview', headers })).statusCode).toBe(200);
    clock.at += sessionMs;
    expect((await app.inject({ url: '/operator/api/overview', headers })).statusCode).toBe(401);
  });

  test('with a cookie no script can read, sent to nobody else, and over TLS alone where there is any', async () => {
    const { logIn, page } = createRig();
    const cookieOf = async (headers: Record<string, string>) =>
      String((await logIn(token, headers)).headers['set-cookie']);
    const plain = await cookieOf(page);
    expect(plain).toContain('; Path=/operator; HttpOnly; SameSite=Strict; Max-Age=28800');
    expect(plain).not.toContain('Secure');
    expect(await cookieOf({ ...page, 'x-forwarded-proto': 'https' })).toContain('; Secure');
  });

  test('not who guesses: it is made to wait, with the right token too', async () => {
    const { app, clock, logIn, seen } = createRig();
    for (let n = 0; n < 4; n += 1) expect((await logIn(`wrong ${String(n)}`)).statusCode).toBe(401);
    const waiting = await logIn();
    expect([waiting.statusCode, waiting.headers['retry-after']]).toEqual([429, '1']);
    expect((await app.inject({ url: '/operator/api/overview', headers: bearer })).statusCode).toBe(429);
    clock.at += 1_000;
    expect((await logIn()).statusCode).toBe(204);
    expect(seen.refused).toEqual([401, 401, 401, 401, 429, 429]);
  });

  test.each([
    ['without the header of the page', { 'x-points-operator': null }],
    ['from another origin', { origin: 'https://evil.example' }],
    ['from another site', { 'sec-fetch-site': 'cross-site' }],
    ['from a sandbox without an origin', { origin: 'null' }],
  ])('not an act %s', async (_what, changes) => {
    const { app, withSession } = createRig();
    const changed = Object.entries({ ...(await withSession()), ...changes });
    const headers = Object.fromEntries(changed.filter(([, value]) => value !== null)) as Record<string, string>;
    const act = { method: 'POST', url: '/operator/api/replays/dry-run', payload: {}, headers } as const;
    expect((await app.inject(act)).statusCode).toBe(403);
    expect((await app.inject({ ...act, url: '/operator/api/session', payload: { token } })).statusCode).toBe(403);
  });
});

test('everything is answered with headers that keep it to itself', async () => {
  const { app } = createRig();
  for (const url of ['/operator', '/operator/api/overview', '/operator/page.css']) {
    const { headers } = await app.inject(url);
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'/);
    expect(headers).toMatchObject({
      ...{ 'x-frame-options': 'DENY', 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' },
    });
  }
  expect((await app.inject({ url: '/operator/api/overview', headers: bearer })).headers['cache-control']).toBe(
    'no-store',
  );
});

test('files of the page are packed, and sent once', async () => {
  const { app } = createRig();
  const { headers, rawPayload } = await app.inject({
    url: '/operator/page.css',
    headers: { 'accept-encoding': 'gzip' },
  });
  expect([headers['content-encoding'], rawPayload.length < 6_000]).toEqual(['gzip', true]);
  const again = await app.inject({ url: '/operator/page.css', headers: { 'if-none-match': String(headers['etag']) } });
  expect([again.statusCode, again.payload]).toEqual([304, '']);
});

describe('a replay', () => {
  const dryRun = async ({ app }: ReturnType<typeof createRig>, payload: object = {}) =>
    app.inject({ method: 'POST', url: '/operator/api/replays/dry-run', headers: bearer, payload });
  const go = async ({ app }: ReturnType<typeof createRig>, payload: object) =>
    app.inject({ method: 'POST', url: '/operator/api/replays', headers: bearer, payload });

  test('runs the job that a dry run has told, once', async () => {
    const rig = createRig();
    const { job: text, seal, tally: told } = (await dryRun(rig, { place: { partition: 0, offset: 2 } })).json();
    expect(told).toMatchObject({ records: 2 });
    expect((await go(rig, { job: text, seal, rate: 50 })).statusCode).toBe(202);
    expect((await go(rig, { job: text, seal })).statusCode).toBe(202);
    const run = await rig.app.inject({ url: `/operator/api/replays/${job.id}`, headers: bearer });
    expect(run.json()).toMatchObject({ state: 'done', copied: 2, records: 2 });
    expect(rig.seen.ran).toEqual([50]);
  });

  test('without a dry run, of another job, or long after it, is refused', async () => {
    const rig = createRig();
    const { job: text, seal } = (await dryRun(rig)).json<{ job: string; seal: string }>();
    const other = text.replace('"to":3', '"to":9');
    expect((await go(rig, { job: other, seal })).statusCode).toBe(409);
    expect((await go(rig, { job: text, seal: '' })).statusCode).toBe(409);
    rig.clock.at += 10 * 60_000 + 1;
    expect((await go(rig, { job: text, seal })).statusCode).toBe(409);
    expect(rig.seen.ran).toEqual([]);
  });

  test.each([
    ['an error that is no code', { errors: ["'; drop"] }],
    ['a merchant that is no id', { merchant: 'acme' }],
    ['a place before the first', { place: { partition: 0, offset: -1 } }],
  ])('of %s is refused', async (_what, payload) => {
    expect((await dryRun(createRig(), payload)).statusCode).toBe(400);
  });
});

test('a server that is away is told as such, and a fault of ours without its inside', async () => {
  const { app } = createRig({ isKafkaAway: true });
  const letters = await app.inject({ url: '/operator/api/dead-letters', headers: bearer });
  expect([letters.statusCode, letters.json<{ detail: string }>().detail]).toEqual([503, 'Kafka is not available']);
  const followed = await app.inject({ url: '/operator/api/follow?id=x', headers: bearer });
  expect([followed.statusCode, followed.payload.includes('fault in the code')]).toEqual([500, false]);
});
