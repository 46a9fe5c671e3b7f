import { PointsError } from '../../src/common/errors.ts';
import { type AuditEntry, type ComplianceAct, isComplianceAct, topics } from '../../src/contracts/index.ts';
import type { Refusal } from '../../src/sinks/ports.ts';
import { Consumed, processBatch, type Serde, StreamsBuilder, type Topology } from '../../src/streams/index.ts';
import { writeBatches } from '../write-batches.ts';

/** The ledger will never take this entry; what it said, without the document. */
export class LedgerRefusedError extends PointsError {
  readonly code = 'LEDGER_REFUSED';
}

export interface LedgerParts {
  readonly auditSerde: Serde<AuditEntry>;
  /**
   * Writes at most 1,000 entries, safe to repeat; answers with those it refuses for good.
   * @throws DependencyUnavailableError when the ledger is away: the same entries come again
   */
  readonly write: (entries: readonly AuditEntry[]) => Promise<readonly Refusal[]>;
  /**
   * Carries out what the law demands, in order; safe to repeat.
   * @throws DependencyUnavailableError when the ledger is away: the same acts come again
   */
  readonly carryOut: (acts: readonly ComplianceAct[]) => Promise<void>;
  /** Tells ingress which events it need not publish again; best effort, never throws. */
  readonly markProcessed: (entries: readonly AuditEntry[]) => Promise<void>;
}

/**
 * The entries of the audit log into MongoDB: committed ones only, at least once, by writes that are safe to repeat.
 *
 * What else the log tells (steps of redemptions, refusals, acts) moves no points. It is not marked as processed either,
 * but for the law's demands: what was refused may be sent again, and then must come through.
 *
 * What the law demands is carried out here, and not in a topology of its own, because here alone everything about a
 * merchant that was decided before the demand is written before it is carried out, and whatever comes later comes later:
 * also when the log is read again from its beginning.
 */
export function ledgerTopology({ auditSerde, write, carryOut, markProcessed }: LedgerParts): Topology {
  const builder = new StreamsBuilder('ledger').deadLettersTo(topics.deadLetters.name);

  const audited = builder.stream(topics.audit.name, { ...Consumed.with(auditSerde), name: 'audit-log' });
  const entries = audited.filter(({ kind }) => kind === 'ledger', 'ledger-entries');

  const written = entries.pipe(
    writeBatches<AuditEntry>('write-ledger', write, (reason) => new LedgerRefusedError(reason)),
  );

  const demands = audited.filter(isComplianceAct, 'legal-demands');
  // Behind both: a step begins when those it depends on have been through all of the micro-batch.
  written.merge(demands, 'written-or-demanded').pipe(
    processBatch<string, AuditEntry, string, AuditEntry>('carry-out', {
      maxRecords: 1_000,
      create: () => async (records) => {
        await carryOut(records.map(({ value }) => value).filter(isComplianceAct));
        return records;
      },
    }),
    processBatch<string, AuditEntry, string, AuditEntry>('mark-processed', {
      maxRecords: 1_000,
      create: () => async (records) => {
        await markProcessed(records.map(({ value }) => value));
        return records;
      },
    }),
  );

  return builder.build();
}
