import { type AccountState, type IngestCommand, topics } from '../../src/contracts/index.ts';
import {
  createMessages,
  defaultMessages,
  type MerchantSettings,
  orderEarnEventId,
  usualTerms,
} from '../../src/domain/index.ts';
import { LocalTokenBuckets, TopologyTestDriver, type TopologyTestDriverOptions } from '../../src/streams/index.ts';
import {
  accountsStore,
  type Decided,
  deferredCommandsStore,
  type EventRef,
  pointsTopology,
  seenEventsStore,
} from '../../topologies/points/index.ts';
import type { CustomerAnswer } from '../../topologies/points/customers.ts';
import { avroSerde } from './serdes.ts';

export const noon = Date.parse('2026-03-01T12:00:00Z');
export const hour = 3_600_000;
export const day = 24 * hour;
export const redemptionTimeoutMs = 15 * 60_000;

const merchant = (settings: Partial<MerchantSettings> & { readonly merchantId: string }): MerchantSettings => ({
  shopDomain: 'example.myshopify.com',
  webhookSecrets: ['secret'],
  currency: 'USD',
  earningRule: { points: 1, perMinorUnits: 100 },
  ...usualTerms,
  retentionDays: 90,
  ...settings,
});

export const usd = '6f6c2a52-7f5b-4d3b-9a4e-0b6a1f1d0001';
export const jpy = '6f6c2a52-7f5b-4d3b-9a4e-0b6a1f1d0002';
export const ann = '00000000-0000-4000-8000-00000000000a';
export const ben = '00000000-0000-4000-8000-00000000000b';

export const serdes = {
  ingest: avroSerde('IngestCommand'),
  earned: avroSerde('PointsEarned'),
  audit: avroSerde('AuditEntry'),
  balances: avroSerde('PointsBalance'),
  accounts: avroSerde('AccountState'),
  seenEvents: avroSerde('SeenEvent'),
  orders: avroSerde('OrderState'),
  redemptions: avroSerde('RedemptionState'),
  rewards: avroSerde('RewardState'),
  rewardRedemptions: avroSerde('RewardRedemption'),
};

export interface Order {
  readonly order: string;
  readonly amountMinor?: number;
  readonly currency?: string;
  readonly merchant?: string;
  readonly customer?: string;
  readonly delivery?: string;
  readonly occurredAt?: number;
  readonly locale?: string;
}

/** An order as ingress puts it onto points.ingest. */
export const ordered = (order: Order): IngestCommand => {
  const merchantId = order.merchant ?? usd;
  return {
    event_id: orderEarnEventId(merchantId, order.order),
    merchant_id: merchantId,
    customer_id: order.customer ?? ann,
    correlation_id: `correlation-${order.order}`,
    schema_version: '1.0.0',
    occurred_at: order.occurredAt ?? noon,
    locale: order.locale ?? 'en',
    delivery_id: order.delivery ?? `delivery-${order.order}`,
    command: {
      'points.OrderCreated': {
        order_id: order.order,
        amount_minor: order.amountMinor ?? 10_000,
        currency: order.currency ?? 'USD',
        financial_status: 'paid',
        source_name: 'web',
      },
    },
  };
};

