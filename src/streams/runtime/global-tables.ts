import { toError } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { StreamsStateError } from '../errors.ts';
import type { KafkaClientSupplier, PartitionOffset, StreamAdmin, TopicReader } from '../ports.ts';
import type { ReadonlyStore, StoreDefinition } from '../state/store.ts';
import type { GlobalTableNode } from '../topology/nodes.ts';
import type { Topology } from '../topology/topology.ts';
import { Backoff } from './backoff.ts';
import { GlobalTable, type GlobalTableStatus } from './global-table.ts';
import type { ExactOptions } from './options.ts';

export interface GlobalTablesParts {
  readonly topology: Topology;
  readonly options: ExactOptions;
  readonly admin: StreamAdmin;
  /** Folder of their stores; no other instance may use it. */
  readonly folder: string;
  /** They cannot be followed any more. */
  readonly onFatal: (error: Error) => void;
}

/** The name that stands for a task where restoring is told of, as in Kafka Streams' folder of global state. */
const taskName = 'global';

/**
 * The global tables of this instance. Each is read in full, all partitions, outside of the group, and followed from then
 * on. They are up to date with what was there at the start before any task begins; while Kafka is away they stay as they
 * are.
 */
export class GlobalTables {
  readonly #parts: GlobalTablesParts;
  readonly #supplier: KafkaClientSupplier;
  readonly #logger: Logger;
  #tables: ReadonlyMap<string, GlobalTable> = new Map();
  #backoff = new Backoff();
  #reader: TopicReader | null = null;
  #starting: Promise<void> = Promise.resolve();
  /** Ends a start that waits for the tables to be restored; null while none does. */
  #giveUp: ((error: Error) => void) | null = null;
  #isClosed = false;

  constructor(parts: GlobalTablesParts) {
    this.#parts = parts;
    this.#supplier = parts.options.clientSupplier;
    this.#logger = parts.options.logger.child({ topology: parts.topology.name });
  }

  /**
   * Resolves when every table has what was in its topic. After a rejection it may be called again.
   * @param counts partitions of each topic
   * @throws DependencyUnavailableError while Kafka is away; StreamsStateError when closed meanwhile; what cannot be read
   */
  start(counts: ReadonlyMap<string, number>): Promise<void> {
    const starting = this.#start(counts).catch(async (error: unknown) => {
      await this.#letGo();
      throw error;
    });
    this.#starting = starting.catch(() => undefined);
    return starting;
  }

  /** @throws StreamsStateError where the topology has no such global table */
  store(definition: Pick<StoreDefinition, 'name'>): ReadonlyStore<unknown> {
    const found = this.#byStore(definition.name);
    if (found === undefined) throw new StreamsStateError(`There is no global store ${definition.name}`);
    return found.store;
  }

  status(): readonly GlobalTableStatus[] {
    return [...this.#tables.values()].map((table) => table.status());
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#backoff.interrupt();
    this.#giveUp?.(closedMeanwhile());
    await this.#starting;
    await this.#letGo();
  }

  async #start(counts: ReadonlyMap<string, number>): Promise<void> {
    const nodes = this.#parts.topology.globalTables();
    if (nodes.length === 0) return;
    this.#backoff = new Backoff();
    this.#tables = new Map(nodes.map((node) => [node.topic, this.#createTable(node)]));
    const positions: PartitionOffset[] = [];
    // One after the other: where one fails, none of the others is still being opened.
    for (const [topic, table] of this.#tables) positions.push(...(await table.open(counts.get(topic) ?? 0)));
    if (this.#isClosed) throw closedMeanwhile();
    const given = Promise.withResolvers<never>();
    // Nobody may be waiting for it any more.
    given.promise.catch(() => undefined);
    this.#giveUp = given.reject;
    this.#reader = this.#createReader(positions);
    const restored = Promise.all([...this.#tables.values()].map((table) => table.restored()));
    await Promise.race([this.#reader.start().then(() => restored), given.promise]);
    this.#giveUp = null;
  }

  #createReader(positions: readonly PartitionOffset[]): TopicReader {
    return this.#supplier.topicReader({
      positions,
      onFetched: (chunk) => this.#tables.get(chunk.partition.topic)?.take(chunk) ?? Promise.resolve(),
      onCrash: (error, restarts) => {
        this.#onCrash(error, restarts);
      },
    });
  }

  #onCrash(error: Error, restarts: boolean): void {
    if (this.#isClosed) return;
    this.#logger.warn({ err: error, restarts }, 'The global tables are not followed');
    if (restarts) return;
    if (this.#giveUp === null) this.#parts.onFatal(error);
    else this.#giveUp(error);
  }

  #createTable(node: GlobalTableNode): GlobalTable {
    const { topology, options, admin, folder } = this.#parts;
    const { clock, listener, exceptionHandlers, retryPolicy } = options;
    const store = node.store.name;
    return new GlobalTable({
      ...{ node, folder, admin, clock, logger: this.#logger, backoff: this.#backoff },
      handler: exceptionHandlers.deserialization,
      retryDelaysMs: retryPolicy.delaysMs,
      onFailure: (failure) => listener.onFailure?.(topology.name, failure),
      onRestoreProgress: (position, end) => listener.onRestoreProgress?.(topology.name, taskName, store, position, end),
      onRestored: (records, seconds) => {
        this.#logger.info({ store, records, seconds }, 'A global table is restored');
        listener.onRestored?.(topology.name, taskName, store, records, seconds);
      },
    });
  }

  #byStore(name: string): GlobalTable | undefined {
    const node = this.#parts.topology.globalTables().find(({ store }) => store.name === name);
    return node === undefined ? undefined : this.#tables.get(node.topic);
  }

  /** The reader first: nothing more is then handed to the tables. */
  async #letGo(): Promise<void> {
    this.#backoff.interrupt();
    this.#giveUp = null;
    const reader = this.#reader;
    this.#reader = null;
    const closing = [() => reader?.stop(), ...[...this.#tables.values()].map((table) => () => table.close())];
    for (const close of closing) {
      try {
        await close();
      } catch (error) {
        this.#logger.warn({ err: toError(error) }, 'The global tables were not closed well');
      }
    }
  }
}

const closedMeanwhile = (): StreamsStateError => new StreamsStateError('The streams were closed while they started');
