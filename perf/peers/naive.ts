/**
 * What most teams would write for the same input: eachMessage, a claim in Redis against repeats, an insert, and the
 * balance counted up. It keeps none of the promises (a crash after the claim loses the order, one after the insert
 * loses its points), makes no outputs and has no order of entries; it is here for its speed.
 */
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry';
import { Redis } from 'ioredis';
import { Kafka, logLevel } from 'kafkajs';
import { MongoClient } from 'mongodb';
import type { IngestCommand, OrderCreated } from '../../src/contracts/index.ts';
import { answerParent } from '../rig/child.ts';

export interface NaiveQuestion {
  readonly brokers: readonly string[];
  readonly registry: string;
  readonly mongo: string;
  readonly database: string;
  readonly redis: string;
  readonly topic: string;
  /** Orders that lie there, and how many of them go by before the clock is started. */
  readonly orders: number;
  readonly warmUp: number;
}

export interface NaiveAnswer {
  readonly seconds: number;
}

/** As the registry's client decodes it by default: the branch of the union under its name. */
type Plain<Event extends IngestCommand> = Omit<Event, 'command'> & {
  readonly command: { readonly 'points.OrderCreated': OrderCreated };
};

async function run(question: NaiveQuestion): Promise<NaiveAnswer> {
  const redis = new Redis(question.redis);
  const mongo = await MongoClient.connect(question.mongo);
  const transactions = mongo.db(question.database).collection('transactions');
  const balances = mongo.db(question.database).collection('balances');
  await balances.createIndexes([{ key: { merchant_id: 1, customer_id: 1 }, unique: true }]);
  const registry = new SchemaRegistry({ host: question.registry });
  const kafka = new Kafka({ brokers: [...question.brokers], clientId: 'naive', logLevel: logLevel.ERROR });
  const consumer = kafka.consumer({ groupId: 'naive' });
  const done = Promise.withResolvers<number>();
  let handled = 0;
  let began = 0;

  await consumer.connect();
  await consumer.subscribe({ topics: [question.topic], fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => {
      const event = (await registry.decode(message.value!)) as Plain<IngestCommand>;
      const { event_id, merchant_id, customer_id, occurred_at, locale, command } = event;
      const claimed = await redis.set(`naive:${event_id}`, '1', 'EX', 86_400, 'NX');
      if (claimed !== 'OK') return;
      const { amount_minor, order_id } = command['points.OrderCreated'];
      const points = Math.floor(amount_minor / 100);
      await transactions.insertOne({ event_id, merchant_id, customer_id, points, order_id, locale, occurred_at });
      await balances.updateOne({ merchant_id, customer_id }, { $inc: { balance: points } }, { upsert: true });
      handled += 1;
      if (handled === question.warmUp) began = performance.now();
      if (handled === question.orders) done.resolve(performance.now());
    },
  });
  const ended = await done.promise;
  await consumer.disconnect();
  await mongo.close();
  redis.disconnect();
  return { seconds: (ended - began) / 1_000 };
}

answerParent(run);
