import type { Kafka } from 'kafkajs';
import type { PlainProducer } from '../../streams/ports.ts';
import { unavailable } from './errors.ts';
import { kafkajs } from './kafkajs.ts';
import { chunksOf, messageOf } from './messages.ts';

/** Not idempotent: what it stores twice is absorbed downstream, what it loses sequence numbers over would not be. */
export function createPlainProducer(kafka: Kafka): PlainProducer {
  const producer = kafka.producer({
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  return {
    async connect() {
      await producer.connect().catch((error: unknown) => Promise.reject(unavailable(error)));
    },
    async send({ topic, partition, records }) {
      try {
        for (const chunk of chunksOf(records)) {
          await producer.send({ topic, acks: -1, messages: chunk.map((record) => messageOf(record, partition)) });
        }
      } catch (error) {
        throw unavailable(error, { topic });
      }
    },
    async close() {
      await producer.disconnect();
    },
  };
}
