import type { CollectionDeclaration } from './collection.ts';
import { collectionValidator, field, handWrittenInteger, integer, integerButZero, nullable, oneOf } from './schema.ts';

const eventType = oneOf(
  'points.earned',
  'reward.redemption',
  'order.created',
  'order.cancelled',
  'order.refunded',
  'pos.transaction',
  'vip_tier.assigned',
  'redemption.returned',
);

const dayInSeconds = 24 * 60 * 60;

/** The ledger: one document an entry, never changed, never removed. */
export const pointsTransactions: CollectionDeclaration = {
  name: 'points_transactions',
  shardKey: ['merchant_id'],
  validator: collectionValidator({
    properties: {
      customer_id: field.uuid,
      merchant_id: field.uuid,
      points: integer(0),
      type: oneOf('earn', 'spend', 'expire', 'bonus'),
      locale: field.locale,
      description: field.sentence,
      event_id: field.uuid,
      schema_version: field.semanticVersion,
      created_at: field.date,
      correlation_id: field.correlationId,
      sequence: integer(1),
      // Below zero only where the merchant lets its customers owe points.
      balance_after: integer(Number.MIN_SAFE_INTEGER),
      event_type: eventType,
      rule: field.line,
      order_id: nullable(field.digits),
      amount_minor: nullable(integer(0)),
      redemption_id: field.uuid,
    },
    optional: ['event_type', 'rule', 'order_id', 'amount_minor', 'redemption_id'],
  }),
  indexes: [
    { name: 'idx_customer_id_merchant_id', key: { customer_id: 1, merchant_id: 1 } },
    { name: 'idx_created_at', key: { created_at: 1 } },
    { name: 'idx_event_id', key: { merchant_id: 1, event_id: 1 }, unique: true },
    // Read from its end it yields the newest entry of a customer; unique, it shows a sequence that comes twice.
    { name: 'idx_sequence', key: { merchant_id: 1, customer_id: 1, sequence: 1 }, unique: true },
  ],
};

/** Events the ledger has taken in during the last 24 hours. */
export const processedEvents: CollectionDeclaration = {
  name: 'processed_events',
  shardKey: ['merchant_id'],
  validator: collectionValidator({
    properties: {
      event_id: field.uuid,
      merchant_id: field.uuid,
      event_type: eventType,
      created_at: field.date,
      schema_version: field.semanticVersion,
      correlation_id: field.correlationId,
    },
    optional: ['schema_version', 'correlation_id'],
  }),
  indexes: [
    { name: 'idx_event_id', key: { merchant_id: 1, event_id: 1 }, unique: true },
    { name: 'idx_merchant_id', key: { merchant_id: 1 } },
    { name: 'idx_created_at', key: { created_at: 1 }, expireAfterSeconds: dayInSeconds },
  ],
};

/** A redemption whose points stay spent: it holds its reward. A failed one has given both back. */
export const holdsReward = { status: { $in: ['pending', 'completed'] } } as const;

/** Rewards that were asked for with points: one document a redemption, whose status moves only forward. */
export const rewardRedemptions: CollectionDeclaration = {
  name: 'reward_redemptions',
  shardKey: ['merchant_id'],
  validator: collectionValidator({
    properties: {
      customer_id: field.uuid,
      merchant_id: field.uuid,
      reward_id: field.uuid,
      idempotency_token: field.uuid,
      points: integer(1),
      status: oneOf('pending', 'completed', 'failed'),
      locale: field.locale,
      // Missing until a task has answered: a sparse index leaves out what is missing, but not what is null.
      task_id: field.uuidOrNull,
      schema_version: field.semanticVersion,
      created_at: field.date,
      correlation_id: field.correlationId,
      redemption_id: field.uuid,
      reason: field.line,
      settled_at: field.date,
    },
    optional: ['task_id', 'redemption_id', 'reason', 'settled_at'],
  }),
  indexes: [
    { name: 'idx_customer_id_merchant_id', key: { customer_id: 1, merchant_id: 1 } },
    {
      name: 'idx_reward_id',
      key: { merchant_id: 1, reward_id: 1 },
      unique: true,
      partialFilterExpression: holdsReward,
    },
    { name: 'idx_idempotency_token', key: { merchant_id: 1, idempotency_token: 1 }, unique: true },
    // Alone in it: an index of several fields leaves out only documents that have none of them.
    { name: 'idx_task_id', key: { task_id: 1 }, sparse: true },
  ],
};

