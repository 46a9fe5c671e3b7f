import { errorCode, isRetryable, toError } from '../../common/errors.ts';
import type { ConsumedRecord, Headers, ProducedRecord } from '../record.ts';

/** Where on its way a record failed; each has its own exception handler, as in Kafka Streams. */
export type FailureStage = 'deserialization' | 'processing' | 'production';

export interface RecordFailure {
  readonly stage: FailureStage;
  /** The node that could not go on. */
  readonly node: string;
  readonly source: ConsumedRecord;
  readonly error: Error;
}

/** CONTINUE drops the record (to the dead letters, where the topology names a topic); FAIL stops the streams. */
export type HandlerResponse = 'CONTINUE' | 'FAIL';
export type ExceptionHandler = (failure: RecordFailure) => HandlerResponse;

export interface ExceptionHandlers {
  readonly deserialization: ExceptionHandler;
  readonly processing: ExceptionHandler;
  readonly production: ExceptionHandler;
}

/** Each stage asks a handler of its own; all of them are told the same. */
export type DeserializationExceptionHandler = ExceptionHandler;
export type ProcessingExceptionHandler = ExceptionHandler;
export type ProductionExceptionHandler = ExceptionHandler;

/** In Kafka Streams' names. Every failure is logged, whatever the answer. */
export const LogAndContinueExceptionHandler: ExceptionHandler = () => 'CONTINUE';
export const LogAndFailExceptionHandler: ExceptionHandler = () => 'FAIL';

const maxStackLength = 4_000;

/**
 * The record's own bytes, with headers that tell why and where from. Names with `__streams.errors` are those of Kafka
 * Streams' dead letter queue; its own headers travel on.
 */
export function deadLetterOf({ stage, node, source, error }: RecordFailure, attempts: number): ProducedRecord {
  const provenance: Headers = {
    '__streams.errors.exception': error.name,
    '__streams.errors.code': errorCode(error),
    '__streams.errors.message': error.message,
    '__streams.errors.stacktrace': (error.stack ?? '').slice(0, maxStackLength),
    '__streams.errors.stage': stage,
    '__streams.errors.node': node,
    '__streams.errors.topic': source.topic,
    '__streams.errors.partition': String(source.partition),
    '__streams.errors.offset': String(source.offset),
    '__streams.errors.timestamp': String(source.timestamp),
    '__streams.errors.attempts': String(attempts),
    '__streams.errors.retryable': String(isRetryable(error)),
  };
  const { key, value, timestamp, headers } = source;
  return { key, value, timestamp, headers: { ...headers, ...provenance } };
}

export const failure = (stage: FailureStage, node: string, source: ConsumedRecord, error: unknown): RecordFailure => ({
  stage,
  node,
  source,
  error: toError(error),
});
