import { describe, expect, it } from 'vitest';
import { Consumed, Grouped, jsonSerde, Produced, StreamsBuilder } from '../../../src/streams/index.ts';
import { partitionPlan } from '../../../src/streams/runtime/partition-plan.ts';

const serde = jsonSerde<number>();
const plan = (builder: StreamsBuilder, existing: Readonly<Record<string, number>>) => {
  const { counts, faults } = partitionPlan(builder.build(), new Map(Object.entries(existing)));
  return { counts: Object.fromEntries(counts), faults };
};
const stream = (builder: StreamsBuilder, topic: string) => builder.stream<string, number>(topic, Consumed.with(serde));

describe('how many partitions topics have', () => {
  it('a repartition topic has as many as the greatest source of its records', () => {
    const builder = new StreamsBuilder('plan');
    stream(builder, 'a')
      .merge(stream(builder, 'b'))
      .selectKey(() => 'k')
      .repartition(Grouped.with(serde, 'again'));
    expect(plan(builder, { a: 3, b: 3 }).counts).toEqual({ a: 3, b: 3, 'again-repartition': 3 });
  });

  it('a repartition topic behind another follows it', () => {
    const builder = new StreamsBuilder('plan');
    stream(builder, 'a')
      .repartition({ ...Grouped.with(serde, 'first'), partitions: 6 })
      .repartition(Grouped.with(serde, 'second'));
    expect(plan(builder, { a: 3 }).counts).toEqual({ a: 3, 'first-repartition': 6, 'second-repartition': 6 });
  });

  it('a repartition topic has as many as the topic it is read with', () => {
    const builder = new StreamsBuilder('plan');
    stream(builder, 'a').repartition(Grouped.with(serde, 'again')).merge(stream(builder, 'b'));
    expect(plan(builder, { a: 3, b: 5 })).toEqual({ counts: { a: 3, b: 5, 'again-repartition': 5 }, faults: [] });
  });

  it('names topics that are read together and do not fit, with their counts', () => {
    const builder = new StreamsBuilder('plan');
    stream(builder, 'a').merge(stream(builder, 'b'));
    expect(plan(builder, { a: 3, b: 5 }).faults).toEqual([
      'its topics are not co-partitioned: a has 3, b has 5 partitions',
    ]);
  });

  it('lets an output have any number, unless it is written under the task number', () => {
    const free = new StreamsBuilder('plan');
    stream(free, 'a').to('out', Produced.with(serde));
    expect(plan(free, { a: 3, out: 5 }).faults).toEqual([]);
    const bound = new StreamsBuilder('plan');
    stream(bound, 'a').to('out', { ...Produced.with(serde), partitioning: 'task' });
    expect(plan(bound, { a: 3, out: 5 }).faults).toHaveLength(1);
  });
});
