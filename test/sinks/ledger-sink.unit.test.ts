import { describe, expect, test } from 'vitest';
import { ConfigError, DependencyUnavailableError } from '../../src/common/errors.ts';
import { writeLedger } from '../../src/sinks/index.ts';
import { auditEntries } from '../support/audit-entries.ts';
import { createFakeLedger } from '../support/fake-ledger.ts';

const recordedSleep = () => {
  const slept: number[] = [];
  return { slept, sleep: async (ms: number) => void slept.push(ms) };
};

describe('writing the ledger', () => {
  test('calls the store with at most 1,000 entries at a time, in order', async () => {
    const ledger = createFakeLedger();
    const entries = auditEntries(2_001);
    expect(await writeLedger({ store: ledger, ...recordedSleep() }, entries)).toEqual([]);
    expect(ledger.calls).toEqual([1_000, 1_000, 1]);
    expect(ledger.entries.map(({ sequence }) => sequence)).toEqual(entries.map(({ sequence }) => sequence));
  });

  test('does not call the store for no entries', async () => {
    const ledger = createFakeLedger();
    expect(await writeLedger({ store: ledger, ...recordedSleep() }, [])).toEqual([]);
    expect(ledger.calls).toEqual([]);
  });

  test('tells refused entries by their place in the whole call', async () => {
    const entries = [...auditEntries(1_003)];
    for (const index of [1, 1_001]) entries[index] = { ...entries[index]!, description: 'jane@example' };
    const refusals = await writeLedger({ store: createFakeLedger(), ...recordedSleep() }, entries);
    expect(refusals.map(({ index }) => index)).toEqual([1, 1_001]);
  });

  test('tries a store that is away again after 1, 2 and 4 s, then gives the error on', async () => {
    const ledger = createFakeLedger();
    ledger.isAway = true;
    const { slept, sleep } = recordedSleep();
    const entries = auditEntries(2);
    await expect(writeLedger({ store: ledger, sleep }, entries)).rejects.toThrow(DependencyUnavailableError);
    expect(slept).toEqual([1_000, 2_000, 4_000]);
    expect(ledger.calls).toEqual([2, 2, 2, 2]);
  });

  test('goes on where it was when the store comes back', async () => {
    const ledger = createFakeLedger();
    const { slept, sleep } = recordedSleep();
    ledger.isAway = true;
    const comeBack = async (ms: number) => {
      await sleep(ms);
      ledger.isAway = slept.length < 2;
    };
    expect(await writeLedger({ store: ledger, sleep: comeBack }, auditEntries(1_500))).toEqual([]);
    expect(slept).toEqual([1_000, 2_000]);
    expect(ledger.entries).toHaveLength(1_500);
  });

  test('does not try again what cannot get better', async () => {
    const { slept, sleep } = recordedSleep();
    const store = { append: () => Promise.reject(new ConfigError(['nothing works'])) };
    await expect(writeLedger({ store, sleep }, auditEntries(1))).rejects.toThrow(ConfigError);
    expect(slept).toEqual([]);
  });
});
