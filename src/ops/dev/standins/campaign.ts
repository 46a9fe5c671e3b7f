/** A stand-in for Campaign, FOR DEVELOPMENT AND TESTS ONLY: it puts customers into tiers when told, or when they earned enough. */
import path from 'node:path';
import { v5 as uuidV5 } from 'uuid';
import { foreignTopics, type PointsEarned, topics } from '../../../contracts/index.ts';
import { openJournal } from './journal.ts';
import type { RunningStandin, StandinParts } from './parts.ts';
import { createPublisher } from './publish.ts';
import { readTopics, topicWork } from './read-topics.ts';

/** A customer who is to be in a tier from now on. */
export interface TierAssignment {
  readonly merchant_id: string;
  readonly customer_id: string;
  readonly tier_id: string;
  /** Campaign's own id of it: the same assignment has the same. */
  readonly event_id: string;
  readonly correlation_id: string;
}

export interface CampaignStandin extends RunningStandin {
  /** Tells vip_tier.assigned, under the customer's id. @throws DependencyUnavailableError */
  assign(assignment: TierAssignment): Promise<void>;
  /** From now on, who has earned so many points in all comes into the tier, once. By tier; none at the start. */
  setThresholds(thresholds: ReadonlyMap<string, number>): void;
}

interface Earned {
  readonly event_id: string;
  readonly account: string;
  readonly points: number;
}

const tierNamespace = '3f0d9e5b-52f6-4b6e-9d0a-7a1c64f2b9d1';
/** What it says instead while it is wrong: no merchant has it in its table. */
const wrongTier = 'tier-that-nobody-has';

export const startCampaign = async (parts: StandinParts): Promise<CampaignStandin> => {
  const { kafka, supplier, registry, conduct, logger, clock, folder, groupId } = parts;
  const { tiers } = foreignTopics;
  const totals = new Map<string, number>();
  const seen = new Set<string>();
  let thresholds: ReadonlyMap<string, number> = new Map();
  const count = ({ event_id, account, points }: Earned): void => {
    seen.add(event_id);
    totals.set(account, (totals.get(account) ?? 0) + points);
  };
  const journal = await openJournal<Earned>(path.join(folder, 'campaign.jsonl'), count);
  const serde = await registry.serde(tiers.name, tiers.record);
  const publisher = await createPublisher(supplier, [tiers.name], clock);

  const tell = async (assignment: TierAssignment, mode: 'ok' | 'wrong'): Promise<void> => {
    const { correlation_id, ...tier } = assignment;
    const value = { ...tier, tier_id: mode === 'wrong' ? wrongTier : tier.tier_id, assigned_at: clock.now() };
    await publisher.publish(tiers.name, serde, { key: tier.customer_id, value, correlationId: correlation_id });
    logger.info({ ...value, correlation_id, topic: tiers.name }, 'Assigned a tier');
  };

  const onEarned = async (earned: PointsEarned, mode: 'ok' | 'wrong'): Promise<void> => {
    const { merchant_id, customer_id, correlation_id } = earned;
    const account = `${merchant_id}:${customer_id}`;
    // A bonus that counted would lead to the next one.
    if (earned.type !== 'earn') return;
    const before = seen.has(earned.event_id) ? 0 : (totals.get(account) ?? 0);
    if (!seen.has(earned.event_id)) {
      const entry = { event_id: earned.event_id, account, points: earned.points };
      await journal.append(entry);
      count(entry);
    }
    const total = totals.get(account) ?? 0;
    for (const [tier_id, least] of thresholds) {
      if (total < least || before >= least) continue;
      // Made of what it is about: told again after a kill, it is the same event.
      const event_id = uuidV5(`${account}/${tier_id}`, tierNamespace);
      await tell({ merchant_id, customer_id, tier_id, event_id, correlation_id }, mode);
    }
  };

  const reader = registry.reader(topics.earned.name, topics.earned.record);
  const work = topicWork(topics.earned.name, reader, logger, ({ value }, mode) => onEarned(value, mode));
  const reading = await readTopics({ kafka, groupId, topics: [work], conduct, logger });
  const stopping = new AbortController();
  return {
    assign: async (assignment) => tell(assignment, await conduct.turn(stopping.signal, () => Promise.resolve())),
    setThresholds: (next) => {
      thresholds = next;
    },
    close: async () => {
      stopping.abort();
      await reading.close();
      await publisher.close();
    },
  };
};
