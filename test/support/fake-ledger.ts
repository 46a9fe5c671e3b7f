import type { LedgerReader } from '../../src/balances/ports.ts';
import { DependencyUnavailableError } from '../../src/common/errors.ts';
import type { AuditEntry } from '../../src/contracts/index.ts';
import type { LedgerStore, Refusal } from '../../src/sinks/ports.ts';

/** A ledger in memory that can be away; it passes the same behaviour suite as the one in MongoDB. */
export interface FakeLedger extends LedgerStore, LedgerReader {
  readonly entries: readonly AuditEntry[];
  /** Sizes of the calls on `append`, failed ones too. */
  readonly calls: readonly number[];
  isAway: boolean;
}

const decided = (entry: AuditEntry): string =>
  [
    ...[entry.customer_id, entry.event_type, entry.type, entry.points, entry.sequence, entry.balance_after],
    entry.redemption_id,
  ].join(':');

export const createFakeLedger = (): FakeLedger => {
  const entries: AuditEntry[] = [];
  const calls: number[] = [];
  const byEvent = new Map<string, AuditEntry>();
  const bySequence = new Map<string, AuditEntry>();

  const assertThere = (isAway: boolean): void => {
    if (isAway) throw new DependencyUnavailableError('Ledger');
  };

  /** Why it is refused; undefined when it is there now. */
  const add = (entry: AuditEntry): string | undefined => {
    if (entry.description.includes('@')) return 'Document is refused: description carries an e-mail address';
    const event = `${entry.merchant_id}:${entry.event_id}`;
    const held = byEvent.get(event);
    if (held !== undefined) return decided(held) === decided(entry) ? undefined : 'ledger holds a different entry';
    const sequence = `${entry.merchant_id}:${entry.customer_id}:${entry.sequence}`;
    if (bySequence.has(sequence)) return 'sequence is taken';
    byEvent.set(event, entry);
    bySequence.set(sequence, entry);
    entries.push(entry);
    return undefined;
  };

  return {
    entries,
    calls,
    isAway: false,
    async append(batch) {
      calls.push(batch.length);
      assertThere(this.isAway);
      const refusals: Refusal[] = [];
      for (const [index, entry] of batch.entries()) {
        const reason = add(entry);
        if (reason !== undefined) refusals.push({ index, reason });
      }
      return refusals;
    },
    async newestBalance(merchantId, customerId) {
      assertThere(this.isAway);
      const newest = entries
        .filter(({ merchant_id, customer_id }) => merchant_id === merchantId && customer_id === customerId)
        .sort((one, other) => other.sequence - one.sequence)[0];
      return newest && { merchantId, customerId, balance: newest.balance_after, sequence: newest.sequence };
    },
  };
};
