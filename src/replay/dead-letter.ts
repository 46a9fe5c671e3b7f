import type { ConsumedRecord } from '../streams/ports.ts';
import { errorHeaderPrefix, headerText } from './headers.ts';
import { merchantOf } from './merchant-of.ts';

/** Where a record stood that could not be used. */
export interface Provenance {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Milliseconds since the epoch; null where the header does not tell. */
  readonly timestamp: number | null;
}

/** A record of points.dlq as its headers explain it. */
export interface DeadLetter {
  readonly partition: number;
  readonly offset: number;
  /** When it died, in milliseconds since the epoch: the topic dates records itself. */
  readonly diedAt: number;
  /** UUID by the record's key; null where the key names none. */
  readonly merchantId: string | null;
  /** Stable code; `UNKNOWN` for a record that something else than the engine put there. */
  readonly code: string;
  /** Class of the error. */
  readonly error: string;
  readonly message: string;
  readonly stack: string;
  /** deserialization, processing or production. */
  readonly stage: string;
  /** The node of the topology that could not go on. */
  readonly node: string;
  readonly attempts: number;
  /** Whether the same record may succeed with nothing about it changed. */
  readonly retryable: boolean;
  /** null where the headers do not say. */
  readonly source: Provenance | null;
}

const wholeNumber = (text: string | undefined): number | null => {
  const value = text !== undefined && /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : null;
};

/** Reads the headers of a dead letter; what they leave out, or garble, is told as unknown. */
export function readDeadLetter(record: ConsumedRecord): DeadLetter {
  const header = (name: string): string | undefined => headerText(record.headers, `${errorHeaderPrefix}${name}`);
  const topic = header('topic');
  const [partition, offset] = [wholeNumber(header('partition')), wholeNumber(header('offset'))];
  const isKnown = topic !== undefined && partition !== null && offset !== null;
  return {
    partition: record.partition,
    offset: record.offset,
    diedAt: record.timestamp,
    merchantId: merchantOf(record),
    code: header('code') ?? 'UNKNOWN',
    error: header('exception') ?? 'unknown',
    message: header('message') ?? '',
    stack: header('stacktrace') ?? '',
    stage: header('stage') ?? 'unknown',
    node: header('node') ?? 'unknown',
    attempts: wholeNumber(header('attempts')) ?? 1,
    retryable: header('retryable') === 'true',
    source: isKnown ? { topic, partition, offset, timestamp: wholeNumber(header('timestamp')) } : null,
  };
}