/** The topology of points with two merchants, and hands on what it depends on. */
export const pointsRig = (options: TopologyTestDriverOptions = {}) => {
  const merchants = new Map<string, MerchantSettings>([
    [usd, merchant({ merchantId: usd, tierBonuses: new Map([['gold', 500]]) })],
    [jpy, merchant({ merchantId: jpy, currency: 'JPY', defaultLocale: 'he' })],
  ]);
  const world = {
    merchants,
    /** What asking for a merchant's settings fails with. */
    merchantsError: null as Error | null,
    /** What Core says of customers: known unless it is said here. */
    customers: new Map<string, CustomerAnswer>(),
    /** Customers Core was asked about. */
    coreAsked: [] as string[],
    ledgerError: null as Error | null,
    /** `merchant_id:event_id` of what the ledger holds. */
    ledger: new Set<string>(),
    /** Each question to the ledger: the events, and the time before which it must be complete. */
    asked: [] as { readonly events: readonly EventRef[]; readonly before: number }[],
    duplicates: 0,
    /** Commands that were told as decided: when they came, and whether they had waited. */
    decided: [] as Decided[],
    /** Merchants that came over their rate limit. */
    limited: [] as string[],
    deferred: 0,
    /** What waits for the rate limit. */
    waiting: 0,
  };
  const topology = pointsTopology({
    serdes,
    merchants: {
      byId: (id) =>
        world.merchantsError === null ? Promise.resolve(merchants.get(id)) : Promise.reject(world.merchantsError),
    },
    customers: {
      known: (refs) => {
        world.coreAsked.push(...refs.map(({ customerId }) => customerId));
        return Promise.resolve(refs.map(({ customerId }) => world.customers.get(customerId) ?? { status: 'known' }));
      },
    },
    appliedEvents: {
      find: (events, before) => {
        world.asked.push({ events, before });
        if (world.ledgerError !== null) return Promise.reject(world.ledgerError);
        const keys = events.map(({ merchantId, eventId }) => `${merchantId}:${eventId}`);
        return Promise.resolve(new Set(keys.filter((key) => world.ledger.has(key))));
      },
    },
    messages: createMessages((key, locale) => (defaultMessages[key] as Readonly<Record<string, string>>)[locale]),
    redemptionTimeoutMs,
    buckets: new LocalTokenBuckets(),
    onRateLimit: {
      onLimited: (merchantId) => world.limited.push(merchantId),
      onDeferred: (records) => {
        world.deferred += records;
      },
      deferred: (_taskId, records) => {
        world.waiting = records;
      },
    },
    onDecided: (command) => world.decided.push(command),
    onDuplicate: () => {
      world.duplicates += 1;
    },
  });
  const driver = new TopologyTestDriver(topology, { now: noon, ...options });
  let offset = 1_000;

  return {
    world,
    driver,
    /** Orders come in as one micro-batch. */
    orders: (...orders: Order[]): Promise<void> =>
      driver.pipe(
        topics.ingest.name,
        serdes.ingest,
        orders.map((order) => {
          const value = ordered(order);
          const headers = { correlation_id: value.correlation_id };
          return { key: value.merchant_id, value, headers };
        }),
      ),
    /** Commands come in as one micro-batch. */
    commands: (...values: IngestCommand[]): Promise<void> =>
      driver.pipe(
        topics.ingest.name,
        serdes.ingest,
        values.map((value) => ({
          ...{ key: value.merchant_id, value, headers: { correlation_id: value.correlation_id } },
        })),
      ),
    /** The same by way of the operators' topic. */
    replayed: (...values: IngestCommand[]): Promise<void> =>
      driver.pipe(
        topics.replay.name,
        serdes.ingest,
        values.map((value) => ({ key: value.merchant_id, value, headers: {} })),
      ),
    /** An order comes in so long after noon, by the broker's clock. */
    later: (afterMs: number, order: Order): Promise<void> => {
      const value = ordered(order);
      return driver.pipe(topics.ingest.name, serdes.ingest, [
        { key: value.merchant_id, value, headers: {}, timestamp: noon + afterMs },
      ]);
    },
    /** Bytes come in as they are, among orders. */
    raw: (...values: readonly (Order | Buffer)[]): Promise<void> =>
      driver.pipeBytes(
        values.map((value) => {
          const bytes = Buffer.isBuffer(value) ? value : serdes.ingest.serialize(ordered(value));
          const source = { topic: topics.ingest.name, partition: 0, offset: offset++, timestamp: noon };
          return { ...source, key: Buffer.from(usd), value: bytes, headers: {} };
        }),
      ),
    /** Records that wait in the store. */
    deferred: async () =>
      (await driver.storeEntries(deferredCommandsStore())).filter(([, { kind }]) => kind === 'record'),
    earned: () => driver.read(topics.earned.name, serdes.earned),
    audit: () => driver.read(topics.audit.name, serdes.audit).map(({ value }) => value),
    redemptions: () => driver.read(topics.redemptions.name, serdes.rewardRedemptions).map(({ value }) => value),
    balances: () => driver.read(topics.balances.name, serdes.balances),
    deadLetters: () => driver.readBytes(topics.deadLetters.name),
    account: (customer = ann, merchantId = usd): Promise<AccountState | undefined> =>
      driver.store(accountsStore(serdes.accounts), `${merchantId}:${customer}`),
    seen: (order: string, merchantId = usd) =>
      driver.store(seenEventsStore(serdes.seenEvents), `${merchantId}:${orderEarnEventId(merchantId, order)}`),
  };
};
