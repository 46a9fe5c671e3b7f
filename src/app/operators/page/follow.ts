import type { TopicPositions } from '../../../adapters/kafka/index.ts';
import { createFollowedDocuments, type MongoConnection } from '../../../adapters/mongo/index.ts';
import type { Registry } from '../../../adapters/registry/index.ts';
import type { Clock } from '../../../common/clock.ts';
import { foreignTopics, topics } from '../../../contracts/index.ts';
import { describeRecord, type FollowedRecord, search } from '../../../follow/index.ts';
import type { FollowedTopicReader, RecordReader } from '../../../follow/ports.ts';
import type { Follow } from '../../../operator/ports.ts';
import { readDeadLetter } from '../../../replay/index.ts';
import type { OperatorKafka } from '../operator-kafka.ts';
import type { Reopening } from './reopening.ts';

/** What one question may cost. A day of a busy service is more: then it says how far it came. */
const maxBytes = 256 * 1024 * 1024;
const maxMs = 20_000;

const { deadLetters, ...ours } = topics;
const recordOf = new Map<string, FollowedRecord>(
  [...Object.values(ours), ...Object.values(foreignTopics)].map(({ name, record }) => [name, record]),
);

const readerOf = ({ admin }: OperatorKafka, positions: TopicPositions): FollowedTopicReader => ({
  ends: (topic) => positions.ends(topic),
  since: (topic, timeMs) => positions.since(topic, timeMs),
  read: (place, range, onBatch) => admin.read(place, range, (records) => onBatch(records)),
});

interface Named {
  readonly merchant_id?: unknown;
  readonly customer_id?: unknown;
}

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

const recordsOf = (registry: Registry): RecordReader => ({
  async read(record) {
    const nobody = { merchantId: null, customerId: null };
    if (record.topic === deadLetters.name) {
      const { code, message, source } = readDeadLetter(record);
      const what = `${code}: ${message} (from ${source?.topic ?? 'an unknown topic'})`;
      return { what, eventId: null, correlationId: null, ...nobody };
    }
    const name = recordOf.get(record.topic);
    try {
      if (name === undefined || record.value === null) {
        return { what: 'no value', eventId: null, correlationId: null, ...nobody };
      }
      const serde = registry.reader<FollowedRecord>(record.topic, name);
      await serde.prepare?.([record.value]);
      const value = serde.deserialize(record.value);
      const { merchant_id, customer_id } = value as Named;
      const account = { merchantId: textOrNull(merchant_id), customerId: textOrNull(customer_id) };
      return { ...describeRecord(name, value), ...account };
    } catch {
      // What nobody can read says nothing, but it is there.
      return { what: 'cannot be read', eventId: null, correlationId: null, ...nobody };
    }
  },
});

export interface CreateFollowParts {
  readonly kafka: Reopening<OperatorKafka>;
  readonly positions: () => Promise<TopicPositions>;
  readonly mongo: Reopening<MongoConnection>;
  readonly registry: Registry;
  readonly clock: Clock;
}

/** Follows an id over the real topics, back in time, within bounds. */
export const createFollow = ({ kafka, positions, mongo, registry, clock }: CreateFollowParts): Follow => {
  const records = recordsOf(registry);
  const documents = {
    of: (...asked: readonly [string, string, string]) =>
      mongo.use((connection) => createFollowedDocuments(connection).of(...asked)),
  };
  const names = [...recordOf.keys(), deadLetters.name];
  return (correlationId, longestMs) =>
    kafka.use(async (opened) => {
      // A connection of its own for each search: one that has failed before is no reason to fail.
      const places = await positions();
      try {
        return await search(
          { topics: names, reader: readerOf(opened, places), records, documents, clock },
          { correlationId, longestMs, maxBytes, maxMs },
        );
      } finally {
        await places.close();
      }
    });
};
