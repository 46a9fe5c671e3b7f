import type { Registry } from '../adapters/registry/index.ts';
import { type AvroRecords, foreignTopics, topics } from '../contracts/index.ts';
import { changelogTopic, type Serde } from '../streams/index.ts';

/** The serde of every topic the service owns; registers the schemas it writes with. */
export interface ServiceSerdes {
  readonly ingest: Serde<AvroRecords['IngestCommand']>;
  readonly earned: Serde<AvroRecords['PointsEarned']>;
  readonly audit: Serde<AvroRecords['AuditEntry']>;
  readonly balances: Serde<AvroRecords['PointsBalance']>;
  readonly accounts: Serde<AvroRecords['AccountState']>;
  readonly seenEvents: Serde<AvroRecords['SeenEvent']>;
  readonly orders: Serde<AvroRecords['OrderState']>;
  readonly redemptions: Serde<AvroRecords['RedemptionState']>;
  readonly rewards: Serde<AvroRecords['RewardState']>;
  readonly rewardRedemptions: Serde<AvroRecords['RewardRedemption']>;
}

/**
 * @throws SchemaIncompatibleError
 * @throws DependencyUnavailableError while the registry is away
 */
export async function createServiceSerdes(registry: Registry, applicationId: string): Promise<ServiceSerdes> {
  const changelog = (store: string): string => changelogTopic(applicationId, 'points', store);
  return {
    ingest: await registry.serde(topics.ingest.name, topics.ingest.record),
    earned: await registry.serde(topics.earned.name, topics.earned.record),
    audit: await registry.serde(topics.audit.name, topics.audit.record),
    balances: await registry.serde(topics.balances.name, topics.balances.record),
    accounts: await registry.serde(changelog('accounts'), 'AccountState'),
    seenEvents: await registry.serde(changelog('seen-events'), 'SeenEvent'),
    orders: await registry.serde(changelog('orders'), 'OrderState'),
    redemptions: await registry.serde(changelog('redemptions'), 'RedemptionState'),
    rewards: await registry.serde(changelog('rewards'), 'RewardState'),
    rewardRedemptions: await registry.serde(topics.redemptions.name, topics.redemptions.record),
  };
}

/** The serdes of the topics that others own, which are read only. */
export interface ForeignSerdes {
  readonly tiers: Serde<AvroRecords['VipTierAssigned']>;
  readonly tasksCreated: Serde<AvroRecords['TaskCreated']>;
  readonly tasksFailed: Serde<AvroRecords['TaskFailed']>;
}

/** Asks the registry for nothing yet. */
export const createForeignSerdes = (registry: Registry): ForeignSerdes => ({
  tiers: registry.reader(foreignTopics.tiers.name, foreignTopics.tiers.record),
  tasksCreated: registry.reader(foreignTopics.tasksCreated.name, foreignTopics.tasksCreated.record),
  tasksFailed: registry.reader(foreignTopics.tasksFailed.name, foreignTopics.tasksFailed.record),
});
