import { join } from 'node:path';
import type { Clock } from '../../common/clock.ts';
import { isRetryable, toError } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { StateStoreError, StreamsStateError } from '../errors.ts';
import type { FetchedChunk, PartitionOffset, StreamAdmin } from '../ports.ts';
import { storedValues } from '../query/stored-values.ts';
import type { TopicPartition } from '../record.ts';
import { DiskState } from '../state/disk-state.ts';
import { MemoryState } from '../state/memory-state.ts';
import { setAside } from '../state/set-aside.ts';
import type { LocalState, ReadonlyStore } from '../state/store.ts';
import type { GlobalTableNode } from '../topology/nodes.ts';
import type { Backoff } from './backoff.ts';
import { type GlobalRecordsParts, globalChanges } from './global-records.ts';

/** What can be seen of a global table from outside. */
export interface GlobalTableStatus {
  readonly store: string;
  readonly topic: string;
  /** Whether it has what was in the topic when the streams were started. */
  readonly isRestored: boolean;
  /** Sum of the partitions' next offsets. */
  readonly position: number;
  /** Records of all partitions between the position and the end, as of the last fetch. */
  readonly lag: number;
}

export interface GlobalTableParts extends GlobalRecordsParts {
  readonly node: GlobalTableNode;
  /** Folder of the global tables of this instance. */
  readonly folder: string;
  readonly admin: StreamAdmin;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Between tries to read records whose serde needs what is away. */
  readonly backoff: Backoff;
  readonly retryDelaysMs: readonly number[];
  /** Told of every step while it is not restored yet: next offset and end of a partition's. */
  readonly onRestoreProgress: (position: number, end: number) => void;
  readonly onRestored: (records: number, seconds: number) => void;
}

interface Followed {
  position: number;
  /** Behind the last record that was there at the start. */
  readonly target: number;
  end: number;
}

/** One global table of this instance: its store, and how far it is along its topic. */
export class GlobalTable {
  readonly #parts: GlobalTableParts;
  readonly #partitions = new Map<number, Followed>();
  readonly #restored = Promise.withResolvers<undefined>();
  #local: LocalState | null = null;
  #view: ReadonlyStore<unknown> | null = null;
  /** What several partitions bring at once is written one after the other. */
  #writing: Promise<void> = Promise.resolve();
  #applied = 0;
  #isRestored = false;
  #began = 0;

  constructor(parts: GlobalTableParts) {
    this.#parts = parts;
  }

