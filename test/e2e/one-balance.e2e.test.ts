import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { httpRequest } from '../../src/common/http-request.ts';
import { createBalanceClient } from '../../src/ops/dev/balance-client.ts';
import type { DevFile, DevMerchant } from '../../src/ops/dev/dev-file.ts';
import { freePortOffset } from '../../src/ops/dev/ports.ts';
import { redeem } from '../../src/ops/dev/redeem-client.ts';
import { customerIdAt } from '../../src/ops/dev/sample-orders.ts';
import { signatureOf } from '../../src/ops/dev/webhook.ts';
import { runCommand } from '../support/command-line.ts';
import { npmStart, type StartRun, untilDevFile } from '../support/npm-start.ts';
import { shopOrder } from '../support/service-in-process.ts';
import { temporaryFolder } from '../support/servers.ts';
import { until } from '../support/until.ts';

const minute = 60_000;

let home: string;
let run: StartRun;
let dev: DevFile;
let shop: DevMerchant;

beforeAll(async () => {
  home = await temporaryFolder('home');
  run = npmStart(home, ['--quiet', '--port-offset', String(await freePortOffset())]);
  dev = await untilDevFile(home, run, 5 * minute);
  shop = dev.merchants[0]!;
}, 5 * minute);

afterAll(async () => {
  run.child.kill('SIGTERM');
  await run.ended;
}, minute);

/** Delivers a body as the shop does. */
const deliver = async (topic: string, content: object): Promise<number> => {
  const body = JSON.stringify(content);
  const { status } = await httpRequest(`${dev.http}/${topic}`, {
    ...{ method: 'POST', body, timeoutMs: 10_000 },
    headers: {
      'content-type': 'application/json',
      ...{ 'x-shopify-topic': topic, 'x-shopify-shop-domain': shop.shop_domain, 'x-shopify-webhook-id': randomUUID() },
      'x-shopify-hmac-sha256': signatureOf(shop.webhook_secrets[0] ?? '', body),
    },
  });
  return status;
};

interface TillAnswer {
  readonly status: string;
  readonly reason: string | null;
}

