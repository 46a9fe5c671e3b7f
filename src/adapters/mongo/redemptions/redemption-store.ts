import type { WriteError } from 'mongodb';
import type { Logger } from '../../../common/logger.ts';
import type { AuditEntry } from '../../../contracts/index.ts';
import type { RedemptionStatus, RedemptionStore, Refusal } from '../../../sinks/ports.ts';
import type { MongoConnection } from '../client.ts';
import { rewardRedemptions } from '../collections.ts';
import { redemptionStep, type RedemptionStep } from './redemption-documents.ts';
import { judgeRedemptions } from './redemption-duplicates.ts';
import { foldSteps, operationOf, type RedemptionWrite, statusesOf } from './redemption-writes.ts';
import { refusalReason } from '../refusal-reason.ts';
import { type Upserted, upsertUnordered } from '../unordered-upsert.ts';
import { writeErrorCodes } from '../write-errors.ts';

export interface RedemptionStoreOptions {
  readonly connection: MongoConnection;
  /** Hears, as an error, of every redemption that contradicts what is held. */
  readonly logger: Logger;
  /** Told how many redemptions came to a status by what was newly written; a repeat writes, and tells, nothing. */
  readonly onWritten?: (status: RedemptionStatus, redemptions: number) => void;
}

interface Unwritten {
  readonly write: RedemptionWrite;
  readonly error: WriteError;
}

const refuse = (indexes: readonly number[], reason: string): readonly Refusal[] =>
  indexes.map((index) => ({ index, reason }));

const indexesOf = ({ request, end }: RedemptionWrite): readonly number[] => [
  ...(request?.indexes ?? []),
  ...(end?.indexes ?? []),
];

/**
 * Redemptions in MongoDB, `reward_redemptions`.
 *
 * Failed ones are written first: they let go of their rewards, which others in the same call may be waiting for. What
 * meets a duplicate key is written once more, since a second writer may have come in between or a reward just become free;
 * what still does contradicts what is held, is refused, and is logged as an error.
 */
export const createRedemptionStore = ({ connection, logger, onWritten }: RedemptionStoreOptions): RedemptionStore => {
  const collection = connection.database.collection(rewardRedemptions.name);

  const count = (statuses: readonly RedemptionStatus[]): void => {
    for (const [status, times] of Map.groupBy(statuses, (each) => each)) onWritten?.(status, times.length);
  };

  /** @param changed the status of a document that one of the writes found and changed */
  const bulk = async (writes: readonly RedemptionWrite[], changed: RedemptionStatus): Promise<readonly Unwritten[]> => {
    const errors = await upsertUnordered(collection, writes.map(operationOf), ({ inserted, modified }: Upserted) => {
      count(writes.flatMap((write, index) => (inserted.has(index) ? statusesOf(write) : [])));
      if (modified > 0) onWritten?.(changed, modified);
    });
    return errors.flatMap((error) => {
      const write = writes[error.index];
      return write === undefined ? [] : [{ write, error }];
    });
  };

  const writeAll = async (writes: readonly RedemptionWrite[]): Promise<readonly Unwritten[]> => {
    const { failed = [], others = [] } = Object.groupBy(writes, ({ end }) =>
      end?.step.status === 'failed' ? 'failed' : 'others',
    );
    // Of the others only completions change a document: what is pending is only ever inserted.
    return [...(await bulk(failed, 'failed')), ...(await bulk(others, 'completed'))];
  };

  const contradictions = async (
    writes: readonly RedemptionWrite[],
    steps: readonly AuditEntry[],
  ): Promise<readonly Refusal[]> => {
    const conflicts = await judgeRedemptions(
      collection,
      writes.map(({ identity }) => identity),
    );
    return writes.flatMap((write, position) => {
      const refusals = refuse(indexesOf(write), String(conflicts[position]));
      for (const { index, reason } of refusals) {
        const { merchant_id, customer_id, redemption_id, event_id, correlation_id } = steps[index] ?? {};
        const fields = { merchant_id, customer_id, redemption_id, event_id, correlation_id };
        logger.error(fields, `A redemption contradicts what is held: ${reason}`);
      }
      return refusals;
    });
  };

  return {
    async apply(steps) {
      const refusals: Refusal[] = [];
      const readable: (readonly [number, RedemptionStep])[] = [];
      for (const [index, entry] of steps.entries()) {
        const step = redemptionStep(entry);
        if ('reason' in step) refusals.push({ index, reason: step.reason });
        else readable.push([index, step]);
      }

      const contradicting: RedemptionWrite[] = [];
      const triedAgain = new Set<RedemptionWrite['identity']>();
      let writes = foldSteps(readable);
      while (writes.length > 0) {
        const next: RedemptionWrite[] = [];
        for (const { write, error } of await writeAll(writes)) {
          const { identity, request, end } = write;
          if (error.code === writeErrorCodes.duplicateKey) {
            (triedAgain.has(identity) ? contradicting : next).push(write);
            triedAgain.add(identity);
          } else {
            const reason = refusalReason(error.errInfo);
            // The end is to blame first: what the request began may be sound without it.
            refusals.push(...refuse((end ?? request)?.indexes ?? [], reason));
            if (request !== undefined && end !== undefined) next.push({ identity, request });
          }
        }
        writes = next;
      }
      refusals.push(...(await contradictions(contradicting, steps)));
      return refusals.sort((one, other) => one.index - other.index);
    },
  };
};
