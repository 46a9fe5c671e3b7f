import type { AuditEntry } from '../contracts/index.ts';
import { comparedFields, type LedgerLine } from './ports.ts';

export interface Comparison {
  /** What differs, as `points is 5 instead of 10`; long texts are not quoted. */
  readonly differences: readonly string[];
  /** The order's id is gone, as it is once its customer's data were erased. */
  readonly isRedacted: boolean;
}

/** A ledger's document against the audit record it was made from, field by field. */
export function compare(entry: AuditEntry, line: LedgerLine): Comparison {
  const differing = comparedFields.filter((field) => entry[field] !== line[field]);
  const isRedacted = entry.order_id !== null && line.order_id === null;
  return {
    isRedacted,
    differences: differing
      .filter((field) => !(field === 'order_id' && isRedacted))
      .map((field) =>
        field === 'description' || field === 'rule'
          ? `${field} is another`
          : `${field} is ${String(line[field])} instead of ${String(entry[field])}`,
      ),
  };
}
