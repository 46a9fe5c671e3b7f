import { Kafka, logLevel } from 'kafkajs';
import type { Logger } from '../../common/logger.ts';

export interface KafkaOptions {
  /** host:port of at least one broker. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly logger: Logger;
}

/**
 * A kafkajs client with the settings every use of it here shares.
 *
 * `initialRetryTime` is 5 ms because a broker answers CONCURRENT_TRANSACTIONS to a transaction begun right after
 * another, and the default of 300 ms means 1-4 commits a second. Retries are bounded in time: callers have deadlines.
 */
export const createKafka = ({ brokers, clientId, logger }: KafkaOptions): Kafka =>
  new Kafka({
    brokers: [...brokers],
    clientId,
    connectionTimeout: 3_000,
    authenticationTimeout: 3_000,
    requestTimeout: 10_000,
    enforceRequestTimeout: true,
    retry: { initialRetryTime: 5, factor: 0.2, multiplier: 2, maxRetryTime: 1_000, retries: 12 },
    logLevel: logLevel.WARN,
    logCreator:
      () =>
      ({ level, namespace, log }) => {
        const { message, timestamp: _timestamp, logger: _logger, ...fields } = log;
        // kafkajs reports answers it goes on to retry as errors; what matters reaches us as a thrown error.
        const line = { client: 'kafkajs', namespace, ...fields };
        if (level === logLevel.ERROR || level === logLevel.WARN) logger.warn(line, message);
        else logger.debug(line, message);
      },
  });
