import type { Headers, Serde, Topology } from '../../src/streams/index.ts';
import { TopologyTestDriver } from '../../src/streams/index.ts';
import type { ProducedRecord } from '../../src/streams/ports.ts';
import { until } from '../support/until.ts';
import { kafkaRig, type KafkaRig, type OnEnd } from './kafka-rig.ts';

export interface RunnerRecord<V> {
  readonly key: string;
  /** null is a deletion. */
  readonly value: V | null;
  readonly timestamp: number;
  readonly headers?: Headers;
}

export interface ReadRecord<V> {
  /** Of bytes that are no text, one character each. */
  readonly key: string;
  readonly value: V | null;
  readonly timestamp: number;
}

/**
 * Something that runs a topology: the test driver, or streams on the real broker. A suite that is written against it
 * passes on both, or the driver lies. Records of one key come out in order; those of several keys in any.
 */
export interface TopologyRunner {
  /** Resolves when the records, and all that follows from them, are processed. */
  pipe<V>(topic: string, serde: Serde<V>, records: readonly RunnerRecord<V>[]): Promise<void>;
  /** All that was written to a topic so far. */
  read<V>(topic: string, serde: Serde<V>): Promise<readonly ReadRecord<V>[]>;
  /** Dead letters: their bytes and headers. */
  deadLetters(): Promise<readonly Pick<ProducedRecord, 'key' | 'value' | 'headers'>[]>;
}

/** Makes a runner of what a suite declares; topics are named by it. */
export interface TopologyRunners {
  readonly name: string;
  start(topology: Topology): Promise<TopologyRunner>;
}

export const driverRunners = (): TopologyRunners => ({
  name: 'the test driver',
  start: (topology) => {
    const driver = new TopologyTestDriver(topology);
    const taken = new Map<string, ProducedRecord[]>();
    const all = (topic: string): ProducedRecord[] => {
      const records = [...(taken.get(topic) ?? []), ...driver.readBytes(topic)];
      taken.set(topic, records);
      return records;
    };
    return Promise.resolve({
      pipe: (topic, serde, records) => driver.pipe(topic, serde, records),
      read: (topic, serde) => Promise.resolve(all(topic).map((record) => readRecord(record, serde))),
      deadLetters: () => Promise.resolve(topology.deadLetterTopic === null ? [] : all(topology.deadLetterTopic)),
    });
  },
});

/** Streams on the shared broker; topics have `partitions` each, and the suite's names, so a suite's must be its own. */
export const brokerRunners = (onEnd: OnEnd, partitions = 3): TopologyRunners => ({
  name: 'the real broker',
  start: async (topology) => {
    const rig = await kafkaRig(onEnd, { partitions });
    const names = [...topology.sourceTopics(), ...topology.sinkTopics()];
    const internal = new Set(topology.repartitionTopics.map(({ topic }) => topic));
    const external = [...new Set(names)].filter((topic) => !internal.has(topic));
    await rig.admin.createTopics(external.map((name) => ({ name, partitions, config: { 'retention.ms': '-1' } })));
    const streams = await rig.streams(topology);
    await streams.start();
    await until('the streams run', () => streams.state === 'RUNNING', 30_000);
    const read = async (topic: string): Promise<readonly ProducedRecord[]> => {
      const parts = await Promise.all(partitionNumbers(partitions).map((partition) => rig.read(topic, partition)));
      return parts.flat();
    };
    return {
      pipe: async (topic, serde, records) => {
        await send(rig, topic, partitions, serde, records);
        await settled(rig, topology, partitions);
      },
      read: async (topic, serde) => (await read(topic)).map((record) => readRecord(record, serde)),
      deadLetters: () => (topology.deadLetterTopic === null ? Promise.resolve([]) : read(topology.deadLetterTopic)),
    };
  },
});

const partitionNumbers = (count: number): number[] => Array.from({ length: count }, (_, partition) => partition);

const readRecord = <V>({ key, value, timestamp }: ProducedRecord, serde: Serde<V>): ReadRecord<V> => ({
  key: key?.toString('latin1') ?? '',
  value: value === null ? null : serde.deserialize(value),
  timestamp,
});

/** One send for all records of a partition, so that they come as near together as they do in the driver. */
async function send<V>(
  rig: KafkaRig,
  topic: string,
  partitions: number,
  serde: Serde<V>,
  records: readonly RunnerRecord<V>[],
): Promise<void> {
  const produced = records.map(({ key, value, timestamp, headers = {} }) => ({
    key: Buffer.from(key),
    value: value === null ? null : serde.serialize(value),
    timestamp,
    headers,
  }));
  const byPartition = Map.groupBy(produced, ({ key }) => rig.supplier.partitionOf(key, partitions));
  for (const [partition, mine] of byPartition) await rig.send(topic, partition, mine);
}

/**
 * The group has committed the end of every topic it reads, and making that so has not moved any of them: what one
 * sub-topology writes for another is then processed too.
 */
async function settled(rig: KafkaRig, topology: Topology, partitions: number): Promise<void> {
  const { id, admin } = rig;
  const internal = new Set(topology.repartitionTopics.map(({ topic }) => topic));
  const topics = topology
    .sourceTopics()
    .map((topic) => (internal.has(topic) ? `${id}-${topology.name}-${topic}` : topic));
  const places = topics.flatMap((topic) => partitionNumbers(partitions).map((partition) => ({ topic, partition })));
  const ends = async (): Promise<number[]> =>
    Promise.all(places.map(async (place) => (await admin.offsets(place)).high));
  const isSettled = async (): Promise<boolean> => {
    const before = await ends();
    for (const [index, place] of places.entries()) {
      const end = before[index] ?? 0;
      if (end === 0) continue;
      const committed = await admin.committedOffset(`${id}-${topology.name}`, place);
      if ((committed?.offset ?? 0) < end) return false;
    }
    const after = await ends();
    return after.every((end, index) => end === before[index]);
  };
  await until('all records are processed', isSettled, 30_000);
}
