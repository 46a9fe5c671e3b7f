import { createKafka, kafkajsClientSupplier, type KafkaOptions } from '../../adapters/kafka/index.ts';
import type { Logger } from '../../common/logger.ts';
import type { PlainProducer, StreamAdmin } from '../../streams/ports.ts';
import type { Config } from '../config.ts';
import { openTransport, type Transport, type TransportConfig } from '../transport.ts';
import { waitFor } from '../wait-for.ts';

/** Kafka as somebody uses it who looks at topics or copies between them. */
export interface OperatorKafka {
  readonly admin: StreamAdmin;
  readonly createClient: () => ReturnType<typeof createKafka>;
  readonly createProducer: () => PlainProducer;
  /** Where a key's records are, among so many partitions. */
  readonly partitionOf: (key: string, partitions: number) => number;
  readonly close: () => Promise<void>;
}

/** An operator who waits longer wants to know. */
export const operatorPatienceMs = 10_000;

/** @throws DependencyUnavailableError when Kafka does not answer within 10 s */
export async function connectOperatorKafka(
  config: Pick<Config<'dlq'>, 'kafkaBrokers' | 'applicationId' | 'replicationFactor'> & TransportConfig,
  logger: Logger,
  { kafka: security }: Pick<Transport, 'kafka'> = openTransport(config, { logger }),
): Promise<OperatorKafka> {
  const { kafkaBrokers: brokers, applicationId, replicationFactor } = config;
  const options: KafkaOptions = { brokers, clientId: `${applicationId}-operator`, logger, security };
  const supplier = kafkajsClientSupplier({ ...options, replicationFactor });
  const admin = supplier.admin();
  const signal = new AbortController().signal;
  await waitFor('Kafka', () => admin.connect(), { logger, signal, timeoutMs: operatorPatienceMs });
  return {
    admin,
    createClient: () => createKafka(options),
    createProducer: () => supplier.producer(),
    partitionOf: (key, partitions) => supplier.partitionOf(Buffer.from(key), partitions),
    close: () => admin.close(),
  };
}
