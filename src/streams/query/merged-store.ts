import { toError } from '../../common/errors.ts';
import { StateStoreError, StoreNotAvailableError } from '../errors.ts';
import { compareKeys } from '../state/key-order.ts';
import type { KeyRange, ReadonlyStore } from '../state/store.ts';

/**
 * One store out of the parts that the tasks of this instance hold; a key is in one of them at most.
 * @param parts asked for with every read, as tasks come and go
 */
export const mergedStore = <V>(parts: () => readonly ReadonlyStore<V>[]): ReadonlyStore<V> => {
  const readAll = async <T>(read: (part: ReadonlyStore<V>) => Promise<T>): Promise<readonly T[]> => {
    const open = parts();
    try {
      return await Promise.all(open.map(read));
    } catch (error) {
      // A task that leaves closes its stores under whoever reads them.
      if (error instanceof StateStoreError) throw new StoreNotAvailableError(error.message, { cause: toError(error) });
      throw error;
    }
  };
  const getMany = async (keys: readonly string[]): Promise<readonly (V | undefined)[]> => {
    const found = await readAll((part) => part.getMany(keys));
    return keys.map((_key, index) => found.map((values) => values[index]).find((value) => value !== undefined));
  };
  return {
    getMany,
    get: async (key) => (await getMany([key]))[0],
    range: async (range: KeyRange) => {
      const entries = (await readAll((part) => part.range(range))).flat();
      const direction = range.reverse === true ? -1 : 1;
      return entries.sort(([a], [b]) => direction * compareKeys(a, b)).slice(0, range.limit);
    },
  };
};
