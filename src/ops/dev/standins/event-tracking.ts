/** A stand-in for Event Tracking, FOR DEVELOPMENT AND TESTS ONLY: it makes a task of every redemption, or fails it. */
import path from 'node:path';
import { v5 as uuidV5 } from 'uuid';
import { foreignTopics, type RewardRedemption, topics } from '../../../contracts/index.ts';
import { openJournal } from './journal.ts';
import type { RunningStandin, StandinParts } from './parts.ts';
import { createPublisher } from './publish.ts';
import { readTopics, topicWork } from './read-topics.ts';

interface Answered {
  readonly idempotency_token: string;
  readonly outcome: 'created' | 'failed';
}

/** Namespace of its task ids: answering again after a kill, it names the same task. */
const taskNamespace = 'e6f9a3a0-6c1b-4f0e-9f3e-2b7d5c1a8e44';

/**
 * Reads reward.redemption and answers each idempotency token once: by task.created under the task's id, or, told to be
 * wrong, by task.failed under the token.
 */
export const startEventTracking = async (parts: StandinParts): Promise<RunningStandin> => {
  const { kafka, supplier, registry, conduct, logger, clock, folder, groupId } = parts;
  const { tasksCreated, tasksFailed } = foreignTopics;
  const answered = new Set<string>();
  const journal = await openJournal<Answered>(path.join(folder, 'event-tracking.jsonl'), (entry) => {
    answered.add(entry.idempotency_token);
  });
  // These topics are its own: it is who registers their schemas.
  const created = await registry.serde(tasksCreated.name, tasksCreated.record);
  const failed = await registry.serde(tasksFailed.name, tasksFailed.record);
  const publisher = await createPublisher(supplier, [tasksCreated.name, tasksFailed.name], clock);

  const answer = async (redemption: RewardRedemption, mode: 'ok' | 'wrong'): Promise<void> => {
    const { idempotency_token, merchant_id, customer_id, correlation_id } = redemption;
    const line = { correlation_id, merchant_id, customer_id, event_id: redemption.event_id };
    if (answered.has(idempotency_token)) {
      logger.info(line, 'The redemption was answered before');
      return;
    }
    const common = { idempotency_token, customer_id, merchant_id, created_at: clock.now(), correlation_id };
    const correlationId = correlation_id;
    if (mode === 'ok') {
      const task_id = uuidV5(idempotency_token, taskNamespace);
      const record = { key: task_id, value: { ...common, task_id }, correlationId };
      await publisher.publish(tasksCreated.name, created, record);
      logger.info({ ...line, task_id, topic: tasksCreated.name }, 'Made a task of the redemption');
    } else {
      const record = { key: idempotency_token, value: { ...common, task_id: null }, correlationId };
      await publisher.publish(tasksFailed.name, failed, record);
      logger.info({ ...line, topic: tasksFailed.name }, 'Failed the redemption, as it was told to');
    }
    answered.add(idempotency_token);
    await journal.append({ idempotency_token, outcome: mode === 'ok' ? 'created' : 'failed' });
  };

  const serde = registry.reader(topics.redemptions.name, topics.redemptions.record);
  const work = topicWork(topics.redemptions.name, serde, logger, ({ value }, mode) => answer(value, mode));
  const reading = await readTopics({ kafka, groupId, topics: [work], conduct, logger });
  return {
    close: async () => {
      await reading.close();
      await publisher.close();
    },
  };
};
