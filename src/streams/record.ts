/** Headers as Kafka carries them; a name may stand more than once. */
export type Headers = Readonly<Record<string, Buffer | string | readonly (Buffer | string)[] | undefined>>;

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** A record as it was read: bytes not looked into yet. */
export interface ConsumedRecord extends TopicPartition {
  /** 64-bit at the broker; a number holds it exactly up to 2^53, which no partition reaches. */
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Milliseconds since the epoch: when it was produced (or appended, by the topic's setting). */
  readonly timestamp: number;
  readonly headers: Headers;
}

/** A record on its way through a topology. Operators make new ones, and keep `source` as it is. */
export interface StreamRecord<K, V> {
  readonly key: K;
  readonly value: V;
  readonly timestamp: number;
  readonly headers: Headers;
  /** The record that was read and led to this one; a dead letter carries its bytes. */
  readonly source: ConsumedRecord;
}

/** A record about to be sent; its partition is the sending task's own. */
export interface ProducedRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly timestamp: number;
  readonly headers: Headers;
}

/** The same record with another value: key, time, headers and source stay. */
export const withValue = <K, V, R>(record: StreamRecord<K, V>, value: R): StreamRecord<K, R> => ({
  key: record.key,
  value,
  timestamp: record.timestamp,
  headers: record.headers,
  source: record.source,
});
