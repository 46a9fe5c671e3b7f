import { toError } from '../common/errors.ts';
import type { AuditEntry, PointsBalance } from '../contracts/index.ts';
import type { ConsumedRecord, Serde, StreamAdmin } from '../streams/ports.ts';
import type { Faults, Place } from './faults.ts';

/** The topics that are compared; the names are those of the contract, except in tests. */
export interface Trail {
  readonly admin: Pick<StreamAdmin, 'offsets' | 'endOffset' | 'read'>;
  readonly audit: { readonly topic: string; readonly serde: Serde<AuditEntry> };
  readonly balances: { readonly topic: string; readonly serde: Serde<PointsBalance> };
  /** Only records under this merchant's keys; all of them where it is undefined. UUID in lower case. */
  readonly merchantId?: string;
}

export interface Stretch {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

interface Owned {
  readonly merchant_id: string;
}

/** Reads a stretch of audit_log. What cannot be read, or stands under another merchant's key, is a fault. */
export const readAudit = (
  trail: Trail,
  stretch: Stretch,
  faults: Faults,
  onEntries: (entries: readonly AuditEntry[]) => Promise<void>,
): Promise<void> =>
  readValues(
    trail,
    { ...trail.audit, place: 'audit_log', keyOf: ({ merchant_id }) => merchant_id },
    stretch,
    faults,
    onEntries,
  );

/** The same of points.balances. */
export const readBalances = (
  trail: Trail,
  stretch: Stretch,
  faults: Faults,
  onBalances: (balances: readonly PointsBalance[]) => Promise<void>,
): Promise<void> => {
  const keyOf = ({ merchant_id, customer_id }: PointsBalance): string => `${merchant_id}:${customer_id}`;
  return readValues(trail, { ...trail.balances, place: 'points.balances', keyOf }, stretch, faults, onBalances);
};

async function readValues<T extends Owned>(
  { admin, merchantId }: Trail,
  source: {
    readonly topic: string;
    readonly serde: Serde<T>;
    readonly place: Place;
    readonly keyOf: (value: T) => string;
  },
  { partition, from, to }: Stretch,
  faults: Faults,
  onValues: (values: readonly T[]) => Promise<void>,
): Promise<void> {
  const { topic, serde, place, keyOf } = source;
  const valueOf = (record: ConsumedRecord): T | undefined => {
    const key = record.key?.toString() ?? '';
    const owner = { merchantId: key.slice(0, 36) || 'unknown', customerId: null };
    const at = `record ${String(partition)}/${String(record.offset)}`;
    // A tombstone: a customer that somebody has erased.
    if (record.value === null) return undefined;
    try {
      const value = serde.deserialize(record.value);
      if (keyOf(value) !== key) faults.add(owner, place, `${at} is about ${keyOf(value)}, but stands under this key`);
      return value;
    } catch (error) {
      faults.add(owner, place, `${at} cannot be read: ${toError(error).message}`);
      return undefined;
    }
  };
  await admin.read({ topic, partition }, { from, to }, async (records) => {
    const own =
      merchantId === undefined
        ? records
        : records.filter(({ key }) => key?.toString().slice(0, merchantId.length) === merchantId);
    await serde.prepare?.(own.map(({ value }) => value));
    await onValues(own.map(valueOf).filter((value) => value !== undefined));
  });
}
