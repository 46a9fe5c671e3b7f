import { type AuditEntry, topics } from '../../src/contracts/index.ts';
import { Consumed, processBatch, type Serde, StreamsBuilder, type Topology } from '../../src/streams/index.ts';

/** An entry that the ledger will never take, and why; everything else of the call is written. */
export interface RefusedEntry {
  /** Index into the entries of the call. */
  readonly index: number;
  readonly error: Error;
}

export interface LedgerParts {
  readonly auditSerde: Serde<AuditEntry>;
  /**
   * Writes at most 1,000 entries, safe to repeat.
   * @throws DependencyUnavailableError when the ledger is away: the same entries come again
   */
  readonly write: (entries: readonly AuditEntry[]) => Promise<readonly RefusedEntry[]>;
  /** Tells ingress which events it need not publish again; best effort, never throws. */
  readonly markProcessed: (entries: readonly AuditEntry[]) => Promise<void>;
}

/** The audit log into MongoDB: committed entries only, at least once, by writes that are safe to repeat. */
export function ledgerTopology({ auditSerde, write, markProcessed }: LedgerParts): Topology {
  const builder = new StreamsBuilder('ledger').deadLettersTo(topics.deadLetters.name);

  const written = builder.stream(topics.audit.name, { ...Consumed.with(auditSerde), name: 'audit-log' }).pipe(
    processBatch<string, AuditEntry, string, AuditEntry>('write-ledger', {
      maxRecords: 1_000,
      create: (context) => async (records) => {
        const refused = new Map(
          (await write(records.map(({ value }) => value))).map(({ index, error }) => [index, error]),
        );
        return records.filter((record, index) => {
          const error = refused.get(index);
          if (error !== undefined) context.fail(record, error);
          return error === undefined;
        });
      },
    }),
  );

  written.pipe(
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
