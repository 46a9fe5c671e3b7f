import { Binary, type Document, Double, Long, MongoServerError, UUID } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MongoConnection } from '../../../src/adapters/mongo/index.ts';
import { refusalReason } from '../../../src/adapters/mongo/refusal-reason.ts';
import { preparedDatabase } from '../../support/mongo-database.ts';
import { sharedServers } from '../../support/servers.ts';
import { badDescriptions, goodDescriptions } from './texts/descriptions.ts';

let connection: MongoConnection;
beforeAll(async () => {
  connection = await preparedDatabase(sharedServers().mongo, afterAll);
});

/** Undefined when the collection takes it, otherwise what its validator says. */
const refusal = async (collection: string, document: Document): Promise<string | undefined> => {
  try {
    await connection.database.collection(collection).insertOne({ ...document });
    return undefined;
  } catch (error) {
    if (!(error instanceof MongoServerError) || error.code !== 121) throw error;
    return refusalReason(error.errInfo);
  }
};

const without = (document: Document, field: string): Document =>
  Object.fromEntries(Object.entries(document).filter(([name]) => name !== field));

const transaction = (): Document => ({
  ...{ customer_id: new UUID(), merchant_id: new UUID(), event_id: new UUID(), points: 10, type: 'earn', locale: 'en' },
  ...{ description: 'You earned 10 points', schema_version: '1.0.0', created_at: new Date(0), correlation_id: 'c' },
  ...{ sequence: 1, balance_after: 10 },
});

const processedEvent = (): Document => ({
  ...{ event_id: new UUID(), merchant_id: new UUID(), event_type: 'points.earned', created_at: new Date() },
});

const redemption = (): Document => ({
  ...{ customer_id: new UUID(), merchant_id: new UUID(), reward_id: new UUID(), idempotency_token: new UUID() },
  ...{ points: 500, status: 'pending', locale: 'ar', schema_version: '1.0.0', created_at: new Date(0) },
  correlation_id: 'c',
});

const queued = (): Document => ({
  ...{ customer_id: new UUID(), merchant_id: new UUID(), points: 10, type: 'earn', locale: 'en', attempts: 0 },
  ...{ idempotency_token: new UUID(), created_at: new Date(), schema_version: '1.0.0', correlation_id: 'c' },
  ...{ command: new Binary(Buffer.from([0, 1, 2])), arrival: 1 },
});

const merchant = (): Document => ({
  ...{ merchant_id: new UUID(), shop_domain: `shop-${new UUID().toString()}.myshopify.com`, webhook_secrets: ['s'] },
  ...{ currency: 'USD', earning_rule: { points: 1, per_minor_units: 100 } },
});

let number = 0;
const translation = (): Document => {
  number += 1;
  return { key: `points.n${number}`, locale: 'en', value: '{points} points', version: 1, created_at: new Date() };
};

