export { nilUuid, plainAudit } from './audit.ts';
export { type ComplianceAct, complianceActs, type ComplianceActName, isComplianceAct } from './compliance.ts';
export type {
  AccountState,
  AuditEntry,
  AvroRecords,
  ComplianceRequested,
  IngestCommand,
  OrderCreated,
  OrderState,
  PointsBalance,
  PointsEarned,
  RedemptionState,
  RewardRedemption,
  RewardState,
  SeenEvent,
  TaskCreated,
  TaskFailed,
  VipTierAssigned,
} from './generated/avro.ts';
export { type Outcome, outcomeKey, outcomeOf } from './outcome.ts';
export {
  type ForeignTopicContract,
  foreignTopics,
  schemaVersion,
  type TopicContract,
  type TopicPolicy,
  topics,
} from './topics.ts';
