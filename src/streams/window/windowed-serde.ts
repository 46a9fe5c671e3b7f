import { DeserializationError } from '../errors.ts';
import { longSerde, type Serde } from '../serde.ts';
import type { Windowed } from './time-windows.ts';

const startBytes = 8;

/**
 * Windowed keys in the format of Kafka's own `TimeWindowedSerde`, which Java reads: the key's bytes, then the window's
 * start as 8 bytes, big endian. The end is not written; a reader has to know the size. The partition is chosen by the
 * key alone, so that all windows of a key lie together.
 *
 * @param sizeMs as of the `TimeWindows` that made the keys
 */
export const windowedSerde = <K>(keySerde: Serde<K>, sizeMs: number): Serde<Windowed<K>> => ({
  serialize: ({ key, window }) => Buffer.concat([keySerde.serialize(key), longSerde.serialize(window.start)]),
  deserialize: (bytes) => {
    if (bytes.length < startBytes)
      throw new DeserializationError('A windowed key has at least the 8 bytes of its start');
    const start = longSerde.deserialize(bytes.subarray(-startBytes));
    return { key: keySerde.deserialize(bytes.subarray(0, -startBytes)), window: { start, end: start + sizeMs } };
  },
  partitionBytes: ({ key }) => keySerde.partitionBytes?.(key) ?? keySerde.serialize(key),
});
