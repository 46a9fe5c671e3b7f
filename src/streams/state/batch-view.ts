import { isRetryable, toError } from '../../common/errors.ts';
import { StateNotReadableYetError, StateStoreError, StoreKeyNotLoadedError } from '../errors.ts';
import { compareKeys, isInRange, storedKey, storedRange } from './key-order.ts';
import type { KeyRange, KeyValueStore, LocalState, StoreChange, StoreDefinition } from './store.ts';

/** A store during one micro-batch: what was loaded, and over it what the batch changed. */
export class BatchView<V> implements KeyValueStore<V> {
  readonly #definition: StoreDefinition<V>;
  readonly #local: LocalState;
  readonly #loaded = new Map<string, V | undefined>();
  readonly #changed = new Map<string, V | undefined>();
  readonly #missing = new Set<string>();

  constructor(definition: StoreDefinition<V>, local: LocalState) {
    this.#definition = definition;
    this.#local = local;
  }

  async load(keys: readonly string[]): Promise<void> {
    const wanted = [...new Set(keys.map(storedKey))].filter((key) => !this.#loaded.has(key) && !this.#changed.has(key));
    if (wanted.length === 0) return;
    const found = await this.#read((local, store) => local.getMany(store, wanted));
    await this.#keep(wanted.map((key, index) => [key, found[index]]));
  }

  get(key: string): V | undefined {
    const stored = storedKey(key);
    if (this.#changed.has(stored)) return this.#changed.get(stored);
    if (!this.#loaded.has(stored)) this.#loadNow(stored);
    return this.#loaded.get(stored);
  }

  #loadNow(stored: string): void {
    const { name, valueSerde } = this.#definition;
    const bytes = this.#readNow(stored);
    try {
      this.#loaded.set(stored, bytes === undefined ? undefined : valueSerde.deserialize(bytes));
    } catch (error) {
      // With nothing to fetch first, it can be no other than the value's own fault.
      if (valueSerde.prepare === undefined) throw error;
      this.#missing.add(stored);
      throw new StoreKeyNotLoadedError(name, { cause: error });
    }
  }

  /**
   * Loads what was asked for without being loaded and could not be read at once.
   * @returns whether there was anything: the pass that asked is then to be repeated
   */
  async loadMissing(): Promise<boolean> {
    const missing = [...this.#missing];
    this.#missing.clear();
    await this.load(missing);
    return missing.length > 0;
  }

  #readNow(stored: string): Buffer | undefined {
    const { name } = this.#definition;
    try {
      return this.#local.getSync(name, stored);
    } catch (error) {
      throw new StateStoreError(`Store ${name} could not be read`, { cause: error, facts: { store: name } });
    }
  }

  async range(range: KeyRange): Promise<readonly (readonly [key: string, value: V])[]> {
    const bounds = storedRange(range);
    const written = [...this.#changed].filter(([key]) => isInRange(key, bounds));
    const limit = bounds.limit ?? Infinity;
    // As many more as the batch may have deleted or put in the place of others.
    const asked = limit === Infinity ? bounds : { ...bounds, limit: limit + written.length };
    const found = limit <= 0 ? [] : await this.#read((local, store) => local.range(store, asked));

    const standing = found.filter(([key]) => !this.#changed.has(key));
    const put = written.flatMap(([key, value]) => (value === undefined ? [] : [key]));
    const keys = [...standing.map(([key]) => key), ...put].sort(compareKeys);
    if (bounds.reverse === true) keys.reverse();
    const kept = new Set(limit === Infinity ? keys : keys.slice(0, limit));
    await this.#keep(standing.filter(([key]) => kept.has(key) && !this.#loaded.has(key)));
    return [...kept].flatMap((key) => {
      const value = this.get(key);
      return value === undefined ? [] : [[key, value]];
    });
  }

  put(key: string, value: V): void {
    this.#changed.set(storedKey(key), value);
  }

  delete(key: string): void {
    this.#changed.set(storedKey(key), undefined);
  }

  /** What the batch changed, the last word of each key. */
  changes(): readonly StoreChange[] {
    const { name, valueSerde, expiry } = this.#definition;
    return [...this.#changed].map(([key, value]) => ({
      store: name,
      key,
      value: value === undefined ? null : valueSerde.serialize(value),
      expiresAt: value === undefined || expiry === undefined ? null : expiry.expiresAt(value),
    }));
  }

  /** Forgets the changes but keeps what was loaded: for running the same batch again. */
  rollback(): void {
    this.#changed.clear();
  }

  /** Forgets everything: the batch has ended. */
  clear(): void {
    this.#missing.clear();
    this.#changed.clear();
    this.#loaded.clear();
  }

  async #read<T>(from: (local: LocalState, store: string) => Promise<T>): Promise<T> {
    const { name } = this.#definition;
    try {
      return await from(this.#local, name);
    } catch (error) {
      throw new StateStoreError(`Store ${name} could not be read`, { cause: error, facts: { store: name } });
    }
  }

  async #prepare(values: readonly (Buffer | null)[]): Promise<void> {
    const { name, valueSerde } = this.#definition;
    try {
      await valueSerde.prepare?.(values);
    } catch (error) {
      if (!isRetryable(error)) throw error;
      const message = `Store ${name} cannot be read yet: ${toError(error).message}`;
      throw new StateNotReadableYetError(message, { cause: error, facts: { store: name } });
    }
  }

  async #keep(found: readonly (readonly [key: string, bytes: Buffer | undefined])[]): Promise<void> {
    const { valueSerde } = this.#definition;
    // Values lie there as they were written, maybe with an older schema.
    await this.#prepare(found.map(([, bytes]) => bytes ?? null));
    for (const [key, bytes] of found) {
      this.#loaded.set(key, bytes === undefined ? undefined : valueSerde.deserialize(bytes));
    }
  }
}
