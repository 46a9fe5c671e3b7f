import { createGroupOffsets } from '../../adapters/kafka/index.ts';
import { systemClock } from '../../common/clock.ts';
import { PointsError } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { randomId } from '../../common/new-id.ts';
import { topics } from '../../contracts/index.ts';
import type { Config } from '../config.ts';
import { openTransport } from '../transport.ts';
import { connectOperatorKafka } from './operator-kafka.ts';
import { recordAction } from './record-action.ts';

/** Somebody still follows audit_log, or there is none; nothing was changed. */
export class RestoreRefusedError extends PointsError {
  readonly code = 'RESTORE_REFUSED';
}

/** What of a partition of audit_log would be read again. */
export interface RestoredPartition {
  readonly partition: number;
  /** Where reading begins: the first record that is still held. */
  readonly from: number;
  /** Where audit_log ends now. */
  readonly to: number;
}

export interface RestorePlan {
  /** Consumer groups of the projections onto MongoDB. */
  readonly groups: readonly string[];
  readonly partitions: readonly RestoredPartition[];
}

export interface RestoreTool {
  /** What would be done; changes nothing. @throws RestoreRefusedError while a group has a member */
  plan(): Promise<RestorePlan>;
  /** Records the act, then sets the groups back. @throws RestoreRefusedError while a group has a member */
  run(): Promise<RestorePlan>;
  close(): Promise<void>;
}

/** What follows audit_log into MongoDB. */
const projections = ['ledger', 'redemptions'] as const;

/**
 * Sets the projections onto MongoDB back to the first record of audit_log; they write again what is missing when the
 * processor starts.
 * @throws DependencyUnavailableError when Kafka does not answer
 */
export async function openRestore(config: Config<'replay'>, logger: Logger): Promise<RestoreTool> {
  const kafka = await connectOperatorKafka(config, logger);
  const { name: topic } = topics.audit;
  const groups = projections.map((name) => `${config.applicationId}-${name}`);

  const plan = async (): Promise<RestorePlan> => {
    for (const group of groups) {
      const { length } = await kafka.admin.groupMembers(group);
      if (length > 0) {
        throw new RestoreRefusedError(
          `${group} has ${String(length)} ${length === 1 ? 'member' : 'members'}: stop every processor, and ask again. Nothing was changed`,
          { facts: { group, members: length } },
        );
      }
    }
    const count = (await kafka.admin.partitionCounts([topic])).get(topic);
    if (count === undefined) throw new RestoreRefusedError(`There is no ${topic} to restore from`);
    const partitions = await Promise.all(
      Array.from({ length: count }, async (_, partition) => {
        const { low, high } = await kafka.admin.offsets({ topic, partition });
        return { partition, from: low, to: high };
      }),
    );
    return { groups, partitions };
  };

  return {
    plan,
    async run() {
      const planned = await plan();
      const records = planned.partitions.reduce((sum, { from, to }) => sum + to - from, 0);
      const transport = openTransport(config, { logger });
      await recordAction(
        { ...config, transport, logger, clock: systemClock, newId: randomId },
        {
          name: 'points.restore_ledger',
          actor: config.actor,
          detail: `groups=${groups.join(',')} topic=${topic} records=${String(records)}`,
        },
      );
      const offsets = planned.partitions.map(({ partition, from }) => ({ topic, partition, offset: from }));
      for (const group of groups) {
        // The broker itself refuses it where somebody has joined meanwhile.
        const kept = createGroupOffsets(kafka.createClient(), group);
        try {
          await kept.connect();
          await kept.commit(offsets);
        } finally {
          await kept.close();
        }
      }
      return planned;
    },
    close: () => kafka.close(),
  };
}
