export { type AuditExtras, nilUuid, plainAudit } from './audit.ts';
export type {
  AccountState,
  AuditEntry,
  AvroRecords,
  IngestCommand,
  OrderCreated,
  OrderState,
  PointsBalance,
  PointsEarned,
  RedemptionState,
  RewardRedemption,
  RewardState,
  SeenEvent,
} from './generated/avro.ts';
export { foreignTopics, schemaVersion, type TopicContract, type TopicPolicy, topics } from './topics.ts';
