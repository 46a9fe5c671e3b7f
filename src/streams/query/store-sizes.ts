import type { LocalState } from '../state/store.ts';
import type { Topology } from '../topology/topology.ts';

/** How large the part of a store is that one task has. */
export interface StoreSize {
  readonly store: string;
  /** Of the sub-topology that has the store. */
  readonly subTopology: number;
  readonly partition: number;
  /** About; on disk what was written last is not in it yet. */
  readonly bytes: number;
  /** Null where counting them would take long. */
  readonly entries: number | null;
}

/** Above it entries are not counted: each has to be read. */
const countedBytes = 2 * 1024 * 1024;

/** Sizes of the stores this instance has, one store after the other, so that its tasks hardly notice. */
export async function storeSizes(
  topology: Topology,
  statesOf: (subTopology: number) => ReadonlyMap<number, LocalState | null> | null,
): Promise<readonly StoreSize[]> {
  const sizes: StoreSize[] = [];
  for (const [subTopology, part] of topology.subTopologies().entries()) {
    const stores = part.stores().map(({ name }) => name);
    for (const [partition, local] of statesOf(subTopology) ?? []) {
      if (local === null) continue;
      for (const store of stores) {
        const bytes = await local.bytes(store);
        const entries = bytes > countedBytes ? null : await local.size(store);
        sizes.push({ store, subTopology, partition, bytes, entries });
      }
    }
  }
  return sizes;
}