/**
 * Commands that Kafka could not take when they came, until they are sent. How many wait
 * is kept in the state beside it.
 */
export const posOfflineQueue: CollectionDeclaration = {
  name: 'pos_offline_queue',
  shardKey: ['merchant_id'],
  validator: collectionValidator({
    properties: {
      customer_id: field.uuid,
      merchant_id: field.uuid,
      points: integerButZero,
      type: oneOf('earn', 'spend'),
      locale: field.locale,
      idempotency_token: field.uuid,
      created_at: field.date,
      schema_version: field.semanticVersion,
      correlation_id: field.correlationId,
      command: field.bytes,
      arrival: integer(1),
      attempts: integer(0),
      traceparent: field.traceparent,
    },
    optional: ['traceparent'],
  }),
  indexes: [
    { name: 'idx_customer_id_merchant_id', key: { customer_id: 1, merchant_id: 1 } },
    { name: 'idx_idempotency_token', key: { merchant_id: 1, idempotency_token: 1 }, unique: true },
    { name: 'idx_created_at', key: { created_at: 1 }, expireAfterSeconds: dayInSeconds },
    { name: 'idx_arrival', key: { arrival: 1 } },
  ],
};

/** Two documents about the queue as a whole: `count`, and `lease`, which says who sends what waits in it. */
export const posOfflineQueueState: CollectionDeclaration = {
  name: 'pos_offline_queue_state',
  shardKey: null,
  validator: collectionValidator({
    properties: {
      reserved: integer(0),
      last_arrival: integer(0),
      turns: integer(0),
      blocked: { bsonType: 'bool' },
      pending: { bsonType: 'array' },
      holder: field.line,
      expires_at: field.date,
    },
    optional: ['reserved', 'last_arrival', 'turns', 'blocked', 'pending', 'holder', 'expires_at'],
  }),
  indexes: [],
};

/** The sentences the service says, one document a key and language. */
export const translations: CollectionDeclaration = {
  name: 'translations',
  shardKey: null,
  validator: collectionValidator({
    properties: {
      key: field.messageKey,
      locale: field.locale,
      value: field.translation,
      version: handWrittenInteger(1),
      created_at: field.date,
      schema_version: field.semanticVersion,
    },
    optional: ['schema_version'],
  }),
  indexes: [{ name: 'idx_key_locale', key: { key: 1, locale: 1 }, unique: true }],
};

/** What merchants have settled with us. Open to further fields: what we do not know yet is for others to read. */
export const merchants: CollectionDeclaration = {
  name: 'merchants',
  shardKey: null,
  validator: collectionValidator({
    properties: {
      merchant_id: field.uuid,
      shop_domain: field.hostName,
      webhook_secrets: { bsonType: 'array', minItems: 1, items: { bsonType: 'string', minLength: 1 } },
      currency: field.currency,
      earning_rule: {
        bsonType: 'object',
        required: ['points', 'per_minor_units'],
        properties: { points: handWrittenInteger(1), per_minor_units: handWrittenInteger(1) },
      },
      default_locale: field.locale,
      retention_days: handWrittenInteger(90, 180),
      rate_limit_per_second: handWrittenInteger(1, 100_000),
      tier_bonuses: {
        bsonType: 'object',
        patternProperties: { '^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$': handWrittenInteger(1) },
        additionalProperties: false,
      },
      overdraft_policy: {
        bsonType: 'object',
        properties: { till_spends: oneOf('refuse', 'debt'), claw_backs: oneOf('forgive', 'debt') },
        // A policy whose name is misspelt would be one that nobody acts on.
        additionalProperties: false,
      },
      customer_validation: oneOf('core', 'off'),
      created_at: field.date,
    },
    optional: [
      ...['default_locale', 'retention_days', 'rate_limit_per_second', 'tier_bonuses', 'overdraft_policy'],
      ...['customer_validation', 'created_at'],
    ],
    open: true,
  }),
  indexes: [
    { name: 'idx_merchant_id', key: { merchant_id: 1 }, unique: true },
    { name: 'idx_shop_domain', key: { shop_domain: 1 }, unique: true },
  ],
};

/** Every collection the service owns. */
export const collections: readonly CollectionDeclaration[] = [
  pointsTransactions,
  processedEvents,
  rewardRedemptions,
  posOfflineQueue,
  posOfflineQueueState,
  translations,
  merchants,
];
