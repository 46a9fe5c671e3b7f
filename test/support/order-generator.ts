import { v5 as uuidV5 } from 'uuid';
import { orderBody } from '../../src/ops/dev/order-body.ts';
import { seededRandom, type Random } from './random.ts';

/** A merchant that exists only in this run. */
export interface GeneratedMerchant {
  /** UUID */
  readonly merchantId: string;
  readonly shopDomain: string;
  readonly secret: string;
  readonly currency: 'USD' | 'JPY';
}

/** What the ledger must hold of one order, worked out here and not by the service. */
export interface ExpectedEntry {
  readonly merchantId: string;
  readonly customerId: string;
  readonly eventId: string;
  readonly points: number;
}

/** One webhook to send. */
export interface GeneratedDelivery {
  readonly merchant: GeneratedMerchant;
  readonly webhookId: string;
  readonly shopifyEventId: string;
  readonly body: string;
  readonly expected: ExpectedEntry;
  /** The same order a second time, under a webhook id of its own. */
  readonly isRepeat: boolean;
}

export interface GeneratorOptions {
  readonly seed: number;
  readonly orders: number;
  readonly customers: number;
  readonly merchants: number;
  /** Every n-th order is delivered twice. */
  readonly repeatEvery: number;
  /** When the first order was placed, in milliseconds since the epoch; each is placed 1 ms after the one before. */
  readonly startMs: number;
}

export interface GeneratedRun {
  readonly merchants: readonly GeneratedMerchant[];
  /** In the order of sending; a repeat comes up to 500 deliveries after its order. */
  readonly deliveries: readonly GeneratedDelivery[];
  /** One per order. */
  readonly expected: readonly ExpectedEntry[];
}

const namespace = '4be52d3a-58c6-4bb2-9f0b-6a3a2a4f5d5e';
const farthestRepeat = 500;
const locales = ['en', 'ar', 'ar-EG', 'iw', 'he-IL', 'fr', 'en-US'];

const makeMerchants = (seed: number, count: number): readonly GeneratedMerchant[] =>
  Array.from({ length: count }, (_, index) => ({
    merchantId: uuidV5(`merchant/${seed}/${index}`, namespace),
    shopDomain: `nothing-lost-${index}.myshopify.com`,
    secret: uuidV5(`secret/${seed}/${index}`, namespace),
    currency: index % 2 === 0 ? 'USD' : 'JPY',
  }));

/** Ids of 19 digits: read as a JavaScript number they would be rounded, and two orders become one. */
const shopifyId = (base: bigint, index: number): string => String(base + BigInt(index));
const firstCustomerId = 7_300_000_000_000_000_001n;
const firstOrderId = 6_100_000_000_000_000_001n;

/** 1 point a dollar, 1 point per 100 yen; what is left over earns nothing. */
const makeAmount = (random: Random): { readonly minor: number; readonly points: number } => {
  const points = random.between(1, 400);
  return { minor: points * 100 + random.between(0, 99), points };
};

/**
 * Orders of many customers at many shops, the same for the same seed. Shops share their customers' and orders' Shopify
 * ids on purpose: whoever forgets the tenant in a key mixes them up.
 */
export const generateOrders = (options: GeneratorOptions): GeneratedRun => {
  const random = seededRandom(options.seed);
  const merchants = makeMerchants(options.seed, options.merchants);
  const ordersOf = new Map<GeneratedMerchant, number>();
  const queue: { readonly at: number; readonly delivery: GeneratedDelivery }[] = [];
  const expected: ExpectedEntry[] = [];

  for (let index = 0; index < options.orders; index += 1) {
    // The first orders go round, so that every customer has at least one.
    const customer = index < options.customers ? index : random.between(0, options.customers - 1);
    const merchant = merchants[customer % merchants.length];
    if (merchant === undefined) throw new RangeError('A run needs at least one merchant');
    const orderNumber = ordersOf.get(merchant) ?? 0;
    ordersOf.set(merchant, orderNumber + 1);
    const customerId = shopifyId(firstCustomerId, Math.floor(customer / merchants.length));
    const orderId = shopifyId(firstOrderId, orderNumber);
    const { minor, points } = makeAmount(random);
    const entry: ExpectedEntry = {
      merchantId: merchant.merchantId,
      customerId: uuidV5(`customer/${customerId}`, merchant.merchantId),
      eventId: uuidV5(`order/${orderId}/earn`, merchant.merchantId),
      points,
    };
    expected.push(entry);
    const delivery = {
      merchant,
      shopifyEventId: uuidV5(`happened/${options.seed}/${index}`, namespace),
      body: orderBody({
        orderId,
        orderNumber: 1001 + orderNumber,
        customer: { id: customerId, firstName: 'Customer', lastName: String(customer) },
        currency: merchant.currency,
        decimals: merchant.currency === 'JPY' ? 0 : 2,
        subtotalMinor: minor,
        customerLocale: random.pick(locales),
        placedAt: options.startMs + index,
      }),
      expected: entry,
    };
    const webhookId = uuidV5(`webhook/${options.seed}/${index}`, namespace);
    queue.push({ at: index, delivery: { ...delivery, webhookId, isRepeat: false } });
    if (index % options.repeatEvery === 0) {
      const again = uuidV5(`webhook/${options.seed}/${index}/again`, namespace);
      const at = index + random.between(0, farthestRepeat) + 0.5;
      queue.push({ at, delivery: { ...delivery, webhookId: again, isRepeat: true } });
    }
  }
  const deliveries = queue.sort((one, other) => one.at - other.at).map(({ delivery }) => delivery);
  return { merchants, deliveries, expected };
};
