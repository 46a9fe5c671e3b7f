import {
  Consumed,
  Grouped,
  type KTable,
  longSerde,
  Produced,
  StreamsBuilder,
  stringSerde,
  type Topology,
} from '../../src/streams/index.ts';

/**
 * `WordCountDemo` of Kafka Streams, line by line: lines of text in, and every word's count out.
 */
export const wordCountTopology = (
  topics: { readonly in: string; readonly out: string } = {
    in: 'streams-plaintext-input',
    out: 'streams-wordcount-output',
  },
): { readonly topology: Topology; readonly counts: KTable<string, number> } => {
  const builder = new StreamsBuilder('wordcount');
  const counts = builder
    .stream(topics.in, Consumed.with(stringSerde))
    .flatMapValues((line) => line.toLowerCase().split(/\W+/))
    .groupBy(({ value }) => value, Grouped.with(stringSerde))
    .count();
  counts.toStream().to(topics.out, Produced.with(longSerde));
  return { topology: builder.build(), counts };
};
