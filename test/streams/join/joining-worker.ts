/** An instance of the join topology as a process of its own, to be killed. Its argument is `JoiningOptions` as JSON. */
import { kafkajsClientSupplier } from '../../../src/adapters/kafka/index.ts';
import { silentLogger } from '../../../src/common/logger.ts';
import { KafkaStreams } from '../../../src/streams/index.ts';
import { joinTopology, type JoinTopics } from './join-topology.ts';

export interface JoiningOptions {
  readonly brokers: readonly string[];
  readonly applicationId: string;
  readonly topics: JoinTopics;
  readonly stateDir: string;
}

const { brokers, applicationId, topics, stateDir } = JSON.parse(process.argv[2] ?? '{}') as JoiningOptions;
const streams = new KafkaStreams(joinTopology(topics), {
  ...{ applicationId, stateDir, sessionTimeoutMs: 6_000, idleCommitMs: 50, maxBatchRecords: 20 },
  clientSupplier: kafkajsClientSupplier({
    ...{ brokers, clientId: applicationId, replicationFactor: 1 },
    logger: silentLogger,
  }),
  listener: {
    onFatal: () => process.exit(1),
  },
});
await streams.start();
