import { AvroSerde } from '../../src/adapters/registry/avro-serde.ts';
import { standaloneSchema, typeOf } from '../../src/adapters/registry/schemas.ts';
import type { AvroRecords } from '../../src/contracts/index.ts';

const ids: Readonly<Record<keyof AvroRecords, number>> = {
  IngestCommand: 1,
  PointsEarned: 2,
  AuditEntry: 3,
  PointsBalance: 4,
  AccountState: 5,
  SeenEvent: 6,
  OrderCreated: 7,
  RewardRedemption: 8,
  OrderState: 9,
  RedemptionState: 10,
  RewardState: 11,
  VipTierAssigned: 12,
  TaskCreated: 13,
  TaskFailed: 14,
  OrderCancelled: 15,
  OrderRefunded: 16,
  PosTransaction: 17,
  RedemptionRequested: 18,
  RedemptionSettled: 19,
  TierAssigned: 20,
  ComplianceRequested: 21,
  PendingRefund: 22,
};

/** The real Avro of a record, under a made-up schema id: the registry knows no other. */
export const avroSerde = <N extends keyof AvroRecords>(record: N): AvroSerde<AvroRecords[N]> =>
  new AvroSerde<AvroRecords[N]>(record, ids[record], typeOf(standaloneSchema(record)), {
    fetch: () => Promise.resolve(undefined),
  });
