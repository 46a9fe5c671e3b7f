import type { Entry, EntryType } from './entry.ts';

/** A customer's points at one merchant: what is left of all entries so far. */
export interface Account {
  /** Points. */
  readonly balance: number;
  /** Of the newest entry; 0 before the first. */
  readonly sequence: number;
}

export const initialAccount = (): Account => ({ balance: 0, sequence: 0 });

const direction = { earn: 1, bonus: 1, spend: -1, expire: -1 } as const satisfies Readonly<Record<EntryType, 1 | -1>>;

/** The account after an entry that was decided on it. */
export const evolve = (account: Account, entry: Pick<Entry, 'type' | 'points' | 'sequence'>): Account => ({
  balance: account.balance + direction[entry.type] * entry.points,
  sequence: entry.sequence,
});
