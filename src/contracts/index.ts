export { nilUuid, plainAudit } from './audit.ts';
export type {
  AccountState,
  AuditEntry,
  AvroRecords,
  IngestCommand,
  OrderCreated,
  PointsBalance,
  PointsEarned,
  SeenEvent,
} from './generated/avro.ts';
export { type Outcome, outcomeKey, outcomeOf } from './outcome.ts';
export { schemaVersion, type TopicContract, type TopicPolicy, topics } from './topics.ts';
