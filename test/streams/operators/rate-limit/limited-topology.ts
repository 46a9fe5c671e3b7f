import {
  Consumed,
  deferralStore,
  Produced,
  type RateLimit,
  rateLimit,
  StreamsBuilder,
  stringSerde,
  type TokenBuckets,
  type Topology,
} from '../../../../src/streams/index.ts';
import { numbers } from '../../counting-topology.ts';

/** Numbers go from topic to topic, those of each key no faster than the limit. */
export const limitedTopology = (
  topics: { readonly in: string; readonly out: string; readonly dead: string },
  { buckets, limit }: { readonly buckets: TokenBuckets; readonly limit: RateLimit },
): Topology => {
  const builder = new StreamsBuilder('limited').deadLettersTo(topics.dead);
  builder
    .stream<string, number>(topics.in, Consumed.with(numbers, 'numbers'))
    .pipe(
      rateLimit<string, number>('limit', {
        ...{ store: deferralStore('waiting'), buckets, keyOf: ({ key }) => key },
        limitOf: () => limit,
        ...{ keySerde: stringSerde, valueSerde: numbers, isAsRead: true },
      }),
    )
    .mapValues((value) => {
      if (value < 0) throw new RangeError('There is no such number');
      return value;
    }, 'check')
    .to(topics.out, Produced.with(numbers, 'limited'));
  return builder.build();
};
