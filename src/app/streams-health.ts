import type { Clock } from '../common/clock.ts';
import type { KafkaStreams } from '../streams/index.ts';
import { type Check, failed, type HealthChecks, passed } from './health.ts';

/** Without a commit for so long, a running task that has records in hand is stuck. Milliseconds. */
const stuckAfterMs = 60_000;

/**
 * Ready: the group has given us our tasks, and all of them are restored and run. Live: whatever is in hand moves, and
 * the consumer goes on polling while Kafka answers others. A consumer can stop in a process that lives.
 */
export function streamsHealth(
  streams: () => KafkaStreams | undefined,
  clock: Clock,
  askKafka: () => Promise<unknown>,
): Required<Pick<HealthChecks, 'ready' | 'live'>> {
  const ready = (): Check => {
    const status = streams()?.status();
    if (status === undefined) return failed('Not started yet');
    if (status.state === 'RUNNING') return passed;
    const waiting = status.tasks
      .filter(({ state }) => state !== 'RUNNING')
      .map(({ taskId, state }) => `${taskId} ${state}`);
    return failed([status.state, ...waiting].join(', '));
  };
  const live = async (): Promise<Check> => {
    const status = streams()?.status();
    if (status === undefined) return passed;
    if (status.state === 'ERROR') return failed(`The streams stopped: ${status.error?.message ?? 'unknown'}`);
    const before = clock.now() - stuckAfterMs;
    const stuck = status.tasks.filter(
      (task) => task.state === 'RUNNING' && task.queued > 0 && task.progressAt < before,
    );
    if (stuck.length > 0) return failed(`No progress in ${stuck.map(({ taskId }) => taskId).join(', ')}`);
    if (status.aliveAt >= before) return passed;
    const kafkaAnswers = await askKafka().then(
      () => true,
      () => false,
    );
    return kafkaAnswers ? failed('The consumer no longer polls') : passed;
  };
  return { ready, live };
}
