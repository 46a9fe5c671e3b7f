import type { KafkaClientSupplier } from '../../streams/ports.ts';
import { createKafka, type KafkaOptions } from './client.ts';
import { createPlainProducer } from './plain-producer.ts';
import { createStreamAdmin } from './stream-admin.ts';
import { createStreamConsumer } from './stream-consumer.ts';
import { createTransactionalProducer } from './transactional-producer.ts';

/** kafkajs behind the engine's port. */
export const kafkajsClientSupplier = (
  options: KafkaOptions & { readonly replicationFactor: number },
): KafkaClientSupplier => {
  // A client of its own for each: a transactional producer marks offsets as committed before they are, in the memory
  // that a consumer of the same client reads.
  const client = () => createKafka(options);
  return {
    consumer: (consumerOptions) => createStreamConsumer(client(), consumerOptions),
    transactionalProducer: (producerOptions) => createTransactionalProducer(client(), producerOptions),
    producer: () => createPlainProducer(client()),
    admin: () => createStreamAdmin(client(), options),
  };
};
