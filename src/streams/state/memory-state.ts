import type { Checkpoints, LocalState, StoreChange } from './store.ts';

interface Entry {
  readonly value: Buffer;
  readonly expiresAt: number | null;
}

/** Stores in memory: for tests, and for tasks that may rebuild everything from the changelog at each start. */
export class MemoryState implements LocalState {
  readonly #stores = new Map<string, Map<string, Entry>>();
  readonly #checkpoints = new Map<string, number>();

  getMany(store: string, keys: readonly string[]): Promise<(Buffer | undefined)[]> {
    const entries = this.#stores.get(store);
    return Promise.resolve(keys.map((key) => entries?.get(key)?.value));
  }

  apply(changes: readonly StoreChange[], checkpoints: Checkpoints, streamTime: number): Promise<void> {
    for (const entries of this.#stores.values()) {
      for (const [key, { expiresAt }] of entries) {
        if (expiresAt !== null && expiresAt < streamTime) entries.delete(key);
      }
    }
    for (const { store, key, value, expiresAt } of changes) {
      const entries = this.#stores.get(store) ?? new Map<string, Entry>();
      this.#stores.set(store, entries);
      if (value === null) entries.delete(key);
      else entries.set(key, { value, expiresAt });
    }
    for (const [topic, offset] of checkpoints) this.#checkpoints.set(topic, offset);
    return Promise.resolve();
  }

  checkpoints(): Promise<Checkpoints> {
    return Promise.resolve(new Map(this.#checkpoints));
  }

  size(store: string): Promise<number> {
    return Promise.resolve(this.#stores.get(store)?.size ?? 0);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
