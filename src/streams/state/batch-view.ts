import { StateStoreError, StoreKeyNotLoadedError } from '../errors.ts';
import type { KeyValueStore, LocalState, StoreChange, StoreDefinition } from './store.ts';

/** A store during one micro-batch: what was loaded, and over it what the batch changed. */
export class BatchView<V> implements KeyValueStore<V> {
  readonly #definition: StoreDefinition<V>;
  readonly #local: LocalState;
  readonly #loaded = new Map<string, V | undefined>();
  readonly #changed = new Map<string, V | undefined>();

  constructor(definition: StoreDefinition<V>, local: LocalState) {
    this.#definition = definition;
    this.#local = local;
  }

  async load(keys: readonly string[]): Promise<void> {
    const wanted = [...new Set(keys)].filter((key) => !this.#loaded.has(key) && !this.#changed.has(key));
    if (wanted.length === 0) return;
    const found = await this.#read(wanted);
    // Values lie there as they were written, maybe with an older schema.
    await this.#definition.valueSerde.prepare?.(found.map((bytes) => bytes ?? null));
    wanted.forEach((key, index) => {
      const bytes = found[index];
      this.#loaded.set(key, bytes === undefined ? undefined : this.#definition.valueSerde.deserialize(bytes));
    });
  }

  async #read(keys: readonly string[]): Promise<(Buffer | undefined)[]> {
    const { name } = this.#definition;
    try {
      return await this.#local.getMany(name, keys);
    } catch (error) {
      throw new StateStoreError(`Store ${name} could not be read`, { cause: error, facts: { store: name } });
    }
  }

  get(key: string): V | undefined {
    if (this.#changed.has(key)) return this.#changed.get(key);
    if (!this.#loaded.has(key)) throw new StoreKeyNotLoadedError(this.#definition.name);
    return this.#loaded.get(key);
  }

  put(key: string, value: V): void {
    this.#changed.set(key, value);
  }

  delete(key: string): void {
    this.#changed.set(key, undefined);
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
    this.#changed.clear();
    this.#loaded.clear();
  }
}
