import { Consumed, longSerde, Produced, StreamsBuilder, stringSerde, type Topology } from '../index.ts';

const counts = { name: 'counts', valueSerde: longSerde };

/** Kafka Streams' WordCountProcessorDemo: a processor of our own, which tells all counts every second of stream time. */
export function wordCountProcessor(): Topology {
  const builder = new StreamsBuilder('word-count-processor');
  builder
    .stream('streams-plaintext-input', Consumed.with(stringSerde))
    .process<string, number>('count-words', {
      stores: [counts],
      create: (context) => {
        const store = context.store(counts);
        context.schedule(1_000, 'STREAM_TIME', async (timestamp) =>
          (await store.range({})).map(([key, value]) => ({ key, value, timestamp })),
        );
        return ({ value: line }) => {
          for (const word of line.toLowerCase().split(/\W+/)) store.put(word, (store.get(word) ?? 0) + 1);
          return [];
        };
      },
    })
    .to('streams-wordcount-processor-output', Produced.with(longSerde));
  return builder.build();
}
