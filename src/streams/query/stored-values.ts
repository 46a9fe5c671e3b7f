import { StateStoreError } from '../errors.ts';
import type { KeyRange, LocalState, ReadonlyStore, StoreDefinition } from '../state/store.ts';

/**
 * What a store holds by now in a local state, as far as it was committed.
 * @returns a store whose reads throw StateStoreError where the local state cannot be read
 */
export const storedValues = <V>(definition: StoreDefinition, local: LocalState): ReadonlyStore<V> => {
  const getMany = async (keys: readonly string[]): Promise<readonly (V | undefined)[]> =>
    decoded<V>(definition, await reading(definition, () => local.getMany(definition.name, keys)));
  return {
    getMany,
    get: async (key) => (await getMany([key]))[0],
    range: async (range: KeyRange) => {
      const entries = await reading(definition, () => local.range(definition.name, range));
      const values = await decoded<V>(
        definition,
        entries.map(([, bytes]) => bytes),
      );
      return entries.flatMap(([key], index) => {
        const value = values[index];
        return value === undefined ? [] : [[key, value] as const];
      });
    },
  };
};

async function reading<T>({ name }: StoreDefinition, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw new StateStoreError(`Store ${name} could not be read`, { cause: error, facts: { store: name } });
  }
}

async function decoded<V>(
  definition: StoreDefinition,
  found: readonly (Buffer | undefined)[],
): Promise<(V | undefined)[]> {
  const { valueSerde } = definition;
  // Values lie there as they were written, maybe with an older schema.
  await valueSerde.prepare?.(found.map((bytes) => bytes ?? null));
  return found.map((bytes) => {
    if (bytes === undefined) return undefined;
    const stored = valueSerde.deserialize(bytes);
    return (definition.queriedValueOf === undefined ? stored : definition.queriedValueOf(stored)) as V | undefined;
  });
}
