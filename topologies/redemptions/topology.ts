import { PointsError } from '../../src/common/errors.ts';
import { type AuditEntry, type Outcome, topics } from '../../src/contracts/index.ts';
import type { Refusal } from '../../src/sinks/ports.ts';
import { Consumed, processBatch, type Serde, StreamsBuilder, type Topology } from '../../src/streams/index.ts';
import { toldOutcomes } from './told-outcomes.ts';
import { writeBatches } from '../write-batches.ts';

/** The step of a redemption will never be taken in; what the store said, without the document. */
export class RedemptionRefusedError extends PointsError {
  readonly code = 'REDEMPTION_REFUSED';
}

export interface RedemptionsParts {
  readonly auditSerde: Serde<AuditEntry>;
  /** Tells callers what became of their requests; best effort within a bound of time, never throws. */
  readonly tell: (outcomes: readonly Outcome[]) => Promise<void>;
  /**
   * Takes in at most 1,000 steps, safe to repeat; answers with those it refuses for good.
   * @throws DependencyUnavailableError when the store is away: the same steps come again
   */
  readonly write: (steps: readonly AuditEntry[]) => Promise<readonly Refusal[]>;
}

/**
 * The audit log's other half: what became of each request, told to whoever waits for it (Redis), and the steps of
 * redemptions brought into one document each (MongoDB). Committed records only, at least once, by writes that are safe to
 * repeat and to come late.
 *
 * Callers are told first: what was decided is true before MongoDB has it.
 */
export function redemptionsTopology({ auditSerde, tell, write }: RedemptionsParts): Topology {
  const builder = new StreamsBuilder('redemptions').deadLettersTo(topics.deadLetters.name);

  const audited = builder.stream(topics.audit.name, { ...Consumed.with(auditSerde), name: 'audit-log' });

  audited.flatMapValues(toldOutcomes, 'outcomes').pipe(
    processBatch<string, Outcome, string, Outcome>('tell-callers', {
      maxRecords: 1_000,
      create: () => async (records) => {
        await tell(records.map(({ value }) => value));
        return records;
      },
    }),
  );

  audited
    .filter(({ kind }) => kind === 'redemption', 'redemption-steps')
    .pipe(writeBatches<AuditEntry>('write-redemptions', write, (reason) => new RedemptionRefusedError(reason)));

  return builder.build();
}
