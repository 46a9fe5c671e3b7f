import { v5 as uuidV5 } from 'uuid';
import type { OrderFacts, ShopifyCustomer } from './order-body.ts';

/** The two shops of a development run. */
export type DemoShop = 'usd' | 'jpy';

/** One delivery of the demonstration, and what must come of it: stated here, not computed by the service's own rules. */
export interface SampleOrder {
  readonly shop: DemoShop;
  /** What there is to see. */
  readonly title: string;
  readonly order: OrderFacts;
  /** Whose balance is read: Shopify's customer id; a guest has none. */
  readonly shopifyCustomerId: string | null;
  /** Points the customer's balance must grow by. */
  readonly points: number;
  /** Why the front door must leave it alone; absent where it must not. */
  readonly ignored?: 'guest' | 'test_order';
}

const maria: ShopifyCustomer = { id: '7300000000000000001', firstName: 'Maria', lastName: 'Lopez' };
const layla: ShopifyCustomer = { id: '7300000000000000002', firstName: 'Layla', lastName: 'Haddad' };
const noam: ShopifyCustomer = { id: '7300000000000000003', firstName: 'Noam', lastName: 'Levi' };
const yuki: ShopifyCustomer = { id: '7300000000000000004', firstName: 'Yuki', lastName: 'Tanaka' };
const omar: ShopifyCustomer = { id: '7300000000000000005', firstName: 'Omar', lastName: 'Nasser' };

/** The customer whose token a demo merchant's `customer:points:view` is. */
export const demoCustomer: Readonly<Record<DemoShop, ShopifyCustomer>> = { usd: maria, jpy: yuki };

/** As the service must name the customer: UUIDv5 in the merchant's namespace. */
export const customerIdAt = (merchantId: string, shopifyCustomerId: string): string =>
  uuidV5(`customer/${shopifyCustomerId}`, merchantId);

interface Row extends Omit<Partial<OrderFacts>, 'customer'> {
  readonly shop: DemoShop;
  readonly title: string;
  readonly customer: ShopifyCustomer | null;
  readonly subtotalMinor: number;
  readonly points: number;
  readonly ignored?: 'guest' | 'test_order';
  /** Delivers the order of the row before once more. */
  readonly isRepeat?: boolean;
}

// Each shop's last row earns points: what came before it is settled by the time its balance is right.
const rows: readonly Row[] = [
  { shop: 'usd', title: 'Maria pays USD 49.99', customer: maria, subtotalMinor: 4_999, points: 49 },
  {
    shop: 'usd',
    title: 'the same order, delivered twice',
    customer: maria,
    subtotalMinor: 4_999,
    points: 0,
    isRepeat: true,
  },
  { shop: 'usd', title: 'a guest pays USD 30.00', customer: null, subtotalMinor: 3_000, points: 0, ignored: 'guest' },
  {
    shop: 'usd',
    title: 'a test order of USD 25.00',
    customer: maria,
    subtotalMinor: 2_500,
    points: 0,
    test: true,
    ignored: 'test_order',
  },
  {
    ...{ shop: 'usd', title: 'Layla pays USD 120.00, in CAD', customer: layla, subtotalMinor: 12_000, points: 120 },
    ...{ customerLocale: 'ar', presentment: { currency: 'CAD', amount: '164.35' } },
  },
  { shop: 'usd', title: 'Noam pays USD 7.50', customer: noam, subtotalMinor: 750, points: 7, customerLocale: 'iw' },
  {
    ...{ shop: 'usd', title: 'Maria pays USD 15.00 at the till', customer: maria, subtotalMinor: 1_500, points: 15 },
    ...{ sourceName: 'pos' },
  },
  {
    shop: 'jpy',
    title: 'Yuki pays JPY 14,319',
    customer: yuki,
    subtotalMinor: 14_319,
    points: 143,
    customerLocale: 'ja',
  },
  { shop: 'jpy', title: 'Omar pays JPY 980', customer: omar, subtotalMinor: 980, points: 9, customerLocale: 'ar-EG' },
];

const currencyOf = {
  usd: { currency: 'USD', decimals: 2 },
  jpy: { currency: 'JPY', decimals: 0 },
} as const satisfies Record<DemoShop, Pick<OrderFacts, 'currency' | 'decimals'>>;

/**
 * The orders of the demonstration, new ones at every call time: the customers stay, so their balances grow.
 * @param now milliseconds since the epoch; makes the order ids
 */
export const sampleOrders = (now: number): readonly SampleOrder[] => {
  const firstId = 6_000_000_000_000_000_000n + BigInt(now) * 1000n;
  const firstNumber = 1_001 + (Math.floor(now / 1000) % 1_000_000);
  let made = -1;
  return rows.map((row) => {
    if (row.isRepeat !== true) made += 1;
    const { shop, title, points, ignored, isRepeat: _isRepeat, customer, subtotalMinor, ...facts } = row;
    return {
      shop,
      title,
      points,
      ...(ignored && { ignored }),
      shopifyCustomerId: customer?.id ?? null,
      order: {
        customerLocale: 'en',
        ...facts,
        ...currencyOf[shop],
        customer,
        subtotalMinor,
        orderId: String(firstId + BigInt(made)),
        orderNumber: firstNumber + made,
        placedAt: now,
      },
    };
  });
};
