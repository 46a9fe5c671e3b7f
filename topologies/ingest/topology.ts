import {
  foreignTopics,
  type IngestCommand,
  type TaskCreated,
  type TaskFailed,
  topics,
  type VipTierAssigned,
} from '../../src/contracts/index.ts';
import {
  Consumed,
  type Headers,
  perRecord,
  Produced,
  type Serde,
  StreamsBuilder,
  type Topology,
} from '../../src/streams/index.ts';
import { taskCreated, taskFailed, tierAssigned } from './commands.ts';

export interface IngestParts {
  readonly serdes: {
    readonly ingest: Serde<IngestCommand>;
    /** These are only read. */
    readonly tiers: Serde<VipTierAssigned>;
    readonly tasksCreated: Serde<TaskCreated>;
    readonly tasksFailed: Serde<TaskFailed>;
  };
}

/**
 * What other services tell us, brought onto points.ingest under the merchant's key, where a Kafka client would put it. At
 * least once and without transactions: what comes twice has the same event_id, and points.ingest, which many write, must
 * never hold an aborted record.
 *
 * A sub-topology for each topic: how many partitions each has is its owner's business.
 */
export function ingestTopology({ serdes }: IngestParts): Topology {
  const builder = new StreamsBuilder('ingest').deadLettersTo(topics.deadLetters.name);

  const bring = <Foreign>(
    { name }: { readonly name: string },
    serde: Serde<Foreign>,
    step: { readonly name: string; readonly toCommand: (record: Foreign, headers: Headers) => IngestCommand },
  ): void => {
    builder
      .stream(name, { ...Consumed.with(serde), name: name.replaceAll(/[._]/g, '-') })
      .pipe(
        perRecord<string, Foreign, string, IngestCommand>(step.name, (record) => {
          const value = step.toCommand(record.value, record.headers);
          const { merchant_id: key, correlation_id, schema_version } = value;
          return [{ ...record, key, value, headers: { ...record.headers, correlation_id, schema_version } }];
        }),
      )
      .to(topics.ingest.name, { ...Produced.with(serdes.ingest, `${step.name}-to-ingest`), partitioning: 'key' });
  };

  bring(foreignTopics.tiers, serdes.tiers, { name: 'tier-assigned', toCommand: tierAssigned });
  bring(foreignTopics.tasksCreated, serdes.tasksCreated, { name: 'redemption-completed', toCommand: taskCreated });
  bring(foreignTopics.tasksFailed, serdes.tasksFailed, { name: 'redemption-failed', toCommand: taskFailed });

  return builder.build();
}