/** A batch of a till, sent again while an item is pending, as a till does. */
const atTill = async (transactions: readonly object[]): Promise<readonly TillAnswer[]> => {
  for (;;) {
    const { status, text } = await httpRequest(`${dev.http}/pos/transactions`, {
      ...{ method: 'POST', timeoutMs: 20_000, body: JSON.stringify({ transactions }) },
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${shop.tokens['merchant:points:pos'] ?? ''}`,
      },
    });
    expect([status, text]).toEqual([200, expect.any(String)]);
    const answers = (JSON.parse(text) as { readonly transactions: readonly TillAnswer[] }).transactions;
    if (!answers.some((answer) => answer.status === 'pending')) return answers;
    await sleep(100);
  }
};

const spendAtTill = (customerId: string, points: number): object => ({
  ...{ type: 'spend', customer_id: customerId, points, idempotency_token: randomUUID() },
  occurred_at: new Date().toISOString(),
});

const balanceOf = async (customerId: string): Promise<number> => {
  const client = createBalanceClient(dev.grpc);
  try {
    const token = shop.tokens['merchant:points:view'] ?? '';
    return (await client.read({ merchantId: shop.merchant_id, customerId, locale: 'en', token })).balance;
  } finally {
    client.close();
  }
};

const untilBalance = (customerId: string, points: number): Promise<void> =>
  until(`the balance is ${String(points)}`, async () => (await balanceOf(customerId)) === points, 20_000);

/** From a phone, asked again under its token while nothing is decided. */
const onPhone = async (customerId: string, points: number): Promise<string> => {
  const question = {
    ...{ merchantId: shop.merchant_id, customerId, rewardId: randomUUID(), idempotencyToken: randomUUID(), points },
    ...{ locale: 'en', token: shop.tokens['merchant:points:redeem'] ?? '' },
  };
  for (;;) {
    const { status, reason } = await redeem(dev.grpc, question);
    if (status !== 'PENDING_DECISION') return reason === '' ? status : `${status} ${reason}`;
  }
};

const command = (...args: string[]) =>
  runCommand(args, {
    ...{ KAFKA_BROKER: dev.brokers.join(), SCHEMA_REGISTRY_URL: dev.registry, POINTS_DB_HOST: dev.mongo },
    ...{ REDIS_HOST: dev.redis.cache, REDIS_STATE_HOST: dev.redis.state },
  });

describe('one balance', () => {
  test(
    'that two tills and 64 phones spend at once is spent once',
    async () => {
      const customerId = customerIdAt(shop.merchant_id, '9100000001');
      expect(await deliver('orders/create', shopOrder(910_001, 9_100_000_001, { subtotal_price: '100.00' }))).toBe(200);
      await untilBalance(customerId, 100);

      const items = () => Array.from({ length: 10 }, () => spendAtTill(customerId, 10));
      const [first, second, phones] = await Promise.all([
        atTill(items()),
        atTill(items()),
        Promise.all(Array.from({ length: 64 }, () => onPhone(customerId, 10))),
      ]);

      const tills = [...first, ...second];
      const accepted = tills.filter(({ status }) => status === 'accepted').length;
      const redeemed = phones.filter((phone) => phone === 'PENDING' || phone === 'COMPLETED').length;
      expect(accepted + redeemed).toBe(10);
      const refused = tills.filter(({ status }) => status === 'refused');
      expect([refused.length, new Set(refused.map(({ reason }) => reason))]).toEqual([
        20 - accepted,
        new Set(accepted === 20 ? [] : ['INSUFFICIENT_POINTS']),
      ]);
      expect(phones.filter((phone) => phone === 'FAILED INSUFFICIENT_POINTS')).toHaveLength(64 - redeemed);
      await untilBalance(customerId, 0);
    },
    2 * minute,
  );

  test(
    'is right after a refund that comes before its order, and after a sale that shop and till both tell of',
    async () => {
      const customerId = customerIdAt(shop.merchant_id, '9100000002');
      const refund = {
        ...{ id: 77_001, order_id: 910_002, created_at: '2026-01-15T10:00:00Z' },
        refund_line_items: [{ id: 1, line_item_id: 2, quantity: 1, subtotal: '30.00', total_tax: '2.40' }],
        order_adjustments: [],
        transactions: [],
      };
      expect(await deliver('refunds/create', refund)).toBe(200);
      expect(await deliver('orders/create', shopOrder(910_002, 9_100_000_002, { subtotal_price: '100.00' }))).toBe(200);
      await untilBalance(customerId, 70);

      const sale = {
        ...{ type: 'earn', customer_id: customerId, points: 25, idempotency_token: randomUUID(), order_id: '910003' },
        occurred_at: new Date().toISOString(),
      };
      const [till, webhook] = await Promise.all([
        atTill([sale]),
        deliver('orders/create', shopOrder(910_003, 9_100_000_002)),
      ]);
      expect([till.map(({ status }) => status), webhook]).toEqual([['accepted'], 200]);
      await untilBalance(customerId, 95);
    },
    2 * minute,
  );

  test(
    'does not change when everything is replayed twice, and the books are proved',
    async () => {
      const before = await command('verify');
      expect([before.code, before.stdout]).toEqual([0, expect.any(String)]);
      for (const _time of ['once', 'again']) {
        const replay = await command('replay', '--from', 'points.ingest', '--go', '--yes', '--rate', '5000');
        expect([replay.code, replay.stderr]).toEqual([0, expect.any(String)]);
      }
      // What was replayed is behind this one, which is of the same merchant.
      const customerId = customerIdAt(shop.merchant_id, '9100000003');
      expect(await deliver('orders/create', shopOrder(910_004, 9_100_000_003))).toBe(200);
      await untilBalance(customerId, 25);
      expect(await balanceOf(customerIdAt(shop.merchant_id, '9100000001'))).toBe(0);
      expect(await balanceOf(customerIdAt(shop.merchant_id, '9100000002'))).toBe(95);
      const after = await command('verify');
      expect([after.code, after.stdout]).toEqual([0, expect.any(String)]);
    },
    3 * minute,
  );
});
