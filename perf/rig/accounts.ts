import { scattered } from './ids.ts';
import type { BenchMerchant } from './merchants.ts';
import { accountOf, benchCustomer, type BenchCustomer, type ExpectedAccount } from './orders.ts';

/** Many accounts, each known from its number alone: several processes need not tell each other of a million. */
export interface ManyAccounts {
  readonly count: number;
  readonly seed: number;
  readonly merchants: readonly BenchMerchant[];
}

export const customerAt = ({ seed, merchants }: ManyAccounts, index: number): BenchCustomer =>
  benchCustomer(seed, index, merchants);

/** What the account holds before anything is ordered. */
export const stateAt = ({ seed }: ManyAccounts, index: number): ExpectedAccount => {
  const any = scattered(seed + 2, index);
  return { balance: any % 1_000, sequence: 1 + (any % 7) };
};

/** Every n-th of them, and what it holds. */
export function someOf(
  accounts: ManyAccounts,
  every: number,
): readonly { readonly customer: BenchCustomer; readonly account: string; readonly state: ExpectedAccount }[] {
  return Array.from({ length: Math.floor(accounts.count / every) }, (_, nth) => {
    const customer = customerAt(accounts, nth * every);
    return { customer, account: accountOf(customer), state: stateAt(accounts, nth * every) };
  });
}
