import { DeserializationError } from '../errors.ts';
import type { Serde } from '../serde.ts';

/**
 * An aggregate as its store keeps it. The value stays in the bytes of its serde: every record gets a copy of its own, so
 * that a function may change the aggregate it is given, as is usual in Kafka Streams, and what was stored before is not
 * changed by it when a batch is run again.
 */
export interface StoredAggregate {
  /** The greatest timestamp of the records in it, in milliseconds since the epoch. */
  readonly timestamp: number;
  /** Where its window begins; 0 without windows. */
  readonly windowStart: number;
  readonly bytes: Buffer;
}

/** Two times before the value. */
const headBytes = 16;

export const storedAggregateSerde = <V>(valueSerde: Serde<V>): Serde<StoredAggregate> => ({
  ...(valueSerde.prepare !== undefined && {
    prepare: (payloads) => valueSerde.prepare?.(payloads.map((bytes) => bytes && bytes.subarray(headBytes))) ?? nothing,
  }),
  serialize: ({ timestamp, windowStart, bytes }) => {
    const stored = Buffer.allocUnsafe(headBytes + bytes.length);
    stored.writeDoubleBE(timestamp, 0);
    stored.writeDoubleBE(windowStart, 8);
    bytes.copy(stored, headBytes);
    return stored;
  },
  deserialize: (stored) => {
    if (stored.length < headBytes) throw new DeserializationError('A stored aggregate has at least its two times');
    return {
      timestamp: stored.readDoubleBE(0),
      windowStart: stored.readDoubleBE(8),
      bytes: stored.subarray(headBytes),
    };
  },
});

const nothing = Promise.resolve();