describe('points_transactions', () => {
  test('takes an entry of the fields that everybody knows', async () => {
    expect(await refusal('points_transactions', transaction())).toBeUndefined();
  });

  test.each(goodDescriptions)('takes the description %j', async (description) => {
    expect(await refusal('points_transactions', { ...transaction(), description })).toBeUndefined();
  });

  test.each(badDescriptions)('refuses the description %j, which %s', async (description, rule) => {
    expect(await refusal('points_transactions', { ...transaction(), description })).toContain(`description ${rule}`);
  });

  test.each([
    ['points', 0],
    ['points', Long.fromNumber(Number.MAX_SAFE_INTEGER)],
    ['balance_after', 0],
    ['balance_after', -1],
    ['balance_after', Long.fromNumber(Number.MIN_SAFE_INTEGER)],
    ['type', 'bonus'],
    ['type', 'spend'],
    ['type', 'expire'],
    ['locale', 'zh-Hant-TW'],
    ['description', `${'a'.repeat(279)}😀`],
    ['event_type', 'order.created'],
    ['event_type', 'reward.redemption'],
    ['event_type', 'redemption.returned'],
    ['redemption_id', new UUID()],
    ['order_id', null],
    ['amount_minor', null],
    ['amount_minor', 0],
  ])('takes %s of %j', async (field, value) => {
    expect(await refusal('points_transactions', { ...transaction(), [field]: value })).toBeUndefined();
  });

  test.each([
    ['points', -1, 'points minimum'],
    ['points', 1.5, 'points bsonType'],
    ['points', new Double(1), 'points bsonType'],
    ['points', '10', 'points bsonType'],
    ['points', Long.fromString('9007199254740992'), 'points maximum'],
    ['balance_after', Long.fromString('-9007199254740992'), 'balance_after minimum'],
    ['sequence', 0, 'sequence minimum'],
    ['type', 'gift', 'type enum'],
    ['locale', 'en_US', 'locale pattern'],
    ['locale', 'en\n', 'locale pattern'],
    ['locale', '', 'locale minLength'],
    ['description', '', 'description minLength'],
    ['description', '   ', 'description pattern'],
    ['description', 'a'.repeat(281), 'description maxLength'],
    ['merchant_id', '7c2c1f0e-54c4-4a26-9d0a-0f8f6d1b8c11', 'merchant_id bsonType'],
    ['merchant_id', new Binary(Buffer.alloc(16), 0), 'merchant_id $gte'],
    ['merchant_id', new Binary(Buffer.alloc(16), 3), 'merchant_id $gte'],
    ['customer_id', new Binary(Buffer.alloc(16), 5), 'customer_id $lte'],
    ['event_id', new Binary(Buffer.alloc(15), 4), 'event_id $gte'],
    ['created_at', '2026-01-31', 'created_at bsonType'],
    ['schema_version', '1.0', 'schema_version pattern'],
    ['schema_version', '1.0.0\n', 'schema_version pattern'],
    ['correlation_id', '', 'correlation_id minLength'],
    ['event_type', 'order.deleted', 'event_type enum'],
    ['order_id', '12a', 'order_id pattern'],
    ['redemption_id', null, 'redemption_id bsonType'],
    ['redemption_id', new Binary(Buffer.alloc(16), 3), 'redemption_id $gte'],
    ['email', 'x', 'email is not a field of it'],
  ])('refuses %s of %j: %s', async (field, value, reason) => {
    expect(await refusal('points_transactions', { ...transaction(), [field]: value })).toContain(reason);
  });

  test.each(Object.keys(transaction()))('refuses an entry without %s', async (field) => {
    expect(await refusal('points_transactions', without(transaction(), field))).toContain(`${field} is missing`);
  });
});

describe('processed_events', () => {
  test('takes an event', async () => {
    expect(await refusal('processed_events', processedEvent())).toBeUndefined();
  });

  test.each([
    ['event_type', 'points.spent', 'event_type enum'],
    ['event_id', 'x', 'event_id bsonType'],
    ['customer', 'jane', 'customer is not a field of it'],
  ])('refuses %s of %j', async (field, value, reason) => {
    expect(await refusal('processed_events', { ...processedEvent(), [field]: value })).toContain(reason);
  });

  test.each(Object.keys(processedEvent()))('refuses an event without %s', async (field) => {
    expect(await refusal('processed_events', without(processedEvent(), field))).toContain(`${field} is missing`);
  });
});

