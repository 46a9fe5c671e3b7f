import { describe, expect, it, onTestFinished } from 'vitest';
import {
  Consumed,
  Grouped,
  type KafkaStreams,
  longSerde,
  Materialized,
  Produced,
  StreamsBuilder,
  stringSerde,
  type Topology,
} from '../../../src/streams/index.ts';
import { until } from '../../support/until.ts';
import { AwayError } from '../harness.ts';
import { type KafkaRig, kafkaRig, record } from '../kafka-rig.ts';

const partitions = 4;
const all = [0, 1, 2, 3];
const words = Array.from({ length: 37 }, (_, index) => `word-${String(index)}`);

/** The word count, whose counting can be held up at a gate: what is to be counted then waits in the repartition topic. */
const gatedWordCount = (topics: KafkaRig['topics'], gate: { isOpen: boolean }): Topology => {
  const builder = new StreamsBuilder('wordcount');
  builder
    .stream(topics.in, Consumed.with(stringSerde))
    .flatMapValues((line) => line.split(' '))
    .groupBy(({ value }) => value, Grouped.with(stringSerde, 'words'))
    .aggregate(
      () => 0,
      (_word, _value, count) => {
        if (!gate.isOpen) throw new AwayError('The gate is shut');
        return count + 1;
      },
      Materialized.as('counts', longSerde),
    )
    .toStream()
    .to(topics.out, Produced.with(longSerde));
  return builder.build();
};

/** Lines of words to every partition of the input. @returns how often each word is in them */
const sendLines = async (rig: KafkaRig, lines: number): Promise<Map<string, number>> => {
  const counts = new Map<string, number>();
  for (const partition of all) {
    const records = Array.from({ length: lines }, (_, line) => {
      const mine = Array.from({ length: 5 }, (_each, place) => words[(line * 7 + place * 11 + partition) % 37] ?? '');
      for (const word of mine) counts.set(word, (counts.get(word) ?? 0) + 1);
      return record('line', Buffer.from(mine.join(' ')));
    });
    await rig.send(rig.topics.in, partition, records);
  }
  return counts;
};

const runningTasks = (streams: KafkaStreams): number =>
  streams.status().tasks.filter(({ state }) => state === 'RUNNING' || state === 'RETRYING').length;

describe('the word count on two instances', () => {
  it('counts every word of four partitions once, each where the hash of its key puts it', async () => {
    const rig = await kafkaRig(onTestFinished, { partitions });
    const gate = { isOpen: false };
    const topology = gatedWordCount(rig.topics, gate);
    const options = { retryPolicy: { delaysMs: [100], afterwards: 'keep-trying' } } as const;
    const first = await rig.streams(topology, options);
    const second = await rig.streams(topology, options);
    await first.start();
    await second.start();
    await until('each has half of the tasks', () => [first, second].every((each) => runningTasks(each) === 4), 30_000);

    const lines = 100;
    const wanted = await sendLines(rig, lines);
    const total = [...wanted.values()].reduce((sum, count) => sum + count, 0);
    expect(total).toBe(lines * partitions * 5);

    const repartition = `${rig.id}-wordcount-words-repartition`;
    const upstream = async () => {
      const ends = await Promise.all(all.map((partition) => rig.committed('wordcount', rig.topics.in, partition)));
      return ends.every((end) => end === lines);
    };
    await until('all lines are split', upstream, 30_000);
    const sent = new Map<string, number>();
    for (const partition of all) {
      for (const { key } of await rig.read(repartition, partition)) {
        const word = String(key);
        expect(rig.supplier.partitionOf(Buffer.from(word), partitions), word).toBe(partition);
        sent.set(word, (sent.get(word) ?? 0) + 1);
      }
    }
    expect(sent).toEqual(wanted);

    gate.isOpen = true;
    const counted = new Map<string, number>();
    for (const partition of all) {
      const mine = [...wanted].filter(
        ([word]) => rig.supplier.partitionOf(Buffer.from(word), partitions) === partition,
      );
      expect(mine.length).toBeGreaterThan(0);
      const records = await rig.read(
        rig.topics.out,
        partition,
        mine.reduce((sum, [, count]) => sum + count, 0),
      );
      for (const { key, value } of records) {
        const word = String(key);
        const count = longSerde.deserialize(value ?? Buffer.alloc(0));
        // One change a record, in order, none lost and none doubled.
        expect(count, word).toBe((counted.get(word) ?? 0) + 1);
        counted.set(word, count);
      }
    }
    expect(counted).toEqual(wanted);
  });
});
