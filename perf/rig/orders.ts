import { type IngestCommand, schemaVersion } from '../../src/contracts/index.ts';
import { orderEarnEventId } from '../../src/domain/index.ts';
import { seededRandom } from '../../test/support/random.ts';
import { madeUpId } from './ids.ts';
import type { BenchMerchant } from './merchants.ts';

export interface BenchCustomer {
  readonly merchant: BenchMerchant;
  /** UUID */
  readonly customerId: string;
}

/** What an account must come to, worked out here and not by the service. */
export interface ExpectedAccount {
  balance: number;
  sequence: number;
}

export const accountOf = ({ merchant, customerId }: BenchCustomer): string => `${merchant.merchantId}:${customerId}`;

const locales = ['en', 'ar', 'he', 'fr'] as const;
const firstOrderId = 6_100_000_000_000_000_001n;

/** The customer of a number: of a merchant in turn. */
export const benchCustomer = (seed: number, index: number, merchants: readonly BenchMerchant[]): BenchCustomer => ({
  merchant: merchants[index % merchants.length] as BenchMerchant,
  customerId: madeUpId(seed, index),
});

export const benchCustomers = (
  count: number,
  merchants: readonly BenchMerchant[],
  seed: number,
): readonly BenchCustomer[] => Array.from({ length: count }, (_, index) => benchCustomer(seed, index, merchants));

/** How far a book is: handed on where another process goes on with it. */
export interface BookState {
  readonly orders: number;
  /** By account. */
  readonly expected: Iterable<readonly [string, ExpectedAccount]>;
}

/** Makes orders as ingress puts them onto points.ingest, and keeps book of what they must come to. */
export class OrderBook {
  readonly expected = new Map<string, ExpectedAccount>();
  readonly #seed: number;
  readonly #random;
  #orders = 0;

  constructor(seed: number, state?: BookState) {
    this.#random = seededRandom(seed);
    this.#seed = seed;
    if (state !== undefined) this.resume(state);
  }

  /** Goes on from where another book is that was made from this one. */
  resume({ orders, expected }: BookState): void {
    this.#orders = orders;
    for (const [account, state] of expected) this.expected.set(account, state);
  }

  /** How many orders it has made. */
  get orders(): number {
    return this.#orders;
  }

  /** An order of this customer, placed now; the account must hold it from now on. */
  orderOf(customer: BenchCustomer, now: number): IngestCommand {
    const { merchantId, currency } = customer.merchant;
    const points = this.#random.between(1, 400);
    const account = accountOf(customer);
    const { balance, sequence } = this.expected.get(account) ?? { balance: 0, sequence: 0 };
    this.expected.set(account, { balance: balance + points, sequence: sequence + 1 });
    const orderId = String(firstOrderId + BigInt(this.#orders));
    const number = this.#orders;
    this.#orders += 1;
    return {
      event_id: orderEarnEventId(merchantId, orderId),
      merchant_id: merchantId,
      customer_id: customer.customerId,
      correlation_id: madeUpId(this.#seed, 2 * number),
      schema_version: schemaVersion,
      occurred_at: now,
      locale: this.#random.pick(locales),
      delivery_id: madeUpId(this.#seed, 2 * number + 1),
      command: {
        'points.OrderCreated': {
          order_id: orderId,
          // One point a full hundred; what is left over earns nothing.
          amount_minor: points * 100 + this.#random.between(0, 99),
          currency,
          financial_status: 'paid',
          source_name: 'web',
        },
      },
    };
  }

  /** Orders of customers picked at random. */
  ordersOf(count: number, customers: readonly BenchCustomer[], now: number): IngestCommand[] {
    return Array.from({ length: count }, () => this.orderOf(this.#random.pick(customers), now));
  }
}
