/** How a topic keeps its records; the retention is in milliseconds. */
export type TopicPolicy =
  | { readonly cleanup: 'delete'; readonly retentionMs: number }
  | { readonly cleanup: 'compact' };

export interface TopicContract {
  readonly name: string;
  /** The .avsc file under avro/ that defines the value; null where values are whatever the source topic held. */
  readonly record: string | null;
  /** What the record's key is, for people; keys are UTF-8 strings. */
  readonly key: string;
  readonly policy: TopicPolicy;
  /** `append`: the broker dates a record when it takes it, whatever its sender's clock says. Default: the sender does. */
  readonly dated?: 'append';
  /** Largest record batch in bytes, where the broker's default of 1 MiB does not do. */
  readonly maxMessageBytes?: number;
}

const daysMs = (days: number): number => days * 24 * 60 * 60 * 1000;

/**
 * Every topic the service owns. They all have the same number of partitions: a task writes to its own partition
 * number in each of them, so that every output partition has one transactional writer.
 */
export const topics = {
  ingest: {
    name: 'points.ingest',
    record: 'IngestCommand',
    key: 'merchant_id',
    policy: { cleanup: 'delete', retentionMs: daysMs(7) },
    // Stream time is made of these: one front door whose clock runs ahead must not make the dedupe window pass.
    dated: 'append',
  },
  replay: {
    name: 'points.replay',
    record: 'IngestCommand',
    key: 'merchant_id',
    policy: { cleanup: 'delete', retentionMs: daysMs(7) },
    dated: 'append',
  },
  earned: {
    name: 'points.earned',
    record: 'PointsEarned',
    key: 'merchant_id',
    policy: { cleanup: 'delete', retentionMs: daysMs(30) },
  },
  redemptions: {
    name: 'reward.redemption',
    record: 'RewardRedemption',
    key: 'merchant_id',
    policy: { cleanup: 'delete', retentionMs: daysMs(30) },
  },
  audit: {
    name: 'audit_log',
    record: 'AuditEntry',
    key: 'merchant_id',
    policy: { cleanup: 'delete', retentionMs: daysMs(180) },
  },
  balances: {
    name: 'points.balances',
    record: 'PointsBalance',
    key: 'merchant_id:customer_id',
    policy: { cleanup: 'compact' },
  },
  deadLetters: {
    name: 'points.dlq',
    record: null,
    key: 'as it came',
    policy: { cleanup: 'delete', retentionMs: daysMs(14) },
    // Kept from when it died, not from when the record was young; and as large as any record, with its headers.
    dated: 'append',
    maxMessageBytes: 4 * 1024 * 1024,
  },
} as const satisfies Readonly<Record<string, TopicContract>>;

/** A topic of another service, which we only read: key, partitions and policy are its owner's. */
export interface ForeignTopicContract {
  readonly name: string;
  /** The .avsc file under avro/ that says what we read of the value; its owner may write more. */
  readonly record: string;
  /** What the record's key is, for people; nothing depends on it. */
  readonly key: string;
}

/** What other services tell us. `topologies/ingest` brings it onto points.ingest, under the merchant's key. */
export const foreignTopics = {
  tiers: { name: 'vip_tier.assigned', record: 'VipTierAssigned', key: "Campaign's own" },
  tasksCreated: { name: 'task.created', record: 'TaskCreated', key: "Event Tracking's own" },
  tasksFailed: { name: 'task.failed', record: 'TaskFailed', key: "Event Tracking's own" },
} as const satisfies Readonly<Record<string, ForeignTopicContract>>;

/** Version of the records and documents, on every one of them. */
export const schemaVersion = '1.0.0';
