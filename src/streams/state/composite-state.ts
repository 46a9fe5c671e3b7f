import type { Checkpoints, KeyRange, LocalState, StoreChange } from './store.ts';

export interface CompositeParts {
  readonly disk: LocalState;
  readonly memory: LocalState;
  /** Names of the stores kept in memory, and the topics of their changelogs; all others are on disk. */
  readonly inMemory: ReadonlySet<string>;
  readonly changelogsInMemory: ReadonlySet<string>;
}

/**
 * The stores of a task, some on disk and some in memory. Each part has the checkpoints of its own stores, written with
 * them: after a restart the part in memory knows nothing and is restored in full, the other from where it stood.
 */
export class CompositeState implements LocalState {
  readonly #parts: CompositeParts;

  constructor(parts: CompositeParts) {
    this.#parts = parts;
  }

  getMany(store: string, keys: readonly string[]): Promise<(Buffer | undefined)[]> {
    return this.#partOf(store).getMany(store, keys);
  }

  getSync(store: string, key: string): Buffer | undefined {
    return this.#partOf(store).getSync(store, key);
  }

  range(store: string, range: KeyRange): Promise<readonly (readonly [key: string, value: Buffer])[]> {
    return this.#partOf(store).range(store, range);
  }

  async apply(changes: readonly StoreChange[], checkpoints: Checkpoints, streamTime: number): Promise<void> {
    const { disk, memory, inMemory, changelogsInMemory } = this.#parts;
    const of = (isInMemory: boolean): Parameters<LocalState['apply']> => [
      changes.filter(({ store }) => inMemory.has(store) === isInMemory),
      new Map([...checkpoints].filter(([topic]) => changelogsInMemory.has(topic) === isInMemory)),
      streamTime,
    ];
    // The disk first: where it fails, neither part has changed.
    await disk.apply(...of(false));
    await memory.apply(...of(true));
  }

  async checkpoints(): Promise<Checkpoints> {
    const { disk, memory } = this.#parts;
    return new Map([...(await disk.checkpoints()), ...(await memory.checkpoints())]);
  }

  size(store: string): Promise<number> {
    return this.#partOf(store).size(store);
  }

  bytes(store: string): Promise<number> {
    return this.#partOf(store).bytes(store);
  }

  async close(): Promise<void> {
    await this.#parts.memory.close();
    await this.#parts.disk.close();
  }

  #partOf(store: string): LocalState {
    const { disk, memory, inMemory } = this.#parts;
    return inMemory.has(store) ? memory : disk;
  }
}
