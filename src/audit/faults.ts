import type { AccountRef } from './ports.ts';

/** Where a fault was seen. */
export type Place = 'audit_log' | 'points_transactions' | 'points.balances' | 'cache' | 'reward_redemptions';

/** Something in the books that is not right. */
export interface Fault {
  readonly merchantId: string;
  /** null where no customer is concerned, or nobody can say whose it is. */
  readonly customerId: string | null;
  readonly place: Place;
  /** What differs, in a sentence, with ids and numbers. */
  readonly what: string;
}

const keptFaults = 100;

/** Every fault is counted, and the first hundred are kept: a book that is wrong throughout must not fill the memory. */
export class Faults {
  readonly #kept: Fault[] = [];
  #count = 0;

  add(account: { readonly merchantId: string; readonly customerId: string | null }, place: Place, what: string): void {
    this.#count += 1;
    const { merchantId, customerId } = account;
    if (this.#kept.length < keptFaults) this.#kept.push({ merchantId, customerId, place, what });
  }

  get count(): number {
    return this.#count;
  }

  /** In the order in which they were found. */
  get first(): readonly Fault[] {
    return this.#kept;
  }
}

export const accountKey = ({ merchantId, customerId }: AccountRef): string => `${merchantId}:${customerId}`;
