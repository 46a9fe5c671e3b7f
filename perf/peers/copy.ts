/**
 * The ceiling: kafkajs alone copies records from topic to topic and does nothing else. Asked with a range of the source
 * it copies that, and answers how long it took from joining its group to the last offsets committed. Stays up between
 * two ranges, so that the compiler is done.
 */
import kafkajs, { type Batch, Kafka, type KafkaMessage, logLevel, type Message, type Producer } from 'kafkajs';
import type { Stretch } from '../rig/backlog.ts';
import { answerParent } from '../rig/child.ts';

export interface CopyQuestion {
  readonly brokers: readonly string[];
  readonly mode: 'plain' | 'transactional';
  readonly from: string;
  readonly to: string;
  /** Group of this copy alone. */
  readonly groupId: string;
  readonly stretches: readonly Stretch[];
}

export interface CopyAnswer {
  readonly records: number;
  readonly seconds: number;
}

const batchRecords = 1_000;

/** Sends a batch to its partition, and commits what comes next to be read. */
type Copy = (partition: number, messages: readonly Message[], next: number) => Promise<void>;

const producerOptions = {
  createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  allowAutoTopicCreation: false,
  maxInFlightRequests: 1,
} as const;

/** One transactional producer a partition, as a partition has one writer. */
async function transactionalCopy(kafka: Kafka, { from, to, groupId, stretches }: CopyQuestion) {
  const producers = new Map<number, Producer>();
  for (const { partition } of stretches) {
    const transactionalId = `${groupId}-${partition}`;
    const producer = kafka.producer({ ...producerOptions, transactionalId, idempotent: true });
    await producer.connect();
    producers.set(partition, producer);
  }
  const copy: Copy = async (partition, messages, next) => {
    const transaction = await producers.get(partition)!.transaction();
    await transaction.send({ topic: to, acks: -1, messages: [...messages] });
    const offsets = [{ partition, offset: String(next) }];
    await transaction.sendOffsets({ consumerGroupId: groupId, topics: [{ topic: from, partitions: offsets }] });
    await transaction.commit();
  };
  return { copy, close: () => Promise.all([...producers.values()].map((producer) => producer.disconnect())) };
}

async function plainCopy(kafka: Kafka, { from, to }: CopyQuestion, commit: (offset: object) => Promise<void>) {
  const producer = kafka.producer(producerOptions);
  await producer.connect();
  const copy: Copy = async (partition, messages, next) => {
    await producer.send({ topic: to, acks: -1, messages: [...messages] });
    await commit({ topic: from, partition, offset: String(next) });
  };
  return { copy, close: () => producer.disconnect() };
}

const messageOf = ({ key, value, headers, timestamp }: KafkaMessage, partition: number): Message => ({
  key,
  value,
  partition,
  timestamp,
  ...(headers && { headers }),
});

async function copyRange(question: CopyQuestion): Promise<CopyAnswer> {
  const { brokers, from, groupId, stretches, mode } = question;
  // The package as it is published, not as our adapter corrects it; only its first retry is as soon as ours, without which
  // a transaction right after another would wait for 300 ms.
  const retry = { initialRetryTime: 5, factor: 0.2, multiplier: 2, maxRetryTime: 1_000, retries: 12 };
  const client = () => new Kafka({ brokers: [...brokers], clientId: 'bench-copy', retry, logLevel: logLevel.NOTHING });
  const consumer = client().consumer({ groupId });
  const commit = (offset: object): Promise<void> => consumer.commitOffsets([offset as never]);
  const { copy, close } =
    mode === 'plain' ? await plainCopy(client(), question, commit) : await transactionalCopy(client(), question);
  const ends = new Map(stretches.map(({ partition, to }) => [partition, to]));
  const done = Promise.withResolvers<number>();
  let began = 0;
  let records = 0;

  const copyBatch = async ({ partition, messages }: Batch): Promise<void> => {
    const end = ends.get(partition) ?? 0;
    const wanted = messages.filter(({ offset }) => Number(offset) < end);
    for (let at = 0; at < wanted.length; at += batchRecords) {
      const batch = wanted.slice(at, at + batchRecords);
      const next = Number(batch.at(-1)?.offset) + 1;
      await copy(
        partition,
        batch.map((message) => messageOf(message, partition)),
        next,
      );
      records += batch.length;
      if (next === end) ends.delete(partition);
    }
    if (ends.size === 0) done.resolve(performance.now());
  };

  await consumer.connect();
  await consumer.subscribe({ topics: [from], fromBeginning: true });
  consumer.on(consumer.events.GROUP_JOIN, () => {
    began = performance.now();
    for (const { partition, from: offset } of stretches) {
      consumer.seek({ topic: from, partition, offset: String(offset) });
    }
  });
  consumer.on(consumer.events.CRASH, ({ payload: { error } }) => done.reject(error));
  await consumer.run({
    autoCommit: false,
    partitionsConsumedConcurrently: stretches.length,
    eachBatch: ({ batch }) => copyBatch(batch),
  });
  const ended = await done.promise;
  await consumer.disconnect();
  await close();
  return { records, seconds: (ended - began) / 1_000 };
}

answerParent(copyRange);
