import { describe, expect, test } from 'vitest';
import type { DevMerchant } from '../../src/ops/dev/dev-file.ts';
import { type RunSamplesOptions, runSamples, type SampleOutcome } from '../../src/ops/dev/run-samples.ts';
import { customerIdAt, sampleOrders } from '../../src/ops/dev/sample-orders.ts';
import type { Delivery } from '../../src/ops/dev/webhook.ts';

const now = Date.UTC(2026, 0, 2);
const samples = sampleOrders(now);

const merchant = (merchantId: string, shopDomain: string, currency: string): DevMerchant => ({
  merchant_id: merchantId,
  shop_domain: shopDomain,
  currency,
  webhook_secrets: ['secret'],
  tokens: {
    'merchant:points:view': 'merchant token',
    'merchant:points:redeem': 'redeeming token',
    'merchant:points:pos': 'till token',
    'customer:points:redeem': { customer_id: customerIdAt(merchantId, '7300000000000000001'), token: 'own token' },
    'customer:points:view': { customer_id: customerIdAt(merchantId, '7300000000000000001'), token: 'own token' },
  },
});
const merchants = {
  usd: merchant('1f0c7a52-64d8-4c3e-9b1a-5d2e8f6a7b90', 'usd.example.com', 'USD'),
  jpy: merchant('8a4e6d31-0b79-4f25-a6c8-3e9d1c5b7f24', 'jpy.example.com', 'JPY'),
};

interface Service {
  /** Balances by customer. */
  readonly accounts: Map<string, number>;
  readonly options: RunSamplesOptions;
  readonly outcomes: SampleOutcome[];
  readonly tokens: Set<string>;
}

/** A service in a few lines: it gives what the samples say, or what `give` makes of it. */
const service = (give = (_delivery: Delivery, points: number): number => points): Service => {
  const accounts = new Map<string, number>();
  const outcomes: SampleOutcome[] = [];
  const tokens = new Set<string>();
  const queue = [...samples];
  const deliver: RunSamplesOptions['deliver'] = async (delivery) => {
    const sample = queue.shift()!;
    const { merchant_id } = merchants[sample.shop];
    if (sample.ignored !== undefined) {
      return { status: 200, text: JSON.stringify({ status: 'ignored', reason: sample.ignored }) };
    }
    const customer = customerIdAt(merchant_id, sample.shopifyCustomerId!);
    accounts.set(customer, (accounts.get(customer) ?? 0) + give(delivery, sample.points));
    return { status: 200, text: JSON.stringify({ status: 'accepted' }) };
  };
  const texts: Record<string, string> = { en: 'points', ar: 'نقاط', he: 'נקודות' };
  const balances: RunSamplesOptions['balances'] = {
    read: async ({ customerId, locale, token }) => {
      tokens.add(token);
      return { balance: accounts.get(customerId) ?? 0, description: texts[locale]! };
    },
    close: () => undefined,
  };
  const shown = (outcome: SampleOutcome): void => void outcomes.push(outcome);
  return { accounts, outcomes, tokens, options: { deliver, balances, merchants, samples, shown, withinMs: 50 } };
};

describe('the samples of npm start', () => {
  test('state what each order is worth', () => {
    expect(samples.map(({ shop, points }) => [shop, points])).toEqual([
      ['usd', 49],
      ['usd', 0],
      ['usd', 0],
      ['usd', 0],
      ['usd', 120],
      ['usd', 7],
      ['usd', 15],
      ['jpy', 143],
      ['jpy', 9],
    ]);
  });

  test('deliver one order twice, and others under ids of their own', () => {
    const ids = samples.map(({ order }) => order.orderId);
    expect(ids[0]).toBe(ids[1]);
    expect(new Set(ids).size).toBe(samples.length - 1);
  });

  test('have new order ids a millisecond later', () => {
    const ids = new Set([...samples, ...sampleOrders(now + 1)].map(({ order }) => order.orderId));
    expect(ids.size).toBe(2 * (samples.length - 1));
  });

  test('find nothing wrong where all balances are right, also on top of earlier ones', async () => {
    const { options, outcomes, accounts, tokens } = service();
    accounts.set(customerIdAt(merchants.usd.merchant_id, '7300000000000000001'), 1_000);
    expect(await runSamples(options)).toEqual([]);
    expect(outcomes.map(({ balance }) => balance)).toEqual([1_049, 1_049, null, 1_049, 120, 7, 1_064, 143, 9]);
    expect(tokens).toEqual(new Set(['merchant token', 'own token']));
  });

  test('tell which balance is wrong', async () => {
    const { options } = service((_, points) => (points === 120 ? 121 : points));
    expect(await runSamples(options)).toContain(
      'Layla pays USD 120.00, in CAD: the balance (en) is 121 and must be 120',
    );
  });

  test('tell of a repeat that was counted', async () => {
    const { options } = service((_, points) => (points === 0 ? 49 : points));
    expect(await runSamples(options)).toContain(
      'the same order, delivered twice: the balance (en) is 98 and must be 49',
    );
  });

  test('tell of an order that was refused, and of one that was ignored and must not be', async () => {
    const refused = service();
    expect(await runSamples({ ...refused.options, deliver: async () => ({ status: 401, text: 'no' }) })).toContain(
      'Maria pays USD 49.99: answered 401 no',
    );
    const ignored = service();
    const answer = { status: 200, text: '{"status":"ignored","reason":"guest"}' };
    const faults = await runSamples({ ...ignored.options, deliver: async () => answer });
    expect(faults).toContain('Maria pays USD 49.99: answered 200 {"status":"ignored","reason":"guest"}');
    expect(faults.filter((fault) => fault.startsWith('a guest pays'))).toEqual([]);
  });

  test('tell of a description in another language', async () => {
    const { options } = service();
    const balances = { ...options.balances, read: async () => ({ balance: 49, description: 'points' }) };
    expect(await runSamples({ ...options, balances })).toContain('Maria pays USD 49.99: "points" is not ar');
  });
});
