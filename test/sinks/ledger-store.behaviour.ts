import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { LedgerReader } from '../../src/balances/ports.ts';
import type { AuditEntry } from '../../src/contracts/index.ts';
import type { LedgerStore } from '../../src/sinks/ports.ts';
import { auditEntries, auditEntry } from '../support/audit-entries.ts';

/** A ledger under test, and what it holds of a merchant, in order of customer and sequence. */
export interface LedgerUnderTest {
  readonly store: LedgerStore;
  readonly reader: LedgerReader;
  held(merchantId: string): Promise<readonly Pick<AuditEntry, 'event_id' | 'sequence' | 'points'>[]>;
}

/** What every ledger does, whatever it is made of. */
export const ledgerBehaviour = (name: string, ledger: () => LedgerUnderTest): void => {
  const ids = (entries: readonly Pick<AuditEntry, 'event_id'>[]): readonly string[] =>
    entries.map(({ event_id }) => event_id);

  describe(`a ledger (${name})`, () => {
    test('holds what was appended', async () => {
      const entries = auditEntries(3);
      expect(await ledger().store.append(entries)).toEqual([]);
      expect(ids(await ledger().held(entries[0]!.merchant_id))).toEqual(ids(entries));
    });

    test('takes no entries at all', async () => {
      expect(await ledger().store.append([])).toEqual([]);
    });

    test('is not changed by the same batch again', async () => {
      const entries = auditEntries(5);
      await ledger().store.append(entries);
      const once = await ledger().held(entries[0]!.merchant_id);
      expect(await ledger().store.append(entries)).toEqual([]);
      expect(await ledger().held(entries[0]!.merchant_id)).toEqual(once);
    });

    test('takes the rest of a batch of which it has a part', async () => {
      const entries = auditEntries(5);
      await ledger().store.append(entries.slice(1, 3));
      expect(await ledger().store.append(entries)).toEqual([]);
      expect(ids(await ledger().held(entries[0]!.merchant_id))).toEqual(ids(entries));
    });

    test('takes an event that comes twice in one batch once', async () => {
      const entry = auditEntry();
      expect(await ledger().store.append([entry, entry])).toEqual([]);
      expect(await ledger().held(entry.merchant_id)).toHaveLength(1);
    });

    test('refuses the one entry that is not fit and takes its neighbours', async () => {
      const entries = [...auditEntries(5)];
      entries[2] = { ...entries[2]!, description: 'Thanks jane@example' };
      expect(await ledger().store.append(entries)).toEqual([
        { index: 2, reason: 'Document is refused: description carries an e-mail address' },
      ]);
      expect(ids(await ledger().held(entries[0]!.merchant_id))).toEqual(ids(entries.filter((_, index) => index !== 2)));
    });

    test('refuses another entry for an event it holds, and keeps the first', async () => {
      const entry = auditEntry({ points: 10 });
      await ledger().store.append([entry]);
      expect(await ledger().store.append([auditEntry(), { ...entry, points: 11 }])).toEqual([
        { index: 1, reason: 'ledger holds a different entry' },
      ]);
      expect(await ledger().held(entry.merchant_id)).toMatchObject([{ points: 10 }]);
    });

    test('refuses the same points given back for another redemption', async () => {
      const entry = auditEntry({ event_type: 'redemption.returned', redemption_id: randomUUID() });
      await ledger().store.append([entry]);
      expect(await ledger().store.append([entry, { ...entry, redemption_id: randomUUID() }])).toEqual([
        { index: 1, reason: 'ledger holds a different entry' },
      ]);
    });

    test('takes a balance that is owed', async () => {
      const entry = auditEntry({ type: 'spend', balance_after: -30 });
      expect(await ledger().store.append([entry])).toEqual([]);
      const { merchant_id, customer_id } = entry;
      expect(await ledger().reader.newestBalance(merchant_id, customer_id)).toMatchObject({ balance: -30 });
    });

    test('refuses a sequence that another event has taken', async () => {
      const entry = auditEntry({ sequence: 7 });
      await ledger().store.append([entry]);
      expect(await ledger().store.append([{ ...entry, event_id: randomUUID() }, auditEntry()])).toEqual([
        { index: 0, reason: 'sequence is taken' },
      ]);
      expect(ids(await ledger().held(entry.merchant_id))).toEqual([entry.event_id]);
    });

    test('holds one event id for each of two merchants', async () => {
      const [one, other] = [auditEntry(), auditEntry()];
      expect(await ledger().store.append([one, { ...other, event_id: one.event_id }])).toEqual([]);
      expect(await ledger().held(other.merchant_id)).toHaveLength(1);
    });

    test('tells the balance after the newest entry, in whatever order they came', async () => {
      const entries = auditEntries(3);
      await ledger().store.append([...entries].reverse());
      const { merchant_id: merchantId, customer_id: customerId } = entries[0]!;
      expect(await ledger().reader.newestBalance(merchantId, customerId)).toEqual({
        merchantId,
        customerId,
        balance: 30,
        sequence: 3,
      });
    });

    test('tells no balance of a customer without entries, nor of a customer of another merchant', async () => {
      const entry = auditEntry();
      await ledger().store.append([entry]);
      expect(await ledger().reader.newestBalance(entry.merchant_id, randomUUID())).toBeUndefined();
      expect(await ledger().reader.newestBalance(randomUUID(), entry.customer_id)).toBeUndefined();
    });
  });
};
