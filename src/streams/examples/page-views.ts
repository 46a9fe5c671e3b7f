import {
  Consumed,
  Grouped,
  jsonSerde,
  longSerde,
  Produced,
  StreamsBuilder,
  stringSerde,
  TimeWindows,
  type Topology,
  windowedSerde,
} from '../index.ts';

export interface PageView {
  readonly page: string;
}

export interface UserProfile {
  readonly region: string;
}

export const pageViews = jsonSerde<PageView>();
export const userProfiles = jsonSerde<UserProfile>();

const sizeMs = 5 * 60_000;
export const regionWindows = windowedSerde(stringSerde, sizeMs);

/** Kafka Streams' PageViewDemo: views in each region, in windows of five minutes that begin every minute. */
export function pageViewsByRegion(): Topology {
  const builder = new StreamsBuilder('page-views');
  const users = builder.table('streams-userprofile-input', Consumed.with(userProfiles));
  builder
    .stream('streams-pageview-input', Consumed.with(pageViews))
    .leftJoin(users, (view, user) => ({ page: view.page, region: user?.region ?? 'UNKNOWN' }))
    .map(({ value }) => ({ key: value.region, value }))
    .groupByKey(Grouped.with(jsonSerde<PageView & UserProfile>(), 'by-region'))
    .windowedBy(TimeWindows.ofSizeAndGrace(sizeMs, 60_000).advanceBy(60_000))
    .count()
    .toStream()
    .to('streams-pageviewstats-output', Produced.withKey(regionWindows, longSerde));
  return builder.build();
}
