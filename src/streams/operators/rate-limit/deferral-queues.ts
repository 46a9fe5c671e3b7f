import { StateStoreError } from '../../errors.ts';
import type { KeyValueStore, StoreDefinition } from '../../state/store.ts';
import type { ProcessorContext } from '../../topology/nodes.ts';
import {
  type Deferral,
  type DeferredRecord,
  everyQueue,
  keyOfQueue,
  queueKey,
  recordKey,
  type WaitingQueue,
} from './deferral.ts';

const empty: WaitingQueue = { kind: 'queue', head: 0, tail: 0 };

/**
 * The queues of one task, first in, first out for each key. Which keys wait is kept in memory as it is committed, read
 * once when the task begins: asking whether a key waits costs nothing, and while none waits the store is left alone.
 */
export class DeferralQueues {
  readonly #context: ProcessorContext;
  readonly #name: string;
  readonly #store: KeyValueStore<Deferral>;
  readonly #onCommitted: (waiting: number) => void;
  /** Those with records, as committed; the key that was served longest ago comes first. null before `open`. */
  #committed: Map<string, WaitingQueue> | null = null;

  /** @param onCommitted told how many records wait when the task begins, and whenever that may have changed */
  constructor(
    context: ProcessorContext,
    definition: StoreDefinition<Deferral>,
    onCommitted: (waiting: number) => void,
  ) {
    this.#context = context;
    this.#name = definition.name;
    this.#store = context.store(definition);
    this.#onCommitted = onCommitted;
  }

  /** Before anything else in a micro-batch; a look-up only the first time. */
  async open(): Promise<void> {
    if (this.#committed !== null) return;
    const found = await this.#store.range(everyQueue);
    this.#committed = new Map(
      found.flatMap(([key, queue]) => (queue.kind === 'queue' ? [[keyOfQueue(key), queue]] : [])),
    );
    this.#tell();
  }

  /** Keys with records, those of this batch too; the one served longest ago first. */
  keys(): readonly string[] {
    const changed = this.#changed();
    const keys = new Set([...(this.#committed?.keys() ?? []), ...changed.keys()]);
    return [...keys].filter((key) => this.waiting(key) > 0);
  }

  /** Records of the key that wait. */
  waiting(key: string): number {
    const { head, tail } = this.#queue(key);
    return tail - head;
  }

  append(key: string, record: DeferredRecord): void {
    const queue = this.#queue(key);
    this.#store.put(recordKey(key, queue.tail), record);
    this.#set(key, { ...queue, tail: queue.tail + 1 });
  }

  /**
   * Takes so many records from the head of each queue, in order; one look-up for all.
   * @throws StateStoreError where the store has lost one: it is rebuilt from its changelog then
   */
  async take(counts: ReadonlyMap<string, number>): Promise<readonly DeferredRecord[]> {
    const keys = [...counts].flatMap(([key, count]) => {
      const { head, tail } = this.#queue(key);
      const taken = Math.min(count, tail - head);
      return Array.from({ length: taken }, (_, index) => recordKey(key, head + index));
    });
    await this.#store.load(keys);
    const records = keys.map((key) => this.#record(key));
    for (const key of keys) this.#store.delete(key);
    for (const [key, count] of counts) {
      const queue = this.#queue(key);
      if (count > 0) this.#set(key, { ...queue, head: Math.min(queue.head + count, queue.tail) });
    }
    return records;
  }

  #record(key: string): DeferredRecord {
    const found = this.#store.get(key);
    if (found?.kind === 'record') return found;
    throw new StateStoreError('A deferred record is not in its store', { facts: { store: this.#name } });
  }

  #queue(key: string): WaitingQueue {
    return this.#changed().get(key) ?? this.#committed?.get(key) ?? empty;
  }

  #set(key: string, queue: WaitingQueue): void {
    this.#changed().set(key, queue);
    if (queue.head === queue.tail) this.#store.delete(queueKey(key));
    else this.#store.put(queueKey(key), queue);
  }

  /** What this pass over the batch has changed so far. */
  #changed(): Map<string, WaitingQueue> {
    return this.#context.perPass('changed queues', () => {
      const changed = new Map<string, WaitingQueue>();
      this.#context.afterCommit(() => {
        this.#onCommit(changed);
      });
      return changed;
    });
  }

  #onCommit(changed: ReadonlyMap<string, WaitingQueue>): void {
    if (this.#committed === null || changed.size === 0) return;
    for (const [key, queue] of changed) {
      // A key that was served goes to the end, one that only grew keeps its place.
      if (queue.head !== this.#committed.get(key)?.head) this.#committed.delete(key);
      if (queue.head < queue.tail) this.#committed.set(key, queue);
    }
    this.#tell();
  }

  #tell(): void {
    let waiting = 0;
    for (const { head, tail } of this.#committed?.values() ?? []) waiting += tail - head;
    this.#onCommitted(waiting);
  }
}
