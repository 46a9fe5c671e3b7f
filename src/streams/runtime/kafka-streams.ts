import { join } from 'node:path';
import { toError } from '../../common/errors.ts';
import { StreamsStateError, TopologyError } from '../errors.ts';
import type { StreamAdmin, StreamConsumer } from '../ports.ts';
import type { KeyMetadata, StreamsMetadata } from '../query/instances.ts';
import type { ReadonlyTable, ReadonlyWindowStore, StoreName, StoreQuery } from '../query/local-stores.ts';
import { Queries } from '../query/queries.ts';
import type { StoreSize } from '../query/store-sizes.ts';
import type { Serde } from '../serde.ts';
import { MemoryState } from '../state/memory-state.ts';
import { openTaskState } from '../state/open-task-state.ts';
import type { LocalState, ReadonlyStore } from '../state/store.ts';
import type { Topology } from '../topology/topology.ts';
import { createInstanceCommits, type InstanceCommits } from './instance-commits.ts';
import { type ExactOptions, exactOptions, type StreamsOptions } from './options.ts';
import { MemberFile } from './member-file.ts';
import { prepareTopics } from './prepare-topics.ts';
import { changelogTopic, repartitionTopicName } from './restore.ts';
import type { GlobalTableStatus } from './global-table.ts';
import { GlobalTables } from './global-tables.ts';
import type { OutputTopics } from './sink-writer.ts';
import { StreamTask, type TaskStatus } from './stream-task.ts';
import { type TaskId, taskIdOf, TaskManager } from './task-manager.ts';

/** As in Kafka Streams. */
export type StreamsState = 'CREATED' | 'REBALANCING' | 'RUNNING' | 'PENDING_SHUTDOWN' | 'NOT_RUNNING' | 'ERROR';

export interface StreamsStatus {
  readonly topology: string;
  readonly state: StreamsState;
  /** Why the state is ERROR. */
  readonly error: Error | null;
  readonly tasks: readonly TaskStatus[];
  readonly globalTables: readonly GlobalTableStatus[];
  /** When the group's coordinator or a fetch last answered; milliseconds since the epoch. */
  readonly aliveAt: number;
}

/**
 * Runs a topology on Kafka: joins the group, has a task for each partition it is given, and stays until it is closed.
 *
 * @example
 * const streams = new KafkaStreams(topology, { applicationId: 'points', clientSupplier, stateDir });
 * await streams.start();
 * await streams.close();
 */
export class KafkaStreams {
  readonly #topology: Topology;
  readonly #options: ExactOptions;
  readonly #groupId: string;
  readonly #admin: StreamAdmin;
  readonly #consumer: StreamConsumer;
  readonly #commits: InstanceCommits;
  readonly #tasks: TaskManager;
  readonly #member: MemberFile;
  readonly #globals: GlobalTables;
  readonly #queries: Queries;
  #state: StreamsState = 'CREATED';
  #error: Error | null = null;
  #starting: Promise<void> = Promise.resolve();
  #closing: Promise<void> | null = null;
  #aliveAt: number;
  #partitionCounts: ReadonlyMap<string, number> = new Map();

