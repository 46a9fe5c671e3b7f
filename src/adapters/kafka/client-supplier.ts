import type { KafkaClientSupplier } from '../../streams/ports.ts';
import { createKafka, type KafkaOptions } from './client.ts';
import { partitionOf } from './key-partitions.ts';
import { createPlainProducer } from './plain-producer.ts';
import { createStreamAdmin } from './stream-admin.ts';
import { createStreamConsumer } from './stream-consumer.ts';
import { createTopicReader } from './topic-reader.ts';
import { createTransactionalProducer } from './transactional-producer.ts';

/** kafkajs behind the engine's port. */
export const kafkajsClientSupplier = (
  options: KafkaOptions & { readonly replicationFactor: number },
): KafkaClientSupplier => {
  // A client of its own for each: a transactional producer marks offsets as committed before they are, in the memory
  // that a consumer of the same client reads.
  // Each begins with another broker: one that is frozen must not be the first that every new client asks.
  let turn = 0;
  const client = () => {
    const first = turn++ % options.brokers.length;
    return createKafka({ ...options, brokers: [...options.brokers.slice(first), ...options.brokers.slice(0, first)] });
  };
  return {
    consumer: (consumerOptions) => createStreamConsumer(client(), consumerOptions),
    transactionalProducer: (producerOptions) => createTransactionalProducer(client(), producerOptions),
    producer: () => createPlainProducer(client()),
    admin: () => createStreamAdmin(client(), options),
    topicReader: (readerOptions) => createTopicReader(client(), readerOptions),
    partitionOf,
  };
};
