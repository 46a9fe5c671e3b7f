import type { Serde } from '../serde.ts';

/** Which changes of a table are held back, and until when. */
export interface Suppressed<V> {
  /** Of the node; its store and changelog are called after it. Default: a generated one. */
  readonly name?: string;
  /** How held back values are written; needed behind `mapValues`. Default: the table's. */
  readonly valueSerde?: Serde<V>;
}

export const Suppressed = {
  /** Until a window takes no more records: one result for each key and window, the final one. */
  untilWindowCloses: <V>(options: Suppressed<V> = {}): Suppressed<V> => options,
};
