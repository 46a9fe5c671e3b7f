import { createRegistry } from '../../adapters/registry/index.ts';
import { isRetryable, toError } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { type AvroRecords, type TopicContract, topics } from '../../contracts/index.ts';
import {
  type DeadLetter,
  findDeadLetter,
  listDeadLetters,
  type ListOptions,
  readDeadLetter,
} from '../../replay/index.ts';
import type { Config } from '../config.ts';
import { openTransport, type Transport } from '../transport.ts';
import { connectOperatorKafka } from './operator-kafka.ts';

/** A dead letter with what its bytes say. */
export interface OpenedDeadLetter {
  readonly letter: DeadLetter;
  /** Bytes of the value; null for a tombstone. */
  readonly bytes: number | null;
  /** The record as its schema reads it; records of ours have no personal data. */
  readonly value?: unknown;
  /** Why it cannot be read; the bytes are not shown then, as nobody knows what they hold. */
  readonly unreadable?: string;
}

export interface DeadLetters {
  list(options: ListOptions): Promise<readonly DeadLetter[]>;
  /** undefined where there is none at this place. */
  open(place: { readonly partition: number; readonly offset: number }): Promise<OpenedDeadLetter | undefined>;
  close(): Promise<void>;
}

const contracts: readonly TopicContract[] = Object.values(topics);

/** @throws DependencyUnavailableError when Kafka does not answer */
export async function openDeadLetters(
  config: Config<'dlq'>,
  logger: Logger,
  transport: Transport = openTransport(config, { logger }),
): Promise<DeadLetters> {
  const kafka = await connectOperatorKafka(config, logger, transport);
  const registry = createRegistry({ url: config.registryUrl, tls: transport.registry });

  const decode = async (
    topic: string | undefined,
    bytes: Buffer,
  ): Promise<Pick<OpenedDeadLetter, 'value' | 'unreadable'>> => {
    const record = contracts.find(({ name }) => name === topic)?.record as keyof AvroRecords | null | undefined;
    if (topic === undefined || record === null || record === undefined) {
      return { unreadable: 'Its topic is not one of ours, so neither is its schema' };
    }
    try {
      const serde = await registry.serde(topic, record);
      await serde.prepare?.([bytes]);
      return { value: serde.deserialize(bytes) };
    } catch (error) {
      if (isRetryable(error)) throw error;
      return { unreadable: toError(error).message };
    }
  };

  return {
    async list(options) {
      const { name } = topics.deadLetters;
      const partitions = (await kafka.admin.partitionCounts([name])).get(name) ?? 0;
      return listDeadLetters(kafka.admin, partitions, options);
    },
    async open(place) {
      const { name } = topics.deadLetters;
      const partitions = (await kafka.admin.partitionCounts([name])).get(name) ?? 0;
      if (place.partition >= partitions) return undefined;
      const record = await findDeadLetter(kafka.admin, place);
      if (record === undefined) return undefined;
      const letter = readDeadLetter(record);
      const bytes = record.value?.length ?? null;
      if (record.value === null) return { letter, bytes, unreadable: 'It has no value: a tombstone' };
      return { letter, bytes, ...(await decode(letter.source?.topic, record.value)) };
    },
    close: () => kafka.close(),
  };
}
