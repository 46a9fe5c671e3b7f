/** A stand-in for AdminCore, FOR DEVELOPMENT AND TESTS ONLY: it keeps the audit for as long as each merchant wants. */
import { foreignTopics, topics } from '../../../contracts/index.ts';
import { type Archive, createArchive, type Keeping } from './archive.ts';
import type { RunningStandin, StandinParts } from './parts.ts';
import { type ReadRecord, readTopics, topicWork } from './read-topics.ts';

export interface AdmincoreStandin extends RunningStandin {
  readonly archive: Pick<Archive, 'find'>;
}

/** Of what does not say itself how long it is kept: as long as any audit. */
const longestRetentionDays = 180;
const sweepEveryMs = 60 * 60 * 1_000;

interface Followed {
  readonly merchant_id: string;
  readonly created_at: number;
  readonly correlation_id: string;
  readonly retention_days?: number;
}

/** Keeps audit_log, points.earned and task.created in files, and deletes those whose time is over, now and every hour. */
export const startAdmincore = async (parts: StandinParts): Promise<AdmincoreStandin> => {
  const { kafka, registry, conduct, logger, clock, folder, groupId } = parts;
  const archive = createArchive({ folder, clock });
  const sweep = async (): Promise<void> => {
    const deleted = await archive.sweep();
    if (deleted > 0) logger.info({ deleted }, 'Deleted files that were kept long enough');
  };
  await sweep();
  const timer = setInterval(() => {
    sweep().catch((error: unknown) => {
      logger.error({ err: error }, 'What was kept long enough could not be deleted');
    });
  }, sweepEveryMs);
  timer.unref();

  const keep = async (read: ReadRecord<Followed>, mode: 'ok' | 'wrong'): Promise<void> => {
    const { topic, partition, offset, value } = read;
    const { correlation_id, merchant_id } = value;
    const line = { topic, correlation_id, merchant_id };
    if (mode === 'wrong') {
      logger.warn(line, 'Lost a record, as it was told to');
      return;
    }
    const kept = { topic, partition, offset, correlation_id, kept_at: clock.now(), record: { ...value } };
    const keeping: Keeping = {
      merchantId: merchant_id,
      happenedAt: value.created_at,
      retentionDays: value.retention_days ?? longestRetentionDays,
    };
    await archive.keep(kept, keeping);
    logger.info({ ...line, retention_days: keeping.retentionDays }, 'Kept a record');
  };

  const { audit, earned } = topics;
  const { tasksCreated } = foreignTopics;
  const reading = await readTopics({
    ...{ kafka, groupId, conduct, logger },
    topics: [
      topicWork(audit.name, registry.reader(audit.name, audit.record), logger, keep),
      topicWork(earned.name, registry.reader(earned.name, earned.record), logger, keep),
      topicWork(tasksCreated.name, registry.reader(tasksCreated.name, tasksCreated.record), logger, keep),
    ],
  });
  return {
    archive,
    close: async () => {
      clearInterval(timer);
      await reading.close();
    },
  };
};