describe('reward_redemptions', () => {
  test('takes a redemption of the fields that everybody knows', async () => {
    expect(await refusal('reward_redemptions', redemption())).toBeUndefined();
  });

  test.each([
    ['points', 1],
    ['points', Long.fromNumber(Number.MAX_SAFE_INTEGER)],
    ['status', 'completed'],
    ['status', 'failed'],
    ['locale', 'zh-Hant-TW'],
    ['task_id', null],
    ['task_id', new UUID()],
    ['redemption_id', new UUID()],
    ['reason', 'TIMED_OUT'],
    ['settled_at', new Date()],
  ])('takes %s of %j', async (field, value) => {
    expect(await refusal('reward_redemptions', { ...redemption(), [field]: value })).toBeUndefined();
  });

  test.each([
    ['points', 0, 'points minimum'],
    ['points', -1, 'points minimum'],
    ['points', 1.5, 'points bsonType'],
    ['points', new Double(1), 'points bsonType'],
    ['status', 'cancelled', 'status enum'],
    ['locale', 'en_US', 'locale pattern'],
    ['customer_id', 'jane', 'customer_id bsonType'],
    ['reward_id', new Binary(Buffer.alloc(16), 3), 'reward_id $gte'],
    ['idempotency_token', new Binary(Buffer.alloc(15), 4), 'idempotency_token $gte'],
    ['idempotency_token', new UUID().toString(), 'idempotency_token bsonType'],
    ['task_id', new UUID().toString(), 'task_id bsonType'],
    ['task_id', new Binary(Buffer.alloc(16), 0), 'task_id $gte'],
    ['redemption_id', null, 'redemption_id bsonType'],
    ['reason', 'a\nb', 'reason pattern'],
    ['settled_at', 0, 'settled_at bsonType'],
    ['created_at', '2026-01-31', 'created_at bsonType'],
    ['name', 'jane', 'name is not a field of it'],
  ])('refuses %s of %j: %s', async (field, value, reason) => {
    expect(await refusal('reward_redemptions', { ...redemption(), [field]: value })).toContain(reason);
  });

  test.each(Object.keys(redemption()))('refuses a redemption without %s', async (field) => {
    expect(await refusal('reward_redemptions', without(redemption(), field))).toContain(`${field} is missing`);
  });

  test('has one redemption a token, and of a reward one that has not failed, for each merchant', async () => {
    const first = redemption();
    const second = (changes: Document) => refusal('reward_redemptions', { ...redemption(), ...changes });
    await refusal('reward_redemptions', first);
    const { merchant_id, reward_id, idempotency_token } = first;
    const duplicate = { code: 11_000 };
    await expect(second({ merchant_id, idempotency_token })).rejects.toMatchObject(duplicate);
    await expect(second({ merchant_id, idempotency_token, status: 'failed' })).rejects.toMatchObject(duplicate);
    await expect(second({ merchant_id, reward_id })).rejects.toMatchObject(duplicate);
    await expect(second({ merchant_id, reward_id, status: 'completed' })).rejects.toMatchObject(duplicate);
    expect(await second({ merchant_id, reward_id, status: 'failed' })).toBeUndefined();
    expect(await second({ reward_id, idempotency_token })).toBeUndefined();
  });
});

