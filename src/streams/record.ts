/** Headers as Kafka carries them; a name may stand more than once. */
export type Headers = Readonly<Record<string, Buffer | string | readonly (Buffer | string)[] | undefined>>;

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** A name for a topic-partition, as a key of maps: no topic's name has a slash in it. */
export const placeOf = ({ topic, partition }: TopicPartition): string => `${topic}/${String(partition)}`;

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
  /**
   * The record that was read and led to this one; a dead letter carries its bytes. What a punctuator made out of nothing
   * that was read has a stand-in without bytes, whose topic is the node's name.
   */
  readonly source: ConsumedRecord;
}

/** A record that was not made from one that came: by a punctuator, or out of a store. */
export interface NewRecord<K, V> {
  readonly key: K;
  readonly value: V;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly headers?: Headers;
  /** The record it stems from, where the operator kept it: a dead letter then carries its bytes. */
  readonly source?: ConsumedRecord;
}

/** A record about to be sent. */
export interface ProducedRecord {
  /** Absent: the partition with the number of the task that sends it. */
  readonly partition?: number;
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
