import { createRequire } from 'node:module';
import type SortedBTree from 'sorted-btree';

// The package is CommonJS with a default export, which Node and the test runner unwrap differently; `require` is the
// same in both.
const { default: BTree } = createRequire(import.meta.url)('sorted-btree') as typeof SortedBTree;

/** A map in the order of its keys. */
export type SortedMap<K, V> = SortedBTree.default<K, V>;

export const sortedMap = <K, V>(compare: (a: K, b: K) => number): SortedMap<K, V> =>
  new BTree<K, V>(undefined, compare);
