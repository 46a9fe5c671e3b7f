import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka, Message, Producer, Transaction } from 'kafkajs';
import {
  CommitFailedError,
  type CommitUnit,
  type PartitionOffset,
  type PartitionSend,
  type ProducedRecord,
  ProducerFencedError,
  type TransactionalProducer,
  type TransactionalProducerOptions,
} from '../../streams/ports.ts';
import { within } from './deadline.ts';
import { protocolTypeOf, unavailable } from './errors.ts';
import { kafkajs } from './kafkajs.ts';
import { chunksOf, messageOf } from './messages.ts';

/**
 * kafkajs stays with the first broker it asks, even one that is frozen and answers nothing. Who is told in time comes
 * again with a new producer, which asks another.
 */
const connectWithinMs = 5_000;

/** How the broker tells a producer that a newer one of its transactional id, or the coordinator, has taken its place. */
const fencingTypes = new Set(['PRODUCER_FENCED', 'INVALID_PRODUCER_EPOCH', 'INVALID_PRODUCER_ID_MAPPING']);

/**
 * A kafkajs producer under the rules found by running it: thrown away after anything that fails, as it rolls sequence
 * numbers back and cannot be used after a failed commit; and no send is ever repeated by kafkajs itself. A send that spans
 * brokers is what it loses records of when it repeats it: it remembers which broker has answered, not which partition, and
 * takes one that has moved to such a broker for sent. Never repeated, all of a transaction's partitions can share a send,
 * which asks the coordinator and each broker once instead of once for each partition.
 */
export function createTransactionalProducer(
  kafka: Kafka,
  options: TransactionalProducerOptions,
): TransactionalProducer {
  const { transactionalId, transactionTimeoutMs } = options;
  const producer: Producer = kafka.producer({
    transactionalId,
    transactionTimeout: transactionTimeoutMs,
    maxInFlightRequests: 1,
    // A transaction's sends are idempotent whatever this says, and only so kafkajs lets itself be told to repeat nothing.
    idempotent: false,
    retry: { retries: 0 },
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });

  const failed = (error: unknown): Error => {
    const facts = { transactional_id: transactionalId, type: protocolTypeOf(error) };
    return fencingTypes.has(facts.type ?? '')
      ? new ProducerFencedError('The producer was fenced', { cause: error, facts })
      : new CommitFailedError('The transaction did not end in a commit we know of', { cause: error, facts });
  };

  return {
    async init() {
      try {
        await within(connectWithinMs, producer.connect());
        // kafkajs initializes lazily; beginning a transaction and giving it up sends InitProducerId and nothing else.
        const transaction = await producer.transaction();
        await transaction.abort();
      } catch (error) {
        throw unavailable(error, { transactional_id: transactionalId });
      }
    },
    async commit(unit: CommitUnit): Promise<readonly PartitionOffset[]> {
      try {
        const transaction = await producer.transaction();
        const ends = await sendAllWithin(transaction, unit);
        await transaction.commit();
        return ends;
      } catch (error) {
        throw failed(error);
      }
    },
    async close() {
      await producer.disconnect();
    },
  };
}

/**
 * Offsets and records. What a transaction begins with may be refused and is asked again, so it is one request: of several
 * under way at once, some could have been taken.
 */
async function sendAllWithin(transaction: Transaction, unit: CommitUnit): Promise<readonly PartitionOffset[]> {
  if (unit.offsets.length > 0) {
    await whenNotBusy(() => sendOffsetsWithin(transaction, unit));
    return sendWithin(transaction, unit.sends);
  }
  const begun = await whenNotBusy(() => sendWithin(transaction, unit.sends.slice(0, 1)));
  return [...begun, ...(await sendWithin(transaction, unit.sends.slice(1)))];
}

/** @returns for each send, the offset behind its records and the transaction's marker, which takes one place too */
async function sendWithin(
  transaction: Transaction,
  sends: readonly PartitionSend[],
): Promise<readonly PartitionOffset[]> {
  const chunked = sends.map(({ topic, partition, records }) => ({ topic, partition, chunks: chunksOf(records) }));
  const ends = new Map<string, number>();
  // As many rounds as the longest of them has chunks; most have one.
  for (let round = 0; chunked.some(({ chunks }) => round < chunks.length); round += 1) {
    const due = chunked.flatMap(({ topic, partition, chunks }) => {
      const chunk = chunks[round];
      return chunk === undefined
        ? []
        : [{ topic, partition, count: chunk.length, messages: messagesOf(chunk, partition) }];
    });
    const topicMessages = due.map(({ topic, messages }) => ({ topic, messages }));
    const written = await transaction.sendBatch({ acks: -1, topicMessages });
    const bases = new Map(
      written.map((each) => [placeOf(each.topicName, each.partition), Number(each.baseOffset ?? 0)]),
    );
    for (const { topic, partition, count } of due) {
      const place = placeOf(topic, partition);
      ends.set(place, (bases.get(place) ?? 0) + count + 1);
    }
  }
  return sends.map(({ topic, partition }) => ({ topic, partition, offset: ends.get(placeOf(topic, partition)) ?? 0 }));
}

const placeOf = (topic: string, partition: number): string => `${topic}/${String(partition)}`;

const messagesOf = (records: readonly ProducedRecord[], partition: number): Message[] =>
  records.map((record) => messageOf(record, partition));

/** Once a transaction has begun to send, the coordinator has finished the one before. */
const coordinatorBusy = 'CONCURRENT_TRANSACTIONS';
const busyRetryMs = 2;
const maxBusyRetries = 2_500;

/**
 * What a transaction begins with the coordinator refuses while it still writes the markers of the one before. Nothing has
 * happened then, so the same producer may ask again.
 */
async function whenNotBusy<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      if (protocolTypeOf(error) !== coordinatorBusy || attempt === maxBusyRetries) throw error;
      await sleep(busyRetryMs);
    }
  }
}

const sendOffsetsWithin = (transaction: Transaction, { groupId, offsets }: CommitUnit): Promise<void> =>
  transaction.sendOffsets({ consumerGroupId: groupId, topics: offsetsOf(offsets) });

/** kafkajs passes metadata on to the broker, but its types do not say so. */
interface OffsetWithMetadata {
  readonly partition: number;
  readonly offset: string;
  readonly metadata: string | null;
}

const offsetsOf = (offsets: readonly PartitionOffset[]): { topic: string; partitions: OffsetWithMetadata[] }[] =>
  offsets.map(({ topic, partition, offset, metadata }) => ({
    topic,
    partitions: [{ partition, offset: String(offset), metadata: metadata ?? null }],
  }));
