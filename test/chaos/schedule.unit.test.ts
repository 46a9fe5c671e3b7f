import { describe, expect, test } from 'vitest';
import { seededRandom } from '../support/random.ts';
import { allNames, nameOf, type Planned, schedule } from './schedule.ts';

const options = { brokers: 3, workers: 3, transactionTimeoutMs: 6_000 };

const roundsOf = (seed: number, count: number): readonly (readonly Planned[])[] =>
  schedule({ ...options, seed }, seededRandom).flatMap(({ rounds }) => {
    const endless = rounds();
    return Array.from({ length: count }, () => endless.next().value);
  });

describe('the schedule', () => {
  test('is the same for the same seed, and another for another', () => {
    expect(roundsOf(5, 4)).toEqual(roundsOf(5, 4));
    expect(roundsOf(5, 4)).not.toEqual(roundsOf(6, 4));
  });

  test.each([1, 2, 3, 4, 5])('has every kind of fault in one round of each track, with seed %i', (seed) => {
    const names = roundsOf(seed, 1).flatMap((round) => round.map(({ fault }) => nameOf(fault)));
    expect([...new Set(names)].sort()).toEqual([...allNames].sort());
  });

  test.each([1, 2, 3, 4, 5])('hurts every broker in its turn, one at a time, with seed %i', (seed) => {
    const [brokers] = schedule({ ...options, seed }, seededRandom);
    const endless = brokers!.rounds();
    for (let round = 0; round < 10; round += 1) {
      const hurt = endless.next().value.map(({ fault }) => (fault.kind === 'broker' ? fault.broker : -1));
      expect([...hurt].sort()).toEqual([0, 1, 2]);
    }
  });

  test('freezes workers for longer than a transaction may take, and hurts only those there are', () => {
    for (const round of roundsOf(9, 50)) {
      for (const { fault, pauseMs } of round) {
        expect(pauseMs).toBeGreaterThanOrEqual(0);
        if (fault.kind !== 'worker') continue;
        expect([0, 1, 2]).toContain(fault.worker);
        if (fault.what === 'frozen') expect(fault.forMs).toBeGreaterThan(options.transactionTimeoutMs);
      }
    }
  });
});
