import type { TopicFacts } from '../../../adapters/kafka/index.ts';
import { foreignTopics, topics } from '../../../contracts/index.ts';
import type { StreamAdmin } from '../../../streams/ports.ts';
import { fault, type Finding, ok, warning } from './finding.ts';

type Admin = Pick<StreamAdmin, 'committedOffset' | 'offsets' | 'groupMembers'>;

/** What each topology reads. */
const sources = {
  ingest: Object.values(foreignTopics).map(({ name }) => name),
  points: [topics.ingest.name, topics.replay.name],
  ledger: [topics.audit.name],
  redemptions: [topics.audit.name],
  balances: [topics.balances.name],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** At the rate that two cores keep up with, less than a second's worth. */
const manyRecords = 10_000;

async function lagOf(admin: Admin, groupId: string, topic: string, partitions: number): Promise<number> {
  const lags = Array.from({ length: partitions }, async (_, partition) => {
    const { low, high } = await admin.offsets({ topic, partition });
    const committed = await admin.committedOffset(groupId, { topic, partition });
    return Math.max(0, high - Math.max(committed?.offset ?? 0, low));
  });
  return (await Promise.all(lags)).reduce((sum, lag) => sum + lag, 0);
}

const findingOf = (topology: string, members: number, lag: number): Finding => {
  const found = `${String(lag)} records behind, ${String(members)} ${members === 1 ? 'member' : 'members'}`;
  const name = `topology ${topology}`;
  if (members === 0) {
    const advice = 'Nobody runs it: start `points processor`, and see why the last one ended';
    return fault(name, { found, advice, runbook: 'bad-deploy' });
  }
  if (lag <= manyRecords) return ok(name, found);
  return warning(name, { found, advice: 'Ask again: does it become less? If not, see the runbook', runbook: 'lag' });
};

/** Each topology: whether somebody runs it, and how far it is behind. */
export async function examineGroups(
  admin: Admin,
  applicationId: string,
  facts: ReadonlyMap<string, TopicFacts>,
): Promise<readonly Finding[]> {
  const findings = Object.entries(sources).map(async ([topology, names]) => {
    const groupId = `${applicationId}-${topology}`;
    const lags = names.map((topic) => lagOf(admin, groupId, topic, facts.get(topic)?.partitions ?? 0));
    const lag = (await Promise.all(lags)).reduce((sum, one) => sum + one, 0);
    return findingOf(topology, (await admin.groupMembers(groupId)).length, lag);
  });
  return Promise.all(findings);
}
