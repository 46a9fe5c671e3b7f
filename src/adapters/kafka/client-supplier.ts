import type { KafkaClientSupplier } from '../../streams/ports.ts';
import { createKafka, type KafkaOptions } from './client.ts';
import { partitionOf } from './key-partitions.ts';
import { createPlainProducer } from './plain-producer.ts';
import { createStreamAdmin } from './stream-admin.ts';
import { createStreamConsumer } from './stream-consumer.ts';
import { createTopicReader } from './topic-reader.ts';
import { createTransactionalProducer } from './transactional-producer.ts';

/**
 * All tasks of an instance wait for an answer that does not come. It is given up while the transaction could still be open,
 * and what follows has its time too.
 */
const requestOfTransaction = 0.4;

/** kafkajs behind the engine's port. */
export const kafkajsClientSupplier = (
  options: KafkaOptions & { readonly replicationFactor: number },
): KafkaClientSupplier => {
  // A client of its own for each: a transactional producer marks offsets as committed before they are, in the memory
  // that a consumer of the same client reads.
  // Each begins with another broker: one that is frozen must not be the first that every new client asks.
  let turn = 0;
  const client = (own: Partial<KafkaOptions> = {}) => {
    const first = turn++ % options.brokers.length;
    const brokers = [...options.brokers.slice(first), ...options.brokers.slice(0, first)];
    return createKafka({ ...options, brokers, ...own });
  };
  return {
    consumer: (consumerOptions) => createStreamConsumer(client(), consumerOptions),
    transactionalProducer: (producerOptions) => {
      const requestTimeoutMs = requestOfTransaction * producerOptions.transactionTimeoutMs;
      return createTransactionalProducer(client({ requestTimeoutMs }), producerOptions);
    },
    producer: () => createPlainProducer(client()),
    admin: () => createStreamAdmin(client(), options),
    topicReader: (readerOptions) => createTopicReader(client(), readerOptions),
    partitionOf,
  };
};
