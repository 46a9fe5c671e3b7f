import {
  Consumed,
  jsonSerde,
  processBatch,
  Produced,
  StreamsBuilder,
  type Topology,
  withValue,
} from '../../src/streams/index.ts';

export const numbers = jsonSerde<number>();

/** What the counting topology makes of a record: which of its key it is, by the store, and the record's own value. */
export interface Counted {
  readonly value: number;
  readonly count: number;
}

export const counted = jsonSerde<Counted>();
export const counts = { name: 'counts', valueSerde: numbers };

/** Counts the records of each key in a store, and writes each with its count: a repeat or a gap is seen in the counts. */
export const countingTopology = (topics: {
  readonly in: string;
  readonly out: string;
  readonly dead: string;
}): Topology => {
  const builder = new StreamsBuilder('counting').deadLettersTo(topics.dead);
  builder
    .stream<string, number>(topics.in, { ...Consumed.with(numbers), name: 'numbers' })
    .pipe(
      processBatch<string, number, string, Counted>('count', {
        stores: [counts],
        keepsKey: true,
        create: (context) => {
          const store = context.store(counts);
          return async (records) => {
            await store.load(records.map(({ key }) => key));
            return records.map((record) => {
              const count = (store.get(record.key) ?? 0) + 1;
              store.put(record.key, count);
              return withValue(record, { value: record.value, count });
            });
          };
        },
      }),
    )
    .to(topics.out, { ...Produced.with(counted, 'counted'), partitioning: 'task' });
  return builder.build();
};
