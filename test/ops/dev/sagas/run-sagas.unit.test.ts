import { describe, expect, test } from 'vitest';
import { type Hop, hopLines, inOrder } from '../../../../src/follow/index.ts';
import { runSagas, type SagaOutcome } from '../../../../src/ops/dev/sagas/run-sagas.ts';

const hop = (where: string, what: string, at = 0): Hop => ({ at, where, what, eventId: null });
const saga = (title: string, begin: () => Promise<string> = () => Promise.resolve(title)) => ({
  ...{ title, begin },
  wanted: [
    { where: 'points.ingest', what: /^OrderCreated/ },
    { where: 'points.earned', what: /^earn 80:/ },
  ],
});

const run = async (sagas: readonly ReturnType<typeof saga>[], find: (id: string) => readonly Hop[]) => {
  const shown: SagaOutcome[] = [];
  const faults = await runSagas({
    ...{ sagas, withinMs: 120 },
    find: (id) => Promise.resolve(find(id)),
    shown: (outcome) => shown.push(outcome),
  });
  return { faults, shown };
};

describe('a saga', () => {
  test('has arrived once it has come by every hop it must, in whatever time each takes', async () => {
    const there = [hop('points.ingest', 'OrderCreated 1')];
    let looks = 0;
    const { faults, shown } = await run([saga('a')], () => {
      looks += 1;
      return looks < 2 ? there : [...there, hop('points.earned', 'earn 80: You earned 80 points')];
    });
    expect([faults, shown.map(({ correlationId, hops }) => [correlationId, hops.length])]).toEqual([[], [['a', 2]]]);
  });

  test('that does not arrive in time names what it never came to, and the next begins', async () => {
    const { faults, shown } = await run([saga('a'), saga('b')], () => [hop('points.earned', 'earn 8: no')]);
    expect(faults).toEqual(
      ['a', 'b'].flatMap((title) => [
        `${title}: never came to points.ingest as ^OrderCreated`,
        `${title}: never came to points.earned as ^earn 80:`,
      ]),
    );
    expect(shown).toHaveLength(2);
  });

  test('that became a dead letter is waited for no longer', async () => {
    const startedMs = performance.now();
    const { faults } = await run([saga('a')], () => [
      hop('points.ingest', 'OrderCreated 1'),
      hop('points.dlq', 'UNKNOWN_TIER: The tier is not known (from points.ingest)'),
    ]);
    expect(faults).toEqual([
      'a: a dead letter: UNKNOWN_TIER: The tier is not known (from points.ingest)',
      'a: never came to points.earned as ^earn 80:',
    ]);
    expect(performance.now() - startedMs).toBeLessThan(100);
  });

  test('that cannot begin says why, and the next begins', async () => {
    const broken = saga('a', () => Promise.reject(new TypeError('Nobody is there')));
    const all = [hop('points.ingest', 'OrderCreated 1'), hop('points.earned', 'earn 80: 80')];
    const { faults } = await run([broken, saga('b')], () => all);
    expect(faults).toEqual(['a: Nobody is there']);
  });
});

test('hops are told in the order of time, and of cause and effect within a millisecond', () => {
  const hops = inOrder([
    hop('Mongo points_transactions', 'written', 5),
    hop('points.earned', 'earned', 5),
    hop('audit_log', 'decided', 5),
    hop('AdminCore audit_log', 'kept', 4),
    hop('points.ingest', 'asked', 5),
    hop('vip_tier.assigned', 'assigned', 5),
  ]);
  expect(hops.map(({ what }) => what)).toEqual(['kept', 'assigned', 'asked', 'decided', 'earned', 'written']);
  expect(hopLines(hops).split('\n')[1]).toMatch(/^ +\+1 ms {2}vip_tier\.assigned +assigned$/);
});
