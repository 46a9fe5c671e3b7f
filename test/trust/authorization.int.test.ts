import { describe, expect, test } from 'vitest';
import { type Door, doors, holders, merchant, nobody, roles, stranger, subjects } from './authorization.table.ts';
import { type Asked, callers, type Seen } from './callers.ts';
import { createForger } from './forger.ts';
import { startWorld } from './world.ts';

type Holder = (typeof holders)[string];

/** The whole rule, in words of its own: nothing of the service is asked what it means. */
const mayEnter = (door: Door, scopes: readonly string[], holder: Holder, asked: Asked): boolean => {
  if (holder.merchantId !== asked.merchantId) return false;
  if (scopes.some((scope) => scope === door.merchantScope)) return true;
  const isOwn = holder.customerId !== undefined && holder.customerId === asked.customerId;
  return isOwn && door.customerScope !== null && scopes.some((scope) => scope === door.customerScope);
};

const callerOf = ({ name }: Door) => {
  const call = callers[name];
  if (call === undefined) throw new TypeError(`Nobody knocks at ${name}: callers.ts needs a row`);
  return call;
};

const distinct = (answers: readonly Seen[]): readonly string[] => [...new Set(answers.map(({ text }) => text))];

describe.each(doors)('$name', (door) => {
  test('opens to every role what its scopes say, and refuses all else alike, without asking a store', async () => {
    const world = await startWorld();
    const call = callerOf(door);
    const wrong: string[] = [];
    const denied: Seen[] = [];
    let opened = 0;
    for (const [role, scopes] of Object.entries(roles)) {
      for (const [holderName, holder] of Object.entries(holders)) {
        const token = await world.auth.issueToken({ ...holder, scopes });
        for (const [subject, asked] of Object.entries(subjects)) {
          world.touched.length = 0;
          const answer = await call(world, [`Bearer ${token}`], asked);
          const what = `${role}, token ${holderName}, asks for ${subject}`;
          const expected = mayEnter(door, scopes, holder, asked) ? 'allowed' : 'denied';
          if (answer.verdict !== expected) wrong.push(`${what}: ${answer.text}`);
          const foreign = world.touched.filter((touch) => !touch.includes(` ${holder.merchantId}`));
          if (foreign.length > 0) wrong.push(`${what}: touched ${foreign.join()}`);
          if (expected === 'allowed') opened += 1;
          else {
            denied.push(answer);
            if (world.touched.length > 0) wrong.push(`${what}: refused, but touched ${world.touched.join()}`);
          }
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(opened).toBeGreaterThan(0);
    expect(distinct(denied)).toHaveLength(1);
  });

  test('is UNAUTHENTICATED, and alike, to whoever has no token that Auth takes, whatever it says of scopes', async () => {
    const world = await startWorld();
    const call = callerOf(door);
    const forger = await createForger(world.keyFolder, () => Math.floor(Date.now() / 1000));
    const own: Asked = { merchantId: merchant, customerId: holders['of the customer']?.customerId ?? '' };
    const wrong: string[] = [];
    const refused: Seen[] = [];
    for (const [role, scopes] of Object.entries(roles)) {
      const good = await forger.genuine(scopes);
      const revoked = await world.auth.issueToken({ ...holders['of the customer'], merchantId: merchant, scopes });
      await world.auth.revoke(revoked);
      const states: [string, readonly string[]][] = [
        ['none', []],
        ['an empty one', ['']],
        ['a scheme alone', ['Bearer ']],
        ['another scheme', [`Basic ${good}`]],
        ['no scheme', [good]],
        ['two in one value', [`Bearer ${good} ${good}`]],
        ['two joined by a comma', [`Bearer ${good}, Bearer ${good}`]],
        ['an endless one', [`Bearer ${'a'.repeat(8_193)}`]],
        ['a revoked one', [`Bearer ${revoked}`]],
      ];
      for (const [name, , make] of forger.forgeries) states.push([name, [`Bearer ${await make(scopes)}`]]);
      for (const [state, authorization] of states) {
        const answer = await call(world, authorization, own);
        if (answer.verdict !== 'unauthenticated') wrong.push(`${role}, ${state}: ${answer.text}`);
        refused.push(answer);
      }
      const genuine = await call(world, [`Bearer ${good}`], own);
      const expected = mayEnter(door, scopes, { ...own }, own) ? 'allowed' : 'denied';
      if (genuine.verdict !== expected) wrong.push(`${role}, a genuine token: ${genuine.text}`);
    }
    expect(wrong).toEqual([]);
    expect(distinct(refused)).toHaveLength(1);
  });

  test('answers a merchant alike for a customer of another merchant and for one that does not exist', async () => {
    const world = await startWorld();
    const token = await world.auth.issueToken({ merchantId: merchant, scopes: [door.merchantScope] });
    const [elsewhere, nowhere] = [stranger, nobody].map((customerId) => ({ merchantId: merchant, customerId }));
    const answers = [
      await callerOf(door)(world, [`Bearer ${token}`], elsewhere as Asked),
      await callerOf(door)(world, [`Bearer ${token}`], nowhere as Asked),
    ];
    expect(answers).toMatchObject([{ verdict: 'allowed' }, { verdict: 'allowed' }]);
    expect(distinct(answers)).toHaveLength(1);
  });
});
