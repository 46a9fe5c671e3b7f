import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { installServers } from '../../src/ops/dev/install.ts';
import { kafkaLibraries } from '../../src/ops/dev/kafka.ts';
import { portsAt } from '../../src/ops/dev/ports.ts';
import type { ServerHandle } from '../../src/ops/dev/server.ts';
import { startServers } from '../../src/ops/dev/servers.ts';
import { until } from '../support/until.ts';
import type { AnswerFaults } from './answer-faults.ts';
import { startProxy } from './proxy.ts';

export type OnEnd = (cleanUp: () => Promise<void>) => unknown;

/** Three brokers, each with a proxy before a listener of its own. */
export interface Cluster {
  readonly brokers: readonly ServerHandle[];
  /** host:port of each, past the proxies: for those who must not be hurt. */
  readonly direct: readonly string[];
  /** host:port of the proxies. */
  readonly proxied: readonly string[];
  readonly classPath: string;
  /** Where broker n, from 0, keeps its partitions. */
  logDirOf(broker: number): string;
  createTopics(names: readonly string[], partitions: number): Promise<void>;
  topics(): Promise<readonly string[]>;
  /** Resolves when every partition has all its replicas in sync, so that another broker may be hurt. */
  untilInSync(): Promise<void>;
  /** Records in a topic that nobody writes to in transactions. */
  size(topic: string): Promise<number>;
  /** What a group has committed, summed over the topic's partitions. */
  committed(group: string, topic: string): Promise<number>;
}

/** Fixed places beside the brokers' own: the system hands none of them out while a broker is down. */
const behindProxy = 10;
const ofProxy = 20;
const inSyncWithinMs = 180_000;
const replicas = 3;

export const startCluster = async (
  options: { readonly portOffset: number; readonly dataDir: string; readonly faults: AnswerFaults },
  say: (line: string) => void,
  onEnd: OnEnd,
): Promise<Cluster> => {
  const { dataDir, faults } = options;
  const ports = portsAt(options.portOffset);
  await mkdir(dataDir, { recursive: true });
  const listeners = ports.kafka.map((port) => ({ port: port + behindProxy, advertised: port + ofProxy }));
  for (const { port, advertised } of listeners) {
    const proxy = await startProxy(advertised, port, faults);
    onEnd(() => proxy.close());
  }
  const servers = await startServers({
    ...{ dataDir, ports, brokers: 3, roles: ['kafka'], proxiedKafka: listeners },
    progress: say,
    env: { ...process.env, POINTS_NO_DOCKER: '1', KAFKA_BROKER: '' },
  });
  onEnd(async () => {
    // A frozen one cannot hear that it is to end.
    for (const broker of servers.handles.kafka ?? []) broker.kill('SIGCONT');
    await servers.stop();
  });
  const { kafka: software } = await installServers({ kinds: ['kafka'] });
  const direct = servers.addresses.brokers;
  const admin = new Kafka({
    brokers: [...direct],
    clientId: 'points-faults-rig',
    logLevel: logLevel.NOTHING,
    requestTimeout: 5_000,
  }).admin();
  await admin.connect();
  onEnd(() => admin.disconnect());
  return {
    brokers: servers.handles.kafka ?? [],
    direct,
    proxied: listeners.map(({ advertised }) => `127.0.0.1:${String(advertised)}`),
    classPath: join(kafkaLibraries(software), '*'),
    logDirOf: (broker) => join(dataDir, 'kafka', `broker-${String(broker + 1)}`),
    createTopics: async (names, numPartitions) => {
      await admin.createTopics({
        waitForLeaders: false,
        topics: names.map((topic) => ({
          ...{ topic, numPartitions, replicationFactor: replicas },
          configEntries: [{ name: 'retention.ms', value: '-1' }],
        })),
      });
      await untilInSync(admin);
    },
    topics: () => admin.listTopics(),
    untilInSync: () => untilInSync(admin),
    size: async (topic) => {
      const ends = await admin.fetchTopicOffsets(topic);
      return ends.reduce((sum, { high }) => sum + Number(high), 0);
    },
    committed: async (groupId, topic) => {
      const [found] = await admin.fetchOffsets({ groupId, topics: [topic] });
      return (found?.partitions ?? []).reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
    },
  };
};

const untilInSync = (admin: Admin): Promise<void> =>
  until(
    'all replicas were in sync',
    async () => {
      try {
        const { topics } = await admin.fetchTopicMetadata();
        return topics.every(({ partitions }) => partitions.every(({ isr }) => isr.length === replicas));
      } catch {
        // While leaders are chosen it has no answer.
        return false;
      }
    },
    inSyncWithinMs,
  );
