import { offsetsSince } from '../../../adapters/kafka/index.ts';
import { systemClock } from '../../../common/clock.ts';
import { topics } from '../../../contracts/index.ts';
import type { OperatorKafka } from '../operator-kafka.ts';
import { type Finding, ok, warning } from './finding.ts';

const dayMs = 24 * 60 * 60 * 1_000;

/** Whether anything died within a day. */
export async function examineDeadLetters(kafka: OperatorKafka): Promise<readonly Finding[]> {
  const topic = topics.deadLetters.name;
  const since = await offsetsSince(kafka.createClient(), topic, systemClock.now() - dayMs);
  const counts = [...since].map(async ([partition, offset]) => {
    const { high } = await kafka.admin.offsets({ topic, partition });
    return Math.max(0, high - offset);
  });
  const count = (await Promise.all(counts)).reduce((sum, one) => sum + one, 0);
  const found = `${String(count)} within a day`;
  if (count === 0) return [ok('dead letters', found)];
  const advice = '`points dlq list --since 1d`; `points dlq show PLACE` says of each what to do';
  return [warning('dead letters', { found, advice, runbook: 'dead-letters-and-replay' })];
}
