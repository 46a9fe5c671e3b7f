import type { Entry, EntryDraft, EntryType } from './entry.ts';
import { RejectedCommandError } from '../errors.ts';

/** A customer's points at one merchant: what is left of all entries so far. */
export interface Account {
  /** Points; below 0 where the merchant lets customers owe points. */
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

/**
 * The entry that a draft becomes on an account.
 * @throws RejectedCommandError BALANCE_OVERFLOW for a balance that cannot be counted
 */
export const place = (account: Account, draft: EntryDraft): Entry => {
  const sequence = account.sequence + 1;
  const { balance } = evolve(account, { ...draft, sequence });
  if (!Number.isSafeInteger(balance)) {
    throw new RejectedCommandError('BALANCE_OVERFLOW', 'Balance would be more than can be counted', {
      points: draft.points,
    });
  }
  return { ...draft, sequence, balanceAfter: balance };
};
