import { type Clock, systemClock } from '../../common/clock.ts';
import { type Logger, silentLogger } from '../../common/logger.ts';
import { type NewId, randomId } from '../../common/new-id.ts';
import type { KafkaClientSupplier } from '../ports.ts';
import {
  type DeserializationExceptionHandler,
  type ExceptionHandlers,
  LogAndContinueExceptionHandler,
  LogAndFailExceptionHandler,
  type ProcessingExceptionHandler,
  type ProductionExceptionHandler,
  type RecordFailure,
} from './failures.ts';
import type { StreamsInterceptor } from './interceptor.ts';

export type ProcessingGuarantee = 'exactly_once' | 'at_least_once';

/** What happens when records that could still succeed keep failing. */
export interface RetryPolicy {
  /** Waits between attempts, in milliseconds; the last one repeats where `afterwards` is `keep-trying`. */
  readonly delaysMs: readonly number[];
  /** `give-up` hands the record to its exception handler, marked as retryable; `keep-trying` waits for better times. */
  readonly afterwards: 'give-up' | 'keep-trying';
}

/** What an observer may want to know; called synchronously, must not throw. */
export interface StreamsListener {
  onStateChange?(topology: string, state: string): void;
  onTaskState?(topology: string, taskId: string, state: string): void;
  /** The streams are in ERROR and do nothing any more. */
  onFatal?(topology: string, error: Error): void;
  onCommit?(topology: string, taskId: string, records: number, seconds: number): void;
  onFailure?(topology: string, failure: RecordFailure): void;
  onRetry?(topology: string, taskId: string, error: Error): void;
  /** How far a store is brought up: the next offset of its changelog, and the one to reach. */
  onRestoreProgress?(topology: string, taskId: string, store: string, position: number, end: number): void;
  onRestored?(topology: string, taskId: string, store: string, records: number, seconds: number): void;
}

export interface StreamsOptions {
  /** First part of the group's, the transactional ids' and the changelogs' names. */
  readonly applicationId: string;
  readonly clientSupplier: KafkaClientSupplier;
  /** Folder of this instance: its name, its place in the group, its state stores. No other instance may use it. */
  readonly stateDir: string;
  /** Default `exactly_once`. A topology without outputs to Kafka wants `at_least_once`: its sinks are safe to repeat. */
  readonly processingGuarantee?: ProcessingGuarantee;
  readonly logger?: Logger;
  readonly clock?: Clock;
  /** Names an instance whose `stateDir` has no name yet. Default: random UUIDs. */
  readonly newId?: NewId;
  readonly listener?: StreamsListener;
  /** Sees each micro-batch come and go. Default: none, which costs nothing. */
  readonly interceptor?: StreamsInterceptor;
  /** What becomes of a record that cannot be read. Default: a dead letter where the topology has a place for it, or FAIL. */
  readonly deserializationExceptionHandler?: DeserializationExceptionHandler;
  /** What becomes of a record that an operator cannot process. Default as above. */
  readonly processingExceptionHandler?: ProcessingExceptionHandler;
  /** What becomes of a record whose result cannot be written: it does not fit its serde, or is too large. Default as above. */
  readonly productionExceptionHandler?: ProductionExceptionHandler;
  /** host:port at which this instance answers queries of others; see `metadataForKey`. */
  readonly applicationServer?: string;
  /** Bytes of key and value that a topic takes at most, by its `max.message.bytes`. Default 1,000,000. */
  readonly maxRecordBytes?: number;
  readonly retryPolicy?: RetryPolicy;
  /** Records of a micro-batch at most. Default 1,000. */
  readonly maxBatchRecords?: number;
  /**
   * `exactly_once`: least time from the beginning of a transaction to that of the next, unless a batch is full; default 0.
   * What a broker does in a second is a number of transactions, so a few milliseconds of patience under steady load cost
   * little and free much; the first record after a pause never waits.
   * `at_least_once`: time between two commits of offsets, which batches do not wait for; default 1,000.
   */
  readonly commitIntervalMs?: number;
  /**
   * `at_least_once`: least time from the beginning of a task's batch to that of the next, unless one is full. Default 0: as
   * soon as the one before is done.
   */
  readonly lingerMs?: number;
  /**
   * While records keep coming, the broker gathers them for so long before it answers a fetch; the first after a pause is
   * handed over at once. Default 5: an answer for each record costs a broker more than the records do.
   */
  readonly fetchGatherMs?: number;
  /** Records waiting in a task above which its partitions are paused. Default 5,000. */
  readonly maxQueuedRecords?: number;
  /** The broker aborts a transaction that is open for longer. Default 10,000. */
  readonly transactionTimeoutMs?: number;
  /** Default 15,000. */
  readonly sessionTimeoutMs?: number;
  /** Default 20,000. */
  readonly rebalanceTimeoutMs?: number;
  /** How long closing waits for a batch in flight, e.g. while its broker is away. Default 3,000. */
  readonly finishWithinMs?: number;
  /** Replicas of the changelog topics it creates. Default 1. */
  readonly replicationFactor?: number;
  /** Idle time after which passed transaction markers are committed. Default 1,000. */
  readonly idleCommitMs?: number;
}

