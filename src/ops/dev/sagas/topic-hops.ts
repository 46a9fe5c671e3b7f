import { kafkajsClientSupplier } from '../../../adapters/kafka/index.ts';
import { createRegistry, type Registry } from '../../../adapters/registry/index.ts';
import { foreignTopics, topics } from '../../../contracts/index.ts';
import type { Logger } from '../../../common/logger.ts';
import type { ConsumedRecord, Headers } from '../../../streams/index.ts';
import type { FetchedChunk, StreamAdmin } from '../../../streams/ports.ts';
import { describeRecord, type FollowedRecord, type Hop, type RecordWords } from '../../../follow/index.ts';

export interface TopicHopsOptions {
  readonly brokers: readonly string[];
  /** Base URL. */
  readonly registry: string;
  /** Where reading begins: whoever only wants what is to come need not read what was. */
  readonly from: 'beginning' | 'end';
  readonly logger: Logger;
}

/** What lies on the topics, by correlation id; read as a member of no group, so that nobody notices. */
export interface TopicHops {
  of(correlationId: string): readonly Hop[];
  /** Resolves when all that was there at the start has been read. */
  untilRead(): Promise<void>;
  close(): Promise<void>;
}

const { deadLetters, ...ours } = topics;
const followed: readonly { readonly name: string; readonly record: FollowedRecord }[] = [
  ...Object.values(ours),
  ...Object.values(foreignTopics),
];

/** Reads one topic's values into words. */
interface TopicWords {
  prepare(records: readonly ConsumedRecord[]): Promise<void>;
  of(record: ConsumedRecord): RecordWords;
}

const readAs = (registry: Registry, topic: string, record: FollowedRecord): TopicWords => {
  const serde = registry.reader<FollowedRecord>(topic, record);
  return {
    prepare: async (records) => serde.prepare?.(records.map(({ value }) => value)),
    of: ({ value }) => describeRecord(record, serde.deserialize(value ?? Buffer.alloc(0))),
  };
};

const header = (headers: Headers, name: string): string | null => headers[name]?.toString() ?? null;

/** Its bytes are those of the record that died, whichever that was: the headers tell. */
const deadLetterWords: TopicWords = {
  prepare: () => Promise.resolve(),
  of: ({ headers }) => {
    const [code, message, topic] = ['code', 'message', 'topic'].map(
      (name) => header(headers, `__streams.errors.${name}`) ?? '',
    );
    return { what: `${code}: ${message} (from ${topic})`, eventId: null, correlationId: null };
  },
};

/** Every partition of the topics that exist, and what lies between its ends. */
const partitionsOf = async (admin: StreamAdmin, names: readonly string[]) => {
  const counts = await admin.partitionCounts(names);
  const partitions = names.flatMap((topic) =>
    Array.from({ length: counts.get(topic) ?? 0 }, (_, partition) => ({ topic, partition })),
  );
  return Promise.all(partitions.map(async (partition) => ({ ...partition, ...(await admin.offsets(partition)) })));
};

/** @throws DependencyUnavailableError */
export const createTopicHops = async (options: TopicHopsOptions): Promise<TopicHops> => {
  const { brokers, from, logger } = options;
  const supplier = kafkajsClientSupplier({ brokers, clientId: 'points-follow', logger, replicationFactor: 1 });
  const registry = createRegistry({ url: options.registry });
  const words = new Map<string, TopicWords>([
    ...followed.map(({ name, record }) => [name, readAs(registry, name, record)] as const),
    [deadLetters.name, deadLetterWords],
  ]);
  const admin = supplier.admin();
  await admin.connect();
  const ends = await partitionsOf(admin, [...words.keys()]).finally(() => admin.close());

  const found = new Map<string, Hop[]>();
  const unread = new Set(
    ends
      .filter(({ low, high }) => from === 'beginning' && low < high)
      .map(({ topic, partition }) => `${topic}/${partition}`),
  );
  const allRead = Promise.withResolvers<null>();
  allRead.promise.catch(() => undefined);
  if (unread.size === 0) allRead.resolve(null);

  const note = (topicWords: TopicWords, record: ConsumedRecord): void => {
    let said: RecordWords;
    try {
      said = topicWords.of(record);
    } catch {
      // What nobody can read says nothing.
      said = { what: 'cannot be read', eventId: null, correlationId: null };
    }
    const correlationId = header(record.headers, 'correlation_id') ?? said.correlationId;
    if (correlationId === null) return;
    const hop = { at: record.timestamp, where: record.topic, what: said.what, eventId: said.eventId };
    found.set(correlationId, [...(found.get(correlationId) ?? []), hop]);
  };
  const onFetched = async ({ partition: { topic, partition }, records, next }: FetchedChunk): Promise<void> => {
    const topicWords = words.get(topic);
    if (topicWords !== undefined && records.length > 0) {
      await topicWords.prepare(records);
      for (const record of records) note(topicWords, record);
    }
    const end = ends.find((each) => each.topic === topic && each.partition === partition);
    if (next >= (end?.high ?? 0)) unread.delete(`${topic}/${partition}`);
    if (unread.size === 0) allRead.resolve(null);
  };
  const reader = supplier.topicReader({
    positions: ends.map(({ topic, partition, low, high }) => ({
      ...{ topic, partition },
      offset: from === 'beginning' ? low : high,
    })),
    onFetched,
    onCrash: (error, restarts) => {
      if (!restarts) allRead.reject(error);
    },
  });
  await reader.start();
  return {
    of: (correlationId) => found.get(correlationId) ?? [],
    untilRead: async () => {
      await allRead.promise;
    },
    close: () => reader.stop(),
  };
};
