/**
 * Turns values of one topic into bytes and back, synchronously: the hot path has no promise per record.
 * What needs the network (a schema id not met before) is done once per batch, in `prepare`.
 */
export interface Serde<T> {
  /** Fetches what `deserialize` needs for these payloads. Rejects with a retryable error when that is away. */
  prepare?(payloads: readonly (Buffer | null)[]): Promise<void>;
  /** @throws when the value is not what the topic holds */
  serialize(value: T): Buffer;
  /** @throws when the bytes are not what the topic holds */
  deserialize(bytes: Buffer): T;
}

export const stringSerde: Serde<string> = {
  serialize: (value) => Buffer.from(value, 'utf8'),
  deserialize: (bytes) => bytes.toString('utf8'),
};

/** For tests, tools and internal stores; topics that others read have a schema. */
export const jsonSerde = <T>(): Serde<T> => ({
  serialize: (value) => Buffer.from(JSON.stringify(value), 'utf8'),
  deserialize: (bytes) => JSON.parse(bytes.toString('utf8')) as T,
});
