import type { ConsumedRecord } from '../../../src/streams/index.ts';

/** One record of the stream or the table; null is a deletion. */
export interface Step {
  readonly from: 'stream' | 'table';
  readonly key: string | null;
  readonly value: string | null;
  readonly timestamp: number;
}

/** Records as they lie in the topics `stream` and `table`, in the order they are taken. */
export const consumedOf = (steps: readonly Step[]): readonly ConsumedRecord[] =>
  steps.map(({ from, key, value, timestamp }, offset) => ({
    ...{ topic: from, partition: 0, offset, timestamp, headers: {} },
    key: key === null ? null : Buffer.from(key),
    value: value === null ? null : Buffer.from(value),
  }));
