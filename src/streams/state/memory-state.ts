import { MemoryStore } from './memory-store.ts';
import type { Checkpoints, KeyRange, LocalState, StoreChange } from './store.ts';

/** Stores in memory: for tests, and for stores that may be rebuilt from the changelog at each start. */
export class MemoryState implements LocalState {
  readonly #stores = new Map<string, MemoryStore>();
  readonly #checkpoints = new Map<string, number>();
  #streamTime = 0;

  getMany(store: string, keys: readonly string[]): Promise<(Buffer | undefined)[]> {
    const entries = this.#stores.get(store);
    return Promise.resolve(keys.map((key) => entries?.get(key, this.#streamTime)));
  }

  getSync(store: string, key: string): Buffer | undefined {
    return this.#stores.get(store)?.get(key, this.#streamTime);
  }

  range(store: string, range: KeyRange): Promise<readonly (readonly [key: string, value: Buffer])[]> {
    return Promise.resolve(this.#stores.get(store)?.range(range, this.#streamTime) ?? []);
  }

  apply(changes: readonly StoreChange[], checkpoints: Checkpoints, streamTime: number): Promise<void> {
    this.#streamTime = Math.max(this.#streamTime, streamTime);
    for (const store of this.#stores.values()) store.purge(this.#streamTime);
    for (const change of changes) this.#store(change.store).change(change);
    for (const [topic, offset] of checkpoints) this.#checkpoints.set(topic, offset);
    return Promise.resolve();
  }

  checkpoints(): Promise<Checkpoints> {
    return Promise.resolve(new Map(this.#checkpoints));
  }

  size(store: string): Promise<number> {
    return Promise.resolve(this.#stores.get(store)?.size(this.#streamTime) ?? 0);
  }

  bytes(store: string): Promise<number> {
    return Promise.resolve(this.#stores.get(store)?.bytes() ?? 0);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #store(name: string): MemoryStore {
    const known = this.#stores.get(name);
    if (known !== undefined) return known;
    const store = new MemoryStore();
    this.#stores.set(name, store);
    return store;
  }
}
