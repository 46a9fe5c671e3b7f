/**
 * An instance of a topology with a rate limit, its buckets in Redis, as a process of its own. Its only argument is a
 * `LimitedWorkerOptions` as JSON; it says on stdout what becomes of its tasks, as the counting worker does.
 */
import { kafkajsClientSupplier } from '../../../../src/adapters/kafka/index.ts';
import { createRedis, createTokenBuckets } from '../../../../src/adapters/redis/index.ts';
import { silentLogger } from '../../../../src/common/logger.ts';
import { KafkaStreams, LocalTokenBuckets, withLocalFallback } from '../../../../src/streams/index.ts';
import type { WorkerLine, WorkerOptions } from '../../counting-worker.ts';
import { limitedTopology } from './limited-topology.ts';

interface LimitedWorkerOptions extends WorkerOptions {
  readonly redis: string;
  readonly ratePerSecond: number;
  readonly burst: number;
}

const options = JSON.parse(process.argv[2] ?? '{}') as LimitedWorkerOptions;
const say = (line: WorkerLine): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

const { brokers, applicationId, topics, stateDir, maxBatchRecords, transactionTimeoutMs, ratePerSecond, burst } =
  options;
const redis = createRedis({ url: options.redis, name: 'test', logger: silentLogger, commandTimeoutMs: 2_000 });
const topology = limitedTopology(topics, {
  buckets: withLocalFallback(createTokenBuckets(redis), new LocalTokenBuckets(), {
    onFallback: (error) => {
      say({ what: 'fatal', message: `Redis is away: ${error.message}` });
    },
  }),
  limit: { ratePerSecond, burst },
});
const streams = new KafkaStreams(topology, {
  ...{ applicationId, stateDir, maxBatchRecords, transactionTimeoutMs, sessionTimeoutMs: 6_000, idleCommitMs: 50 },
  clientSupplier: kafkajsClientSupplier({
    ...{ brokers, clientId: applicationId, replicationFactor: 1 },
    logger: silentLogger,
  }),
  listener: {
    onTaskState: (_topology, taskId, state) => {
      say({ what: 'state', taskId, state });
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
  void Promise.all([streams.close(), redis.close()]).then(() => process.exit(0));
});
await streams.start();
