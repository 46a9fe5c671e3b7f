import {
  Consumed,
  Grouped,
  longSerde,
  Materialized,
  Produced,
  StreamsBuilder,
  stringSerde,
  type Topology,
} from '../index.ts';

/** Kafka Streams' WordCountDemo: how often each word has been written. */
export function wordCount(): Topology {
  const builder = new StreamsBuilder('word-count');
  builder
    .stream('streams-plaintext-input', Consumed.with(stringSerde))
    .flatMapValues((line) =>
      line
        .toLowerCase()
        .split(/\W+/)
        .filter((word) => word !== ''),
    )
    .groupBy(({ value }) => value, Grouped.with(stringSerde, 'by-word'))
    .count(Materialized.as('counts', longSerde))
    .toStream()
    .to('streams-wordcount-output', Produced.with(longSerde));
  return builder.build();
}
