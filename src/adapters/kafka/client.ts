import type { Kafka } from 'kafkajs';
import type { Logger } from '../../common/logger.ts';
import { kafkajs } from './kafkajs.ts';
import { type KafkaSecurity, securityOf } from './security.ts';

const { logLevel } = kafkajs;

export interface KafkaOptions {
  /** host:port of at least one broker. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly logger: Logger;
  /** A request that is not answered for so long has failed; its outcome is unknown. Default 10,000. */
  readonly requestTimeoutMs?: number;
  /** Plain text without a log-in by default. */
  readonly security?: KafkaSecurity | undefined;
}

/** Parts of kafkajs that report every try they go on to repeat; what comes of it in the end reaches us as a thrown error. */
const retrying: ReadonlySet<string> = new Set(['Connection', 'BrokerPool', 'RequestQueue']);

/**
 * The brokers to begin with, another at each call. kafkajs begins every connection with the first it is given, so one
 * that accepts connections and answers nothing would keep every new client out of a cluster that lives.
 */
const inTurn = (brokers: readonly string[]): (() => string[]) => {
  let turn = 0;
  return () => {
    const first = turn++ % brokers.length;
    return brokers.slice(first, first + 1);
  };
};

/**
 * A kafkajs client with the settings every use of it here shares.
 *
 * `initialRetryTime` is 5 ms because a broker answers CONCURRENT_TRANSACTIONS to a transaction begun right after
 * another, and the default of 300 ms means 1-4 commits a second. Retries are bounded in time: callers have deadlines.
 */
export const createKafka = ({
  brokers,
  clientId,
  logger,
  requestTimeoutMs = 10_000,
  security = {},
}: KafkaOptions): Kafka =>
  new kafkajs.Kafka({
    brokers: inTurn(brokers),
    ...securityOf(security),
    clientId,
    connectionTimeout: 3_000,
    authenticationTimeout: 3_000,
    requestTimeout: requestTimeoutMs,
    enforceRequestTimeout: true,
    retry: { initialRetryTime: 5, factor: 0.2, multiplier: 2, maxRetryTime: 1_000, retries: 12 },
    logLevel: logLevel.WARN,
    logCreator:
      () =>
      ({ level, namespace, log }) => {
        const { message, timestamp: _timestamp, logger: _logger, ...fields } = log;
        const line = { client: 'kafkajs', namespace, ...fields };
        if (level <= logLevel.WARN && !retrying.has(namespace)) logger.warn(line, message);
        else logger.debug(line, message);
      },
  });
