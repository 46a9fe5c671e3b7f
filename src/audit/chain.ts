import type { AuditEntry } from '../contracts/index.ts';

/** An entry as it follows on the one before it. */
export type Link = Pick<AuditEntry, 'sequence' | 'type' | 'points' | 'balance_after'>;

/** An account as far as its entries were followed. */
export interface Chain {
  /** Sequence of the first entry that was seen. */
  readonly first: number;
  /** Sequence of the newest. */
  readonly sequence: number;
  /** Points after the newest. */
  readonly balance: number;
}

export interface Step {
  readonly chain: Chain;
  /** What is wrong with the entry; null where it follows. */
  readonly fault: string | null;
}

// Not the domain's own: what judges the books must not make the mistakes of what wrote them.
const sign = { earn: 1, bonus: 1, spend: -1, expire: -1 } as const satisfies Record<Link['type'], 1 | -1>;

/**
 * Follows an account by one entry. A wrong entry is told once: what comes behind it is judged by what it says itself.
 * @param mayBeginLate whether older entries may be gone by rule, so that the first need not be number 1
 */
export function follow(chain: Chain | undefined, link: Link, mayBeginLate: boolean): Step {
  const { sequence, balance_after: balance } = link;
  const moved = sign[link.type] * link.points;
  if (chain === undefined) {
    const next = { first: sequence, sequence, balance };
    if (sequence !== 1) return { chain: next, fault: mayBeginLate ? null : missing(1, sequence) };
    return { chain: next, fault: sumFault(0, moved, link) };
  }
  if (sequence <= chain.sequence) return { chain, fault: `sequence ${String(sequence)} comes twice` };
  const next = { first: chain.first, sequence, balance };
  if (sequence !== chain.sequence + 1) return { chain: next, fault: missing(chain.sequence + 1, sequence) };
  return { chain: next, fault: sumFault(chain.balance, moved, link) };
}

const missing = (from: number, before: number): string =>
  from + 1 === before
    ? `sequence ${String(from)} is missing`
    : `sequences ${String(from)} to ${String(before - 1)} are missing`;

function sumFault(before: number, moved: number, { sequence, balance_after, points }: Link): string | null {
  if (points >= 0 && before + moved === balance_after) return null;
  const sum = `${String(before)} ${moved < 0 ? '-' : '+'} ${String(Math.abs(moved))}`;
  return `balance_after of sequence ${String(sequence)} is ${String(balance_after)}, but ${sum} makes ${String(before + moved)}`;
}
