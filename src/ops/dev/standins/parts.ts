import type { Kafka } from 'kafkajs';
import type { Registry } from '../../../adapters/registry/index.ts';
import type { Clock } from '../../../common/clock.ts';
import type { Logger } from '../../../common/logger.ts';
import type { KafkaClientSupplier } from '../../../streams/ports.ts';
import type { Conduct } from './conduct.ts';

/** What every stand-in that works over Kafka is given. */
export interface StandinParts {
  readonly kafka: Kafka;
  readonly supplier: KafkaClientSupplier;
  readonly registry: Registry;
  readonly conduct: Conduct;
  /** Names the stand-in in every line. */
  readonly logger: Logger;
  readonly clock: Clock;
  /** Keeps what it must know after a restart. */
  readonly folder: string;
  /** Of its consumer group, which other runs on the same Kafka must not share. */
  readonly groupId: string;
}

/** A stand-in that works over Kafka. */
export interface RunningStandin {
  close(): Promise<void>;
}
