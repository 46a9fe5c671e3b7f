import {
  Consumed,
  Materialized,
  Produced,
  StreamsBuilder,
  stringSerde,
  type Topology,
} from '../../../src/streams/index.ts';

export interface JoinTopics {
  readonly stream: string;
  readonly table: string;
  readonly out: string;
  readonly dead: string;
}

/** Each record of the stream with what the table has for its key; the table's store is called `entries`. */
export const joinTopology = ({ stream, table, out, dead }: JoinTopics): Topology => {
  const builder = new StreamsBuilder('joining').deadLettersTo(dead);
  const entries = builder.table(table, Consumed.with(stringSerde), Materialized.as('entries', stringSerde));
  builder
    .stream(stream, Consumed.with(stringSerde))
    .leftJoin(entries, (value, entry) => `${value}=${entry ?? 'nothing'}`)
    .to(out, Produced.with(stringSerde));
  return builder.build();
};
