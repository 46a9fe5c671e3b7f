import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka, Producer, Transaction } from 'kafkajs';
import {
  CommitFailedError,
  type CommitUnit,
  type PartitionOffset,
  type PartitionSend,
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
 * A kafkajs producer under the rules found by running it: one topic-partition a send, one send in flight, and thrown
 * away after anything that fails, as it rolls sequence numbers back and cannot be used after a failed commit.
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
    idempotent: true,
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
        const ends: PartitionOffset[] = [];
        for (const send of unit.sends) ends.push(await sendWithin(transaction, send));
        await sendOffsetsWithin(transaction, unit);
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

/** @returns the offset behind the records and the transaction's marker, which takes one place in the partition */
async function sendWithin(
  transaction: Transaction,
  { topic, partition, records }: PartitionSend,
): Promise<PartitionOffset> {
  let next = 0;
  for (const chunk of chunksOf(records)) {
    const messages = chunk.map((record) => messageOf(record, partition));
    const [metadata] = await transaction.send({ topic, acks: -1, messages });
    next = Number(metadata?.baseOffset ?? 0) + chunk.length;
  }
  return { topic, partition, offset: next + 1 };
}

/** Once a transaction has begun to send, the coordinator has finished the one before. */
const coordinatorBusy = 'CONCURRENT_TRANSACTIONS';
const busyRetryMs = 5;
const maxBusyRetries = 1_000;

/**
 * In a transaction that sends nothing this is the first the coordinator hears of it. It refuses while it still writes
 * the markers of the transaction before, which kafkajs tries again for sends but not for offsets. Nothing has happened
 * then, so the same producer may ask again.
 */
async function sendOffsetsWithin(transaction: Transaction, { groupId, offsets }: CommitUnit): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await transaction.sendOffsets({ consumerGroupId: groupId, topics: offsetsOf(offsets) });
      return;
    } catch (error) {
      if (protocolTypeOf(error) !== coordinatorBusy || attempt === maxBusyRetries) throw error;
      await sleep(busyRetryMs);
    }
  }
}

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