describe('pos_offline_queue', () => {
  test.each([
    ['points', 1],
    ['points', -1],
    ['points', Long.fromNumber(-Number.MAX_SAFE_INTEGER)],
    ['type', 'spend'],
    ['arrival', Long.fromNumber(Number.MAX_SAFE_INTEGER)],
    ['command', new Binary(Buffer.alloc(0))],
    ['traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
  ])('takes %s of %j', async (field, value) => {
    expect(await refusal('pos_offline_queue', { ...queued(), [field]: value })).toBeUndefined();
  });

  test.each([
    ['points', 0, 'points not'],
    ['points', Long.fromNumber(0), 'points not'],
    ['points', 1.5, 'points bsonType'],
    ['points', Long.fromString('-9007199254740992'), 'points minimum'],
    ['type', 'bonus', 'type enum'],
    ['idempotency_token', 'x', 'idempotency_token bsonType'],
    ['idempotency_token', new Binary(Buffer.alloc(16), 0), 'idempotency_token $gte'],
    ['command', 'AAEC', 'command bsonType'],
    ['arrival', 0, 'arrival minimum'],
    ['attempts', -1, 'attempts minimum'],
    ['traceparent', 'the customer’s name', 'traceparent pattern'],
    ['email', 'x', 'email is not a field of it'],
  ])('refuses %s of %j: %s', async (field, value, reason) => {
    expect(await refusal('pos_offline_queue', { ...queued(), [field]: value })).toContain(reason);
  });

  test.each(Object.keys(queued()))('refuses a command without %s', async (field) => {
    expect(await refusal('pos_offline_queue', without(queued(), field))).toContain(`${field} is missing`);
  });

  test('refuses a second command of one token at one merchant, not at another', async () => {
    const first = queued();
    expect(await refusal('pos_offline_queue', first)).toBeUndefined();
    const again = { ...queued(), idempotency_token: first['idempotency_token'] };
    expect(await refusal('pos_offline_queue', again)).toBeUndefined();
    const same = { ...again, merchant_id: first['merchant_id'] };
    await expect(refusal('pos_offline_queue', same)).rejects.toMatchObject({ code: 11_000 });
  });
});

describe('merchants', () => {
  test('takes a merchant as a shell writes it, with numbers as doubles', async () => {
    const typed = {
      ...merchant(),
      earning_rule: { points: new Double(1), per_minor_units: new Double(100) },
      ...{ default_locale: 'he', retention_days: new Double(90), created_at: new Date(), name: 'Demo' },
      rate_limit_per_second: new Double(250),
      ...{ tier_bonuses: { gold: new Double(500), 'silver-2': 100 }, customer_validation: 'off' },
      overdraft_policy: { till_spends: 'debt', claw_backs: 'forgive' },
    };
    expect(await refusal('merchants', typed)).toBeUndefined();
  });

  test.each([
    ['merchant_id', new UUID().toString(), 'merchant_id bsonType'],
    ['shop_domain', 'Shop.myshopify.com', 'shop_domain pattern'],
    ['shop_domain', 'https://shop.myshopify.com', 'shop_domain pattern'],
    ['webhook_secrets', [], 'webhook_secrets minItems'],
    ['webhook_secrets', [''], 'webhook_secrets'],
    ['currency', 'usd', 'currency pattern'],
    ['earning_rule', { points: 1 }, 'per_minor_units is missing'],
    ['earning_rule', { points: 0, per_minor_units: 100 }, 'points minimum'],
    ['earning_rule', { points: 1.5, per_minor_units: 100 }, 'points multipleOf'],
    ['retention_days', 89, 'retention_days minimum'],
    ['retention_days', 181, 'retention_days maximum'],
    ['rate_limit_per_second', 0, 'rate_limit_per_second minimum'],
    ['rate_limit_per_second', 100_001, 'rate_limit_per_second maximum'],
    ['rate_limit_per_second', 1.5, 'rate_limit_per_second multipleOf'],
    ['rate_limit_per_second', '40', 'rate_limit_per_second bsonType'],
    ['tier_bonuses', [], 'tier_bonuses bsonType'],
    ['tier_bonuses', { gold: 0 }, 'minimum'],
    ['tier_bonuses', { gold: 1.5 }, 'multipleOf'],
    ['tier_bonuses', { 'gold card': 5 }, 'gold card is not a field of it'],
    ['overdraft_policy', 'debt', 'overdraft_policy bsonType'],
    ['overdraft_policy', { till_spends: 'maybe' }, 'till_spends enum'],
    ['overdraft_policy', { clawbacks: 'debt' }, 'clawbacks is not a field of it'],
    ['customer_validation', 'sometimes', 'customer_validation enum'],
  ])('refuses %s of %j', async (field, value, reason) => {
    expect(await refusal('merchants', { ...merchant(), [field]: value })).toContain(reason);
  });

  test('refuses a second merchant of a shop', async () => {
    const first = merchant();
    await refusal('merchants', first);
    await expect(refusal('merchants', { ...merchant(), shop_domain: first['shop_domain'] })).rejects.toMatchObject({
      code: 11_000,
    });
  });
});

describe('translations', () => {
  test('takes a message with placeholders', async () => {
    expect(await refusal('translations', translation())).toBeUndefined();
  });

  test.each([
    ['value', 'Write to jane@example', 'value carries an e-mail address'],
    ['value', 'Call 050-1234567', 'value carries a telephone number'],
    ['value', '<b>{points}</b> points', 'value holds a control character'],
    ['value', '', 'value minLength'],
    ['key', 'Points Earned', 'key pattern'],
    ['version', 0, 'version minimum'],
  ])('refuses %s of %j', async (field, value, reason) => {
    expect(await refusal('translations', { ...translation(), [field]: value })).toContain(reason);
  });
});
