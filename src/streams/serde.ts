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
  /** Of a key: the bytes that choose its partition, where they are not all of it. Absent: the serialized key. */
  partitionBytes?(value: T): Buffer;
}

export const stringSerde: Serde<string> = {
  serialize: (value) => Buffer.from(value, 'utf8'),
  deserialize: (bytes) => bytes.toString('utf8'),
};

/** Whole numbers as Kafka's own long serde writes them, 8 bytes big endian; up to 2^53 either way. */
export const longSerde: Serde<number> = {
  serialize: (value) => {
    if (!Number.isSafeInteger(value)) throw new RangeError(`${String(value)} is not a whole number up to 2^53`);
    const bytes = Buffer.allocUnsafe(8);
    bytes.writeBigInt64BE(BigInt(value));
    return bytes;
  },
  deserialize: (bytes) => {
    if (bytes.length !== 8) throw new RangeError(`A long has 8 bytes, not ${String(bytes.length)}`);
    const value = Number(bytes.readBigInt64BE());
    if (!Number.isSafeInteger(value)) throw new RangeError('A long beyond 2^53 has no exact number');
    return value;
  },
};

/** For tests, tools and internal stores; topics that others read have a schema. */
export const jsonSerde = <T>(): Serde<T> => ({
  serialize: (value) => Buffer.from(JSON.stringify(value), 'utf8'),
  deserialize: (bytes) => JSON.parse(bytes.toString('utf8')) as T,
});
