import { describe, expect, test } from 'vitest';
import { ConfigError, DependencyUnavailableError } from '../../src/common/errors.ts';
import type { AuditEntry } from '../../src/contracts/index.ts';
import { writeRedemptions } from '../../src/sinks/index.ts';
import type { RedemptionStore } from '../../src/sinks/ports.ts';
import { redemptionSteps } from '../support/redemption-steps.ts';

const steps = (count: number): readonly AuditEntry[] => Array.from({ length: count }, () => redemptionSteps().pending);

/** A store that fails as often as it is told, and refuses rewards of no id. */
const rig = (failures: readonly Error[] = []) => {
  const left = [...failures];
  const calls: (readonly AuditEntry[])[] = [];
  const slept: number[] = [];
  const store: RedemptionStore = {
    async apply(batch) {
      calls.push(batch);
      const failure = left.shift();
      if (failure !== undefined) throw failure;
      return batch.flatMap(({ reward_id }, index) => (reward_id === null ? [{ index, reason: 'no reward' }] : []));
    },
  };
  return { calls, slept, options: { store, sleep: async (ms: number) => void slept.push(ms) } };
};

describe('writing redemptions', () => {
  test('brings at most 1,000 steps at a time in, in order, and tells refused ones by their place in the call', async () => {
    const { calls, options } = rig();
    const all = [...steps(2_001)];
    for (const index of [3, 1_003]) all[index] = { ...all[index]!, reward_id: null };
    expect(await writeRedemptions(options, all)).toEqual([
      { index: 3, reason: 'no reward' },
      { index: 1_003, reason: 'no reward' },
    ]);
    expect(calls.map(({ length }) => length)).toEqual([1_000, 1_000, 1]);
    expect(calls.flat()).toEqual(all);
  });

  test('tries a store that others contend for again after 1, 2 and 4 s, then gives the error on', async () => {
    const away = new DependencyUnavailableError('MongoDB');
    const patient = rig([away, away, away]);
    expect(await writeRedemptions(patient.options, steps(2))).toEqual([]);
    expect(patient.slept).toEqual([1_000, 2_000, 4_000]);
    const hopeless = rig([away, away, away, away]);
    await expect(writeRedemptions(hopeless.options, steps(2))).rejects.toThrow(DependencyUnavailableError);
    expect(hopeless.slept).toEqual([1_000, 2_000, 4_000]);
    expect(hopeless.calls).toHaveLength(4);
  });

  test('does not try again what cannot get better', async () => {
    const { slept, options } = rig([new ConfigError(['nothing works'])]);
    await expect(writeRedemptions(options, steps(1))).rejects.toThrow(ConfigError);
    expect(slept).toEqual([]);
  });
});