  /**
   * Opens the store and looks how far it is. What it knows of a topic that was made anew, or that has deleted records it
   * never saw, is of no use: it is set aside, and the topic is read from its beginning.
   * @returns where the reading of each partition begins
   */
  async open(partitions: number): Promise<readonly PartitionOffset[]> {
    const { admin, node, clock, logger } = this.#parts;
    this.#began = clock.now();
    const numbers = Array.from({ length: partitions }, (_, partition) => ({ topic: node.topic, partition }));
    const ends = await Promise.all(numbers.map(async (each) => ({ ...each, ...(await admin.offsets(each)) })));
    this.#local = await this.#openState();
    let checkpoints = await this.#local.checkpoints();
    const isLost = ends.some((each) => {
      const checkpoint = checkpoints.get(checkpointOf(each));
      return checkpoint !== undefined && (checkpoint < each.low || checkpoint > each.high);
    });
    if (isLost) {
      logger.warn(
        { store: node.store.name, topic: node.topic },
        'A global table does not fit its topic and is read anew',
      );
      await this.#local.close();
      if (node.store.kept !== 'memory') await setAside(this.#folder(), 'aside');
      this.#local = await this.#openState();
      checkpoints = new Map();
    }
    for (const { partition, low, high, ...rest } of ends) {
      const position = checkpoints.get(checkpointOf({ ...rest, partition })) ?? low;
      this.#partitions.set(partition, { position, target: high, end: high });
    }
    this.#view = storedValues(node.store, this.#local);
    this.#lookWhetherRestored();
    return numbers.map((each) => ({ ...each, offset: this.#partitions.get(each.partition)?.position ?? 0 }));
  }

  /** Resolves when the store has all that was in the topic when it was opened. */
  restored(): Promise<undefined> {
    return this.#restored.promise;
  }

  /**
   * Applies records and how far they reach in one atomic write. Waits while what reads them is away.
   * @throws RecordRefusedError, StateStoreError; StreamsStateError when it is closed meanwhile
   */
  take(chunk: FetchedChunk): Promise<void> {
    const taken = this.#writing.then(() => this.#apply(chunk));
    this.#writing = taken.catch(() => undefined);
    return taken;
  }

  /** Reads the store as it is at the time of each read. */
  readonly store: ReadonlyStore<unknown> = {
    get: (key) => this.#read().get(key),
    getMany: (keys) => this.#read().getMany(keys),
    range: (range) => this.#read().range(range),
  };

  status(): GlobalTableStatus {
    const { store, topic } = this.#parts.node;
    const followed = [...this.#partitions.values()];
    return {
      ...{ store: store.name, topic, isRestored: this.#isRestored },
      position: followed.reduce((sum, { position }) => sum + position, 0),
      lag: followed.reduce((sum, { position, end }) => sum + Math.max(0, end - position), 0),
    };
  }

  async close(): Promise<void> {
    await this.#writing;
    const local = this.#local;
    this.#local = null;
    this.#view = null;
    await local?.close();
  }

  #read(): ReadonlyStore<unknown> {
    if (this.#view !== null) return this.#view;
    throw new StateStoreError(`Global store ${this.#parts.node.store.name} is closed`);
  }

  async #apply({ partition, records, next, highWatermark }: FetchedChunk): Promise<void> {
    const changes = await this.#changes(records);
    const followed = this.#partitions.get(partition.partition);
    if (this.#local === null || followed === undefined) throw closedError();
    try {
      await this.#local.apply(changes, new Map([[checkpointOf(partition), next]]), 0);
    } catch (error) {
      throw new StateStoreError('A global table could not be written', { cause: error, facts: { ...partition } });
    }
    this.#applied += changes.length;
    followed.position = next;
    followed.end = Math.max(followed.target, highWatermark);
    if (!this.#isRestored) this.#parts.onRestoreProgress(Math.min(next, followed.target), followed.target);
    this.#lookWhetherRestored();
  }

  async #changes(records: FetchedChunk['records']): ReturnType<typeof globalChanges> {
    const { backoff, retryDelaysMs, logger, node } = this.#parts;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await globalChanges(this.#parts, records);
      } catch (error) {
        if (!isRetryable(error)) throw error;
        const delayMs = retryDelaysMs[attempt] ?? retryDelaysMs.at(-1) ?? 1_000;
        logger.warn({ err: toError(error), store: node.store.name, delay_ms: delayMs }, 'A global table waits');
        await backoff.wait(delayMs);
        if (backoff.isInterrupted) throw closedError();
      }
    }
  }

  #lookWhetherRestored(): void {
    if (this.#isRestored || ![...this.#partitions.values()].every(({ position, target }) => position >= target)) return;
    this.#isRestored = true;
    this.#parts.onRestored(this.#applied, (this.#parts.clock.now() - this.#began) / 1_000);
    this.#restored.resolve(undefined);
  }

  #folder(): string {
    return join(this.#parts.folder, this.#parts.node.store.name);
  }

  #openState(): Promise<LocalState> {
    const { node, logger } = this.#parts;
    return node.store.kept === 'memory' ? Promise.resolve(new MemoryState()) : DiskState.open(this.#folder(), logger);
  }
}

/** A topic has no slash in its name. */
const checkpointOf = ({ topic, partition }: TopicPartition): string => `${topic}/${String(partition)}`;

const closedError = (): StreamsStateError => new StreamsStateError('The global tables are closed');
