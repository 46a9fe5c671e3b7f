import { describe, expect, it, onTestFinished } from 'vitest';
import {
  Consumed,
  Grouped,
  type KafkaStreams,
  Produced,
  StoreNotAvailableError,
  StreamsBuilder,
  stringSerde,
} from '../../../src/streams/index.ts';
import { until } from '../../support/until.ts';
import { kafkaRig } from '../kafka-rig.ts';
import { numbers } from '../counting-topology.ts';

const partitions = 4;
const keys = Array.from({ length: 40 }, (_, index) => `key-${String(index).padStart(2, '0')}`);

describe('a query over two instances', () => {
  it('is sent where the key is, and answered there, also after an instance has left', async () => {
    const rig = await kafkaRig(onTestFinished, { partitions });
    const topology = () => {
      const builder = new StreamsBuilder('counting');
      builder
        .stream(rig.topics.in, Consumed.with(stringSerde))
        // By another key than the topic's: the store lies by the partitions of the repartition topic.
        .selectKey(({ value }) => value)
        .groupByKey(Grouped.with(stringSerde, 'by-value'))
        .count({ name: 'counts' })
        .toStream()
        .to(rig.topics.out, Produced.with(numbers));
      return builder.build();
    };
    for (let partition = 0; partition < partitions; partition += 1) {
      const records = keys.map((key) => ({
        ...{ key: Buffer.from('k'), value: Buffer.from(key), timestamp: 1_000, headers: {} },
      }));
      await rig.send(rig.topics.in, partition, records);
    }
    const instances = new Map<string, KafkaStreams>();
    for (const applicationServer of ['one:1', 'two:2']) {
      const streams = await rig.streams(topology(), { applicationServer });
      instances.set(applicationServer, streams);
      await streams.start();
    }
    const [one, two] = [...instances.values()] as [KafkaStreams, KafkaStreams];
    const isShared = (): boolean =>
      [one, two].every((streams) => streams.state === 'RUNNING' && streams.status().tasks.length === partitions);
    await until('both have their share', isShared, 30_000);

    const askedOf = async (asked: KafkaStreams, key: string): Promise<number | undefined> => {
      const { applicationServer = '', isLocal } = await asked.metadataForKey('counts', key, stringSerde);
      const holder = instances.get(applicationServer);
      expect(isLocal).toBe(holder === asked);
      return holder?.table<string, number>('counts', stringSerde).get(key);
    };
    const isCounted = async (): Promise<boolean> => {
      const found = await Promise.all(keys.map((key) => askedOf(one, key)));
      return found.every((count) => count === partitions);
    };
    await until('all is counted', isCounted, 20_000);
    expect(await Promise.all(keys.map((key) => askedOf(two, key)))).toEqual(keys.map(() => partitions));

    // Between them they hold every key once, and one that is elsewhere is not said to be missing.
    const [here, there] = await Promise.all([one, two].map((streams) => streams.store<number>('counts').range({})));
    expect([...(here ?? []), ...(there ?? [])].map(([key]) => key).sort()).toEqual(keys);
    const elsewhere = there?.[0]?.[0] ?? '';
    await expect(one.table('counts', stringSerde).get(elsewhere)).rejects.toThrow(StoreNotAvailableError);
    const all = await one.allMetadata();
    expect(all.map(({ applicationServer }) => applicationServer).sort()).toEqual(['one:1', 'two:2']);
    expect(all.every(({ stores }) => stores.includes('counts'))).toBe(true);

    await two.close();
    await until('one has all', () => one.state === 'RUNNING' && one.status().tasks.length === 2 * partitions, 30_000);
    expect(await one.metadataForKey('counts', elsewhere, stringSerde)).toMatchObject({
      ...{ applicationServer: 'one:1', isLocal: true },
    });
    expect(await one.store<number>('counts').range({})).toEqual(keys.map((key) => [key, partitions]));
  });
});