  constructor(declared: Topology, options: StreamsOptions) {
    this.#options = exactOptions(options, declared.deadLetterTopic !== null);
    const { clientSupplier, processingGuarantee, sessionTimeoutMs, rebalanceTimeoutMs } = this.#options;
    const { applicationId, applicationServer } = this.#options;
    const topology = declared.withInternalNames((topic) => repartitionTopicName(applicationId, declared.name, topic));
    this.#topology = topology;
    this.#groupId = `${applicationId}-${topology.name}`;
    this.#member = new MemberFile(join(this.#options.stateDir, this.#groupId, 'member'), this.#options.logger);
    if (processingGuarantee === 'at_least_once' && topology.stores().length > 0) {
      throw new TopologyError(topology.name, ['stores need the processing guarantee exactly_once']);
    }
    this.#aliveAt = this.#options.clock.now();
    this.#admin = clientSupplier.admin();
    this.#consumer = clientSupplier.consumer({
      groupId: this.#groupId,
      topics: topology.sourceTopics(),
      ...(applicationServer === undefined ? {} : { applicationServer }),
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      // Also how long a partition that is resumed may have to wait for the fetch in flight.
      maxWaitMs: 200,
      gatherMs: this.#options.fetchGatherMs,
      listener: {
        onRejoining: () => this.#commits.rejoining(),
        onAssigned: (partitions, membership) => {
          this.#alive();
          this.#member.joined(membership.memberId);
          this.#consumer.pause(partitions);
          this.#queries.onRebalance();
          this.#tasks.assign(partitions);
          this.#commits.joined(membership);
          this.#transition('REBALANCING');
        },
        onFetched: (chunk) => {
          this.#alive();
          this.#tasks.offer(chunk);
        },
        onFetch: () => {
          this.#alive();
        },
        onHeartbeat: () => {
          this.#alive();
          this.#tasks.heartbeat();
        },
        onCrash: (error, restarts) => {
          // Stopped while it joins, a consumer crashes.
          if (this.#closing !== null) return;
          const fields = { err: error, topology: topology.name, restarts };
          // A group whose coordinator has only just come up is no fault of anybody's: it is joined again.
          if (restarts) this.#options.logger.warn(fields, 'The consumer stopped, and starts again');
          else this.#options.logger.error(fields, 'The consumer stopped');
          if (!restarts) this.#fail(error);
        },
      },
    });
    const parts = topology.subTopologies();
    this.#tasks = new TaskManager({
      create: (id) => this.#createTask(id),
      subTopologyOf: (topic) => parts.findIndex((part) => part.sourceTopics().includes(topic)),
      onFatal: (error) => {
        this.#fail(error);
      },
    });
    this.#commits = createInstanceCommits({
      ...{ topology: topology.name, groupId: this.#groupId, options: this.#options, tasks: this.#tasks },
      consumer: this.#consumer,
    });
    this.#globals = new GlobalTables({
      ...{ topology, options: this.#options, admin: this.#admin },
      folder: join(this.#options.stateDir, this.#groupId, 'global'),
      onFatal: (error) => {
        this.#fail(error);
      },
    });
    this.#queries = new Queries({
      ...{ topology, groupId: this.#groupId, admin: this.#admin, clientSupplier, applicationServer },
      ...{ clock: this.#options.clock, tasks: this.#tasks },
      assertRunning: () => {
        this.#assertRunning();
      },
      partitionCounts: () => this.#partitionCounts,
      globalStore: (name) => this.#globals.store({ name }),
    });
  }

  /** What runs, with its repartition topics called as they are in the cluster. */
  get topology(): Topology {
    return this.#topology;
  }

  /** The name of the consumer group. */
  get groupId(): string {
    return this.#groupId;
  }

  get state(): StreamsState {
    return this.status().state;
  }

  /**
   * Checks topics, makes changelogs, joins the group. Resolves when joined; tasks are restored after that.
   * After a rejection it may be called again.
   * @throws TopologyError where topics are missing or not co-partitioned
   * @throws DependencyUnavailableError while Kafka is away
   * @throws StreamsStateError when started already, or closed meanwhile
   */
  async start(): Promise<void> {
    if (this.#state !== 'CREATED') throw new StreamsStateError(`Streams cannot be started when ${this.#state}`);
    this.#transition('REBALANCING');
    const starting = this.#start();
    this.#starting = starting.catch(() => undefined);
    try {
      await starting;
    } catch (error) {
      this.#transition('CREATED');
      throw error;
    }
  }

  /**
   * Finishes what is in flight, commits it, leaves the group. Called again, it waits for the same end.
   * @throws StreamsStateError when that takes longer than `timeoutMs`; it goes on meanwhile. Default: as long as it takes
   */
  async close(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.#closing ??= this.#close();
    const { timeoutMs } = options;
    if (timeoutMs === undefined) return this.#closing;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new StreamsStateError(`The streams did not close within ${String(timeoutMs)} ms`));
      }, timeoutMs);
    });
    await Promise.race([this.#closing, late]).finally(() => {
      clearTimeout(timer);
    });
  }

  status(): StreamsStatus {
    const isRunning = this.#state === 'REBALANCING' && this.#tasks.isRunning();
    return {
      topology: this.#topology.name,
      state: isRunning ? 'RUNNING' : this.#state,
      error: this.#error,
      tasks: this.#tasks.status(),
      globalTables: this.#globals.status(),
      aliveAt: this.#aliveAt,
    };
  }

  /**
   * What the tasks of this instance hold in a store, or what a global table holds: what is committed. Every read looks
   * anew at the tasks there are by then.
   * @throws StreamsStateError while the streams do not run, or where there is no such store
   * @throws StoreNotAvailableError, also from each read, while a task of it is not up to date
   */
  store<V>(store: StoreName<V>, query: StoreQuery = {}): ReadonlyStore<V> {
    return this.#queries.store(store, query);
  }

  /** How large the stores are of which this instance has tasks that are up to date; entries of small ones are counted. */
  storeSizes(): Promise<readonly StoreSize[]> {
    return this.#queries.storeSizes();
  }

  /** The same of a table, by its keys. */
  table<K, V>(store: StoreName<V>, keySerde: Serde<K>): ReadonlyTable<K, V> {
    return this.#queries.table(store, keySerde);
  }

  /** The same of an aggregate in windows; the key serde is that of the keys without their windows. */
  windowStore<K, V>(store: StoreName<V>, keySerde: Serde<K>): ReadonlyWindowStore<K, V> {
    return this.#queries.windowStore(store, keySerde);
  }

  /**
   * Which instance has a key of a store, by the way every Kafka client partitions by default.
   * @throws StreamsStateError while the streams do not run, or where there is no such store
   * @throws StoreNotAvailableError while no instance has it
   * @throws DependencyUnavailableError while Kafka is away
   */
  metadataForKey<K>(store: string, key: K, keySerde: Serde<K>): Promise<KeyMetadata> {
    return this.#queries.metadataForKey(store, key, keySerde);
  }

  /** The instances of the group, and what each has; this one is among them. Empty while the group is dealt out anew. */
  allMetadata(): Promise<readonly StreamsMetadata[]> {
    return this.#queries.allMetadata();
  }

  async #start(): Promise<void> {
    const steps = [
      () => this.#admin.connect(),
      async () => {
        this.#partitionCounts = await prepareTopics(this.#topology, this.#options, this.#admin);
      },
      () => this.#globals.start(this.#partitionCounts),
      () => this.#commits.start(),
      async () => {
        const formerMemberId = await this.#member.former();
        await this.#consumer.start(formerMemberId === undefined ? {} : { formerMemberId });
      },
    ];
    for (const step of steps) {
      if (this.#closing !== null) throw new StreamsStateError('The streams were closed while they started');
      await step();
    }
  }

  async #close(): Promise<void> {
    this.#transition('PENDING_SHUTDOWN');
    const errors: unknown[] = [];
    const steps = [
      () => this.#tasks.close(),
      // While the instance is still a member: its offsets would be refused after that.
      () => this.#commits.close(),
      () => this.#consumer.stop(),
      () => this.#member.left(),
      () => this.#globals.close(),
      () => this.#starting,
      () => this.#admin.close(),
    ];
    for (const step of steps) {
      try {
        await step();
      } catch (error) {
        errors.push(error);
      }
    }
    this.#transition('NOT_RUNNING');
    if (errors.length > 0) throw toError(errors[0]);
  }

  #createTask(id: TaskId): StreamTask {
    const taskId = taskIdOf(id);
    const { partition, subTopology } = id;
    const topology = this.#topology.subTopologies()[subTopology];
    if (topology === undefined) throw new StreamsStateError(`There is no sub-topology ${String(subTopology)}`);
    const folder = join(this.#options.stateDir, this.#groupId, taskId);
    return new StreamTask({
      ...{ taskId, partition, topology },
      groupId: this.#groupId,
      options: this.#options,
      consumer: this.#consumer,
      admin: this.#admin,
      committer: this.#commits.committerOf(id),
      outputTopics: this.#outputTopics(topology),
      globalStore: (definition) => this.#globals.store(definition),
      openState: (rebuild) => this.#openState(topology, folder, rebuild),
      onFatal: (error) => {
        this.#fail(error);
      },
    });
  }

  #outputTopics(topology: Topology): OutputTopics {
    const { clientSupplier } = this.#options;
    return {
      sourcePartitions: Math.max(...topology.sourceTopics().map((topic) => this.#partitionCounts.get(topic) ?? 0)),
      partitions: (topic) => this.#partitionCounts.get(topic),
      partitionOf: (key, partitions) => clientSupplier.partitionOf(key, partitions),
    };
  }

  #assertRunning(): void {
    if (this.#state === 'REBALANCING' && this.#partitionCounts.size > 0) return;
    throw new StreamsStateError(`Stores cannot be read when the streams are ${this.#state}`);
  }

  async #openState(topology: Topology, folder: string, rebuild: boolean): Promise<LocalState> {
    if (topology.stores().length === 0) return new MemoryState();
    const { applicationId, logger } = this.#options;
    const changelogOf = (store: string): string => changelogTopic(applicationId, topology.name, store);
    return openTaskState(topology.stores(), folder, { logger, rebuild, changelogOf });
  }

  #fail(error: Error): void {
    if (this.#state === 'ERROR') return;
    this.#error = toError(error);
    this.#options.logger.error({ err: error, topology: this.#topology.name }, 'The streams cannot go on');
    // Who closes them wants them to end.
    if (this.#closing !== null) return;
    this.#transition('ERROR');
    this.#options.listener.onFatal?.(this.#topology.name, this.#error);
  }

  #alive(): void {
    this.#aliveAt = this.#options.clock.now();
  }

  #transition(to: StreamsState): void {
    if (this.#state === to || this.#state === 'ERROR') return;
    if (this.#state === 'PENDING_SHUTDOWN' && to !== 'NOT_RUNNING') return;
    this.#state = to;
    this.#options.listener.onStateChange?.(this.#topology.name, to);
  }
}
