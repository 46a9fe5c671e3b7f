import { describe, expect, it, onTestFinished } from 'vitest';
import { Consumed, type KafkaStreams, Produced, StreamsBuilder, stringSerde } from '../../../src/streams/index.ts';
import { until } from '../../support/until.ts';
import { type KafkaRig, kafkaRig } from '../kafka-rig.ts';

const text = (key: string, value: string | null) => ({
  ...{ key: Buffer.from(key), value: value === null ? null : Buffer.from(value), timestamp: 1_000, headers: {} },
});

/** A stream of two partitions, and a global table whose topic has three: it need not be partitioned like the stream. */
const createRig = async () => {
  const rig = await kafkaRig(onTestFinished, { partitions: 2 });
  const table = `${rig.id}-products`;
  await rig.admin.createTopics([{ name: table, partitions: 3, config: { 'cleanup.policy': 'compact' } }]);
  const topology = () => {
    const builder = new StreamsBuilder('enriching').deadLettersTo(rig.topics.dead);
    const products = builder.globalTable(table, Consumed.with(stringSerde), { name: 'products' });
    builder
      .stream(rig.topics.in, Consumed.with(stringSerde))
      .join(
        products,
        ({ value }) => value,
        (value, product) => `${value}: ${product}`,
      )
      .to(rig.topics.out, Produced.with(stringSerde));
    return builder.build();
  };
  return { rig, table, topology };
};

const all = async (streams: KafkaStreams): Promise<unknown> => streams.store<string>('products').range({});

const isRunning = (streams: KafkaStreams, tasks: number): boolean =>
  streams.state === 'RUNNING' && streams.status().tasks.length === tasks;

const joined = async (rig: KafkaRig, partition: number, wanted: number): Promise<string[]> =>
  (await rig.read(rig.topics.out, partition, wanted)).map(({ value }) => String(value));

describe('a global table on two instances', () => {
  it('is whole at each before its tasks begin, and follows changes and deletions of every partition', async () => {
    const { rig, table, topology } = await createRig();
    await rig.send(table, 0, [text('tea', 'green'), text('cup', 'small')]);
    await rig.send(table, 2, [text('pot', 'big')]);
    // There before anybody begins: joined at once, with a table that is whole.
    for (const partition of [0, 1]) await rig.send(rig.topics.in, partition, [text('k', 'tea'), text('k', 'pot')]);
    const first = await rig.streams(topology());
    await first.start();
    expect(await all(first)).toHaveLength(3);
    const second = await rig.streams(topology());
    await second.start();
    expect(await all(second)).toHaveLength(3);
    await until('each has a task', () => isRunning(first, 1) && isRunning(second, 1), 20_000);
    expect(await joined(rig, 0, 2)).toEqual(['tea: green', 'pot: big']);
    expect(await joined(rig, 1, 2)).toEqual(['tea: green', 'pot: big']);

    await rig.send(table, 0, [text('tea', 'black'), text('cup', null)]);
    await rig.send(table, 1, [text('jar', 'old')]);
    const expected = [
      ['jar', 'old'],
      ['pot', 'big'],
      ['tea', 'black'],
    ];
    const has = async (streams: KafkaStreams): Promise<boolean> =>
      JSON.stringify(await all(streams)) === JSON.stringify(expected);
    await until('both have followed', async () => (await has(first)) && (await has(second)), 10_000);
    for (const partition of [0, 1]) await rig.send(rig.topics.in, partition, [text('k', 'tea'), text('k', 'cup')]);
    expect((await joined(rig, 0, 3)).at(-1)).toBe('tea: black');
    expect((await joined(rig, 1, 3)).at(-1)).toBe('tea: black');
    for (const streams of [first, second]) {
      expect(streams.status().globalTables).toMatchObject([{ store: 'products', isRestored: true, lag: 0 }]);
    }
  });

  it('goes on from what it had on disk', async () => {
    const { rig, table, topology } = await createRig();
    const stateDir = await rig.stateDir();
    await rig.send(
      table,
      1,
      Array.from({ length: 500 }, (_, index) => text(`p${String(index)}`, 'x')),
    );
    const restored: number[] = [];
    const options = {
      stateDir,
      listener: {
        onRestored: (_topology: string, task: string, _store: string, records: number) => {
          if (task === 'global') restored.push(records);
        },
      },
    };
    const first = await rig.streams(topology(), options);
    await first.start();
    await first.close();
    await rig.send(table, 1, [text('p0', null), text('p1', 'y')]);
    const second = await rig.streams(topology(), options);
    await second.start();
    expect(restored).toEqual([500, 2]);
    expect(await all(second)).toHaveLength(499);
    expect(await second.store<string>('products').get('p1')).toBe('y');
  });
});
