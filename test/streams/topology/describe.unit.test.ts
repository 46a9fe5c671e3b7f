import { map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { Consumed, jsonSerde, Produced, processBatch, StreamsBuilder } from '../../../src/streams/index.ts';
import { subTopologiesOf } from '../../../src/streams/topology/sub-topologies.ts';

const serde = jsonSerde<number>();
const counts = { name: 'counts', valueSerde: serde };
const counting = (name: string) =>
  processBatch<string, number, string, number>(name, {
    stores: [counts],
    create: () => (records) => Promise.resolve(records),
  });

/** Two parts: one that forks, and one that stands alone. */
const declared = () => {
  const builder = new StreamsBuilder('orders').deadLettersTo('orders.dlq');
  const orders = builder.stream<string, number>(['orders', 'replay'], { ...Consumed.with(serde), name: 'orders' });
  const counted = orders.pipe(counting('count'));
  counted.to('totals', { ...Produced.with(serde), name: 'totals' });
  counted.filter((value) => value > 100, 'large').to('large', { ...Produced.with(serde), name: 'large-orders' });
  builder
    .stream<string, number>('returns', { ...Consumed.with(serde), name: 'returns' })
    .pipe(map((record) => record))
    .peek(() => undefined, 'look');
  return builder.build();
};

describe('the description of a topology', () => {
  it('reads as Kafka Streams prints it', () => {
    expect(declared().describe()).toBe(`Topologies:
   Sub-topology: 0
    Source: orders (topics: [orders, replay])
      --> count
    Processor: count (stores: [counts])
      --> totals, large
      <-- orders
    Sink: totals (topic: totals)
      <-- count
    Processor: large (stores: [])
      --> large-orders
      <-- count
    Sink: large-orders (topic: large)
      <-- large
   Sub-topology: 1
    Source: returns (topics: [returns])
      --> KSTREAM-RXJS-0000000006
    Processor: KSTREAM-RXJS-0000000006 (stores: [])
      --> look
      <-- returns
    Processor: look (stores: [])
      --> none
      <-- KSTREAM-RXJS-0000000006
   Dead letters: orders.dlq
`);
  });

  it('is a Mermaid flowchart as well', () => {
    expect(declared().mermaid()).toBe(`flowchart TD
  topic_orders([orders]) --> node_orders[/orders/]
  topic_replay([replay]) --> node_orders[/orders/]
  node_count[count]
  node_count <-.-> store_counts[(counts)]
  node_orders --> node_count
  node_count --> topic_totals([totals])
  node_large[large]
  node_count --> node_large
  node_large --> topic_large([large])
  topic_returns([returns]) --> node_returns[/returns/]
  node_KSTREAM_RXJS_0000000006[KSTREAM-RXJS-0000000006]
  node_returns --> node_KSTREAM_RXJS_0000000006
  node_look[look]
  node_KSTREAM_RXJS_0000000006 --> node_look
  node_orders & node_count & node_large & node_returns & node_KSTREAM_RXJS_0000000006 & node_look -. dead letters .-> topic_orders_dlq([orders.dlq])
`);
  });

  it('has one part for streams that share a store, also when they share nothing else', () => {
    const builder = new StreamsBuilder('shared');
    builder.stream<string, number>('a', Consumed.with(serde)).pipe(counting('from-a'));
    builder.stream<string, number>('b', Consumed.with(serde)).pipe(counting('from-b'));
    expect(subTopologiesOf(builder.build())).toHaveLength(1);
  });

  it('has one part for streams that are merged', () => {
    const builder = new StreamsBuilder('merged');
    const a = builder.stream<string, number>('a', Consumed.with(serde));
    a.merge(builder.stream<string, number>('b', Consumed.with(serde)), 'both');
    const [part, ...others] = subTopologiesOf(builder.build());
    expect(others).toEqual([]);
    expect(part?.map(({ name }) => name)).toEqual(['KSTREAM-SOURCE-0000000000', 'KSTREAM-SOURCE-0000000001', 'both']);
  });

  it('knows its topics and stores, each once', () => {
    const topology = declared();
    expect(topology.sourceTopics()).toEqual(['orders', 'replay', 'returns']);
    expect(topology.sinkTopics()).toEqual(['totals', 'large', 'orders.dlq']);
    expect(topology.stores()).toEqual([counts]);
  });
});
