import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createTokenBuckets } from '../../../src/adapters/redis/index.ts';
import type { ServerHandle } from '../../../src/ops/dev/server.ts';
import { LocalTokenBuckets } from '../../../src/streams/operators/rate-limit/local-token-buckets.ts';
import { withLocalFallback } from '../../../src/streams/operators/rate-limit/with-local-fallback.ts';
import { redisConnection } from '../../support/redis-connection.ts';
import { startPrivateServers } from '../../support/servers.ts';
import { until } from '../../support/until.ts';

let redis: ServerHandle;
let url: string;

beforeAll(async () => {
  const servers = await startPrivateServers(afterAll, { roles: ['redisState'], env: { POINTS_NO_DOCKER: '1' } });
  redis = servers.handles.redisState!;
  url = servers.addresses.redis.state;
});

const [ratePerSecond, burst] = [40, 40];

/** One merchant who always wants more, on a Redis that may go away; everything it was granted, by the real clock. */
const createRig = async () => {
  const connection = await redisConnection(url, onTestFinished, { commandTimeoutMs: 2_000 });
  const key = randomUUID();
  const told: string[] = [];
  const buckets = withLocalFallback(createTokenBuckets(connection), new LocalTokenBuckets(), {
    timeoutMs: 1_000,
    backOffMs: 200,
    onFallback: () => told.push('fallback'),
    onReturn: () => told.push('return'),
  });
  const began = Date.now();
  const world = { granted: 0 };
  /** @returns whether anything was granted */
  const ask = async (): Promise<boolean> => {
    const [tokens = 0] = await buckets.take([{ key, wanted: 1_000, ratePerSecond, burst }], Date.now());
    world.granted += tokens;
    return tokens > 0;
  };
  return {
    connection,
    told,
    world,
    ask,
    /** Asks until this is told. */
    askUntilTold: (what: string) =>
      until(
        `${what} is told`,
        async () => {
          await ask();
          return told.at(-1) === what;
        },
        15_000,
      ),
    /** The most that may have been granted, from before the first question until now. */
    most: () => burst + ((Date.now() - began) * ratePerSecond) / 1_000,
    inRedis: () => connection.client.hget(`rate_limit:${key}:points`, 'tokens'),
  };
};

type Rig = Awaited<ReturnType<typeof createRig>>;

/** Asks for half a second, in which tokens flow in, be Redis there or not. */
const expectService = async ({ ask, world, most }: Rig): Promise<void> => {
  const before = world.granted;
  const end = Date.now() + 500;
  while (Date.now() < end) {
    await ask();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await ask();
  expect(world.granted - before).toBeGreaterThanOrEqual(18);
  expect(world.granted).toBeLessThanOrEqual(most());
};

describe.each([
  {
    name: 'killed',
    away: async () => {
      redis.kill('SIGKILL');
      await redis.exited;
    },
    back: () => redis.restart(),
  },
  {
    name: 'frozen',
    away: () => {
      redis.kill('SIGSTOP');
      onTestFinished(() => {
        redis.kill('SIGCONT');
      });
      return Promise.resolve();
    },
    back: () => {
      redis.kill('SIGCONT');
      return Promise.resolve();
    },
  },
])('while Redis is $name', ({ away, back }) => {
  test('the local bucket serves at the same rate, and neither going over nor coming back grants a second burst', async () => {
    const rig = await createRig();
    await rig.ask();
    await expectService(rig);
    expect(rig.told).toEqual([]);
    await away();
    await rig.askUntilTold('fallback');
    await expectService(rig);
    await back();
    await rig.askUntilTold('return');
    await expectService(rig);
    expect(rig.told).toEqual(['fallback', 'return']);
    expect(Number(await rig.inRedis())).toBeLessThan(burst);
  });
});

test('A Redis that is full and refuses to write is away as well', async () => {
  const rig = await createRig();
  await rig.connection.client.config('SET', 'maxmemory', '1');
  onTestFinished(async () => {
    await rig.connection.client.config('SET', 'maxmemory', '0');
  });
  expect(await rig.ask()).toBe(true);
  await expectService(rig);
  expect(rig.told).toEqual(['fallback']);
  await rig.connection.client.config('SET', 'maxmemory', '0');
  await rig.askUntilTold('return');
  await expectService(rig);
});
