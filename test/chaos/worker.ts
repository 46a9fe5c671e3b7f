/**
 * An instance of the counting topology as a process of its own, to be killed and frozen. Its only argument is
 * `WorkerOptions` as JSON; a line of JSON on stdout tells what becomes of its tasks, the log goes to stderr. It closes on
 * SIGTERM, and ends with whoever started it.
 */
import { kafkajsClientSupplier } from '../../src/adapters/kafka/index.ts';
import { toError } from '../../src/common/errors.ts';
import type { LogFields, Logger } from '../../src/common/logger.ts';
import { KafkaStreams } from '../../src/streams/index.ts';
import { countingTopology } from '../streams/counting-topology.ts';

export interface WorkerOptions {
  readonly brokers: readonly string[];
  readonly applicationId: string;
  readonly topics: { readonly in: string; readonly out: string; readonly dead: string };
  readonly stateDir: string;
  readonly maxBatchRecords: number;
  readonly transactionTimeoutMs: number;
  readonly sessionTimeoutMs: number;
  readonly replicationFactor: number;
}

/** A line of the worker. */
export interface WorkerLine {
  /** `state`: a task is in another state; `retry`: one lets go and begins anew; `commit`: records were committed. */
  readonly what: 'state' | 'retry' | 'restored' | 'commit' | 'fatal';
  readonly taskId?: string;
  readonly state?: string;
  readonly records?: number;
  readonly seconds?: number;
  readonly message?: string;
}

const options = JSON.parse(process.argv[2] ?? '{}') as WorkerOptions;
const say = (line: WorkerLine): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

const causesOf = (thrown: unknown): string => {
  const error = toError(thrown);
  const facts = 'facts' in error ? ` ${JSON.stringify(error.facts)}` : '';
  const text = `${error.name}: ${error.message}${facts}`;
  return error.cause === undefined ? text : `${text} < ${causesOf(error.cause)}`;
};

/** One line each: when, what, and for an error the chain of its causes. */
const logger = (bound: LogFields): Logger => {
  const at =
    (level: string) =>
    ({ err, ...fields }: LogFields, message: string): void => {
      const line = { time: new Date().toISOString(), level, message, ...bound, ...fields };
      process.stderr.write(`${JSON.stringify(err === undefined ? line : { ...line, err: causesOf(err) })}\n`);
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => logger({ ...bound, ...fields }),
  };
};

const { topics, brokers, applicationId, replicationFactor, ...rest } = options;
const log = logger({ pid: process.pid });
const streams = new KafkaStreams(countingTopology(topics), {
  ...{ applicationId, replicationFactor, idleCommitMs: 200, logger: log, ...rest },
  clientSupplier: kafkajsClientSupplier({ brokers, clientId: applicationId, replicationFactor, logger: log }),
  listener: {
    onTaskState: (_topology, taskId, state) => {
      say({ what: 'state', taskId, state });
      log.info({ task_id: taskId, state }, 'Task state');
    },
    onRestored: (_topology, taskId, _store, records, seconds) => {
      say({ what: 'restored', taskId, records, seconds });
    },
    onRetry: (_topology, taskId, error) => {
      say({ what: 'retry', taskId, message: causesOf(error) });
    },
    onCommit: (_topology, taskId, records) => {
      say({ what: 'commit', taskId, records });
    },
    onFatal: (_topology, error) => {
      say({ what: 'fatal', message: causesOf(error) });
      process.exit(1);
    },
  },
});

process.stdin.on('end', () => process.exit(2)).resume();
let isClosing = false;
process.on('SIGTERM', () => {
  isClosing = true;
  log.info({}, 'Closing');
  void streams.close().then(
    () => process.exit(0),
    (error: unknown) => {
      say({ what: 'fatal', message: `close: ${causesOf(error)}` });
      process.exit(1);
    },
  );
});

/** As a service does: while the cluster cannot be asked, starting is tried again. */
const start = async (): Promise<void> => {
  for (;;) {
    try {
      await streams.start();
      return;
    } catch (error) {
      if (isClosing) return;
      log.warn({ err: error }, 'Starting failed and is tried again');
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
};
await start();
