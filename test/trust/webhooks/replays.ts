import { randomUUID } from 'node:crypto';
import { type DoorAnswer, openDoor, type Posting } from './door.ts';
import { orderOf } from './orders.ts';
import type { Stage } from './stage.ts';

/** One thing a listener tries with a delivery that has been taken, and what must be answered: 200 has no second effect. */
interface Replay {
  readonly name: string;
  readonly posting: Posting;
  readonly statuses: readonly number[];
}

export interface ReplayFindings {
  readonly sent: number;
  readonly wrong: readonly string[];
  /** Shopify's customer id and the points it must end with, at the hostile shop; its siblings must have no entry. */
  readonly points: number;
}

const customer = 4_711;
/** USD 100.00, of which 30.00 are refunded. */
const points = 70;

/**
 * Delivers an order and its refund, then both again under every other name that is not signed.
 * @param idFrom of the order; its refund has the next
 */
export const attackByReplay = async (stage: Stage, idFrom: number): Promise<ReplayFindings> => {
  const { hostile, sibling, good } = stage;
  const door = openDoor(stage.port, 4);
  const url = `https://${hostile.shopDomain}/548380009/orders/b1946ac92492d2347c6235b4d2611184/authenticate?key=a`;
  const order = orderOf(idFrom, customer, { subtotal_price: '100.00', order_status_url: url });
  const refund = Buffer.from(
    JSON.stringify({
      ...{ id: idFrom + 1, order_id: idFrom, created_at: '2026-01-15T10:00:00Z' },
      ...{ refund_line_items: [{ subtotal: '30.00' }], order_adjustments: [], transactions: [] },
    }),
  );
  const wrong: string[] = [];
  let sent = 0;
  const send = async ({ name, posting, statuses }: Replay): Promise<DoorAnswer> => {
    sent += 1;
    const answer = await door.post(posting);
    if (!statuses.includes(answer.status))
      wrong.push(`${name}: ${String(answer.status)}, not ${statuses.join(' or ')}`);
    return answer;
  };
  const asOrder = { topic: 'orders/create', shop: hostile, body: order };
  const asRefund = { topic: 'refunds/create', shop: hostile, body: refund };
  await send({ name: 'the order', posting: asOrder, statuses: [200] });
  await send({ name: 'the refund', posting: asRefund, statuses: [200] });

  const under = (headers: Posting['headers']): Posting => ({ ...asOrder, headers: headers ?? {} });
  /** Signed by the hostile shop, said to be of another. */
  const elsewhere = (posting: Posting, shop: typeof good): Posting => ({
    ...posting,
    shop: { ...shop, secret: hostile.secret },
  });
  const webhookId = randomUUID();
  const replays: readonly Replay[] = [
    ...[randomUUID(), webhookId, webhookId, '', ' ', 'a'.repeat(500), '../../x', undefined].map((id) => ({
      ...{ name: `the order under webhook id ${String(id)}`, statuses: [200] },
      posting: under({ 'x-shopify-webhook-id': id }),
    })),
    { name: 'the order with two webhook ids', posting: under({ 'x-shopify-webhook-id': ['a', 'b'] }), statuses: [200] },
    {
      name: 'the order with another event id',
      posting: under({ 'x-shopify-event-id': randomUUID() }),
      statuses: [200],
    },
    {
      name: 'the order with another time',
      posting: under({ 'x-shopify-triggered-at': '2030-01-01T00:00:00Z' }),
      statuses: [200],
    },
    {
      name: 'the order with another correlation id',
      posting: under({ 'x-correlation-id': randomUUID() }),
      statuses: [200],
    },
    {
      name: 'the order under the other header names',
      posting: under({ 'shopify-topic': 'orders/cancelled', 'shopify-shop-domain': good.shopDomain }),
      statuses: [200],
    },
    ...['ORDERS/CREATE', 'Orders/Create'].map((topic) => ({
      ...{ name: `the order under topic ${topic}`, statuses: [200] },
      posting: under({ 'x-shopify-topic': topic }),
    })),
    ...['orders/cancelled', 'refunds/create', 'orders/updated', 'orders/create ,x', 'shop/redact'].map((topic) => ({
      ...{ name: `the order under topic ${topic}`, statuses: [400] },
      posting: under({ 'x-shopify-topic': topic }),
    })),
    ...['orders/cancelled', 'refunds/create', 'customers/redact', 'customers/data_request', 'shop/redact'].flatMap(
      (topic) => [
        { name: `the order at /${topic}`, posting: { ...asOrder, topic }, statuses: [400] },
        {
          ...{ name: `the order at /${topic} under its own topic`, statuses: [400] },
          posting: { ...asOrder, topic, headers: { 'x-shopify-topic': 'orders/create' } },
        },
        {
          ...{ name: `the order at /${topic} under no topic`, statuses: [400] },
          posting: { ...asOrder, topic, headers: { 'x-shopify-topic': undefined } },
        },
      ],
    ),
    ...['orders/create', 'orders/cancelled', 'customers/redact', 'shop/redact'].map((topic) => ({
      ...{ name: `the refund at /${topic}`, posting: { ...asRefund, topic }, statuses: [400] },
    })),
    { name: 'the refund under another webhook id', posting: asRefund, statuses: [200] },
    { name: 'the order at another shop', posting: elsewhere(asOrder, good), statuses: [401] },
    { name: 'the refund at another shop', posting: elsewhere(asRefund, good), statuses: [401] },
    { name: 'the order at a shop with the same secret', posting: elsewhere(asOrder, sibling), statuses: [400] },
    // Its order is not there, so that it has nothing to take back.
    { name: 'the refund at a shop with the same secret', posting: elsewhere(asRefund, sibling), statuses: [200] },
    ...[hostile.shopDomain.toUpperCase()].map((shopDomain) => ({
      ...{
        name: `the order at ${shopDomain}`,
        posting: under({ 'x-shopify-shop-domain': shopDomain }),
        statuses: [200],
      },
    })),
    ...[
      `${hostile.shopDomain}.`,
      `${hostile.shopDomain}:443`,
      `https://${hostile.shopDomain}`,
      `x.${hostile.shopDomain}`,
      `${hostile.shopDomain}/`,
      `${hostile.shopDomain}, ${good.shopDomain}`,
      '',
    ].map((shopDomain) => ({
      ...{
        name: `the order at ${shopDomain}`,
        posting: under({ 'x-shopify-shop-domain': shopDomain }),
        statuses: [401],
      },
    })),
    {
      name: 'the order at two shops',
      posting: under({ 'x-shopify-shop-domain': [hostile.shopDomain, good.shopDomain] }),
      statuses: [401],
    },
    { name: 'the order at no shop', posting: under({ 'x-shopify-shop-domain': undefined }), statuses: [401] },
  ];
  for (const replay of replays) await send(replay);
  // All at once, too: a duplicate is found out behind the door.
  await Promise.all(
    Array.from({ length: 20 }, () => send({ name: 'the order, all at once', posting: asOrder, statuses: [200] })),
  );
  door.close();
  return { sent, wrong, points };
};

/** Shopify's id of the customer whom the replays are about. */
export const replayedCustomer = String(customer);
