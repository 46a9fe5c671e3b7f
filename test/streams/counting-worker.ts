/**
 * An instance of the counting topology as a process of its own, for tests that kill or freeze it. Its only argument is
 * a `WorkerOptions` as JSON; it says on stdout what becomes of its tasks, a line of JSON each, and closes on SIGTERM.
 */
import { kafkajsClientSupplier } from '../../src/adapters/kafka/index.ts';
import { silentLogger } from '../../src/common/logger.ts';
import { KafkaStreams } from '../../src/streams/index.ts';
import { countingTopology } from './counting-topology.ts';

export interface WorkerOptions {
  readonly brokers: readonly string[];
  readonly applicationId: string;
  readonly topics: { readonly in: string; readonly out: string; readonly dead: string };
  readonly stateDir: string;
  readonly maxBatchRecords: number;
  readonly transactionTimeoutMs: number;
  /** Default 6,000. */
  readonly sessionTimeoutMs?: number;
}

/** A line of the worker. */
export interface WorkerLine {
  /** `state`: a task is in another state; `restored`: a store was; `commit`: records were committed; `fatal`. */
  readonly what: 'state' | 'restored' | 'commit' | 'fatal';
  readonly taskId?: string;
  readonly state?: string;
  readonly records?: number;
  readonly message?: string;
}

const options = JSON.parse(process.argv[2] ?? '{}') as WorkerOptions;
const say = (line: WorkerLine): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

const { brokers, applicationId, topics, stateDir, maxBatchRecords, transactionTimeoutMs } = options;
const { sessionTimeoutMs = 6_000 } = options;
const streams = new KafkaStreams(countingTopology(topics), {
  ...{ applicationId, stateDir, maxBatchRecords, transactionTimeoutMs, sessionTimeoutMs, idleCommitMs: 50 },
  clientSupplier: kafkajsClientSupplier({
    ...{ brokers, clientId: applicationId, replicationFactor: 1 },
    logger: silentLogger,
  }),
  listener: {
    onTaskState: (_topology, taskId, state) => {
      say({ what: 'state', taskId, state });
    },
    onRestored: (_topology, taskId, _store, records) => {
      say({ what: 'restored', taskId, records });
    },
    onCommit: (_topology, taskId, records) => {
      say({ what: 'commit', taskId, records });
    },
    onFatal: (_topology, error) => {
      say({ what: 'fatal', message: error.message });
      process.exit(1);
    },
  },
});
process.on('SIGTERM', () => {
  void streams.close().then(() => process.exit(0));
});
await streams.start();