/** The options with every default filled in. */
export interface ExactOptions {
  readonly applicationId: string;
  readonly clientSupplier: KafkaClientSupplier;
  readonly stateDir: string;
  readonly processingGuarantee: ProcessingGuarantee;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly listener: StreamsListener;
  readonly interceptor: StreamsInterceptor | undefined;
  readonly exceptionHandlers: ExceptionHandlers;
  readonly applicationServer: string | undefined;
  readonly maxRecordBytes: number;
  readonly retryPolicy: RetryPolicy;
  readonly maxBatchRecords: number;
  readonly commitIntervalMs: number;
  readonly fetchGatherMs: number;
  readonly maxQueuedRecords: number;
  readonly lingerMs: number;
  readonly transactionTimeoutMs: number;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly finishWithinMs: number;
  readonly replicationFactor: number;
  readonly idleCommitMs: number;
}

/** `hasDeadLetters` decides what becomes of a bad record where no handler was given: without a place for it, stop. */
export function exactOptions(options: StreamsOptions, hasDeadLetters: boolean): ExactOptions {
  const { processingGuarantee = 'exactly_once' } = options;
  const handler = hasDeadLetters ? LogAndContinueExceptionHandler : LogAndFailExceptionHandler;
  return {
    applicationId: options.applicationId,
    clientSupplier: options.clientSupplier,
    stateDir: options.stateDir,
    processingGuarantee,
    logger: options.logger ?? silentLogger,
    clock: options.clock ?? systemClock,
    newId: options.newId ?? randomId,
    listener: options.listener ?? {},
    interceptor: options.interceptor,
    exceptionHandlers: {
      deserialization: options.deserializationExceptionHandler ?? handler,
      processing: options.processingExceptionHandler ?? handler,
      production: options.productionExceptionHandler ?? handler,
    },
    applicationServer: options.applicationServer,
    maxRecordBytes: options.maxRecordBytes ?? 1_000_000,
    retryPolicy: options.retryPolicy ?? { delaysMs: [1_000, 2_000, 4_000], afterwards: 'keep-trying' },
    maxBatchRecords: options.maxBatchRecords ?? 1_000,
    commitIntervalMs: options.commitIntervalMs ?? (processingGuarantee === 'exactly_once' ? 0 : 1_000),
    fetchGatherMs: options.fetchGatherMs ?? 5,
    maxQueuedRecords: options.maxQueuedRecords ?? 5_000,
    lingerMs: options.lingerMs ?? 0,
    transactionTimeoutMs: options.transactionTimeoutMs ?? 10_000,
    sessionTimeoutMs: options.sessionTimeoutMs ?? 15_000,
    rebalanceTimeoutMs: options.rebalanceTimeoutMs ?? 20_000,
    finishWithinMs: options.finishWithinMs ?? 3_000,
    replicationFactor: options.replicationFactor ?? 1,
    idleCommitMs: options.idleCommitMs ?? 1_000,
  };
}
