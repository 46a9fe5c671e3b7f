/** Makes one value of two; called with the key of the stream's record. It must say the same each time. */
export type ValueJoiner<K, V, VT, R> = (value: V, tableValue: VT, key: K) => R;
