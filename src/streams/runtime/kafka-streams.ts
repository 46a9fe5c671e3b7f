import { rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { toError } from '../../common/errors.ts';
import { StreamsStateError, TopologyError } from '../errors.ts';
import type { PlainProducer, StreamAdmin, StreamConsumer } from '../ports.ts';
import { DiskState } from '../state/disk-state.ts';
import { MemoryState } from '../state/memory-state.ts';
import type { LocalState } from '../state/store.ts';
import type { Topology } from '../topology/topology.ts';
import { AtLeastOnceCommitter, type Committer, TransactionalCommitter } from './committer.ts';
import { type ExactOptions, exactOptions, type StreamsOptions } from './options.ts';
import { prepareTopics } from './prepare-topics.ts';
import { StreamTask, type TaskStatus } from './stream-task.ts';
import { TaskManager } from './task-manager.ts';

/** As in Kafka Streams. */
export type StreamsState = 'CREATED' | 'REBALANCING' | 'RUNNING' | 'PENDING_SHUTDOWN' | 'NOT_RUNNING' | 'ERROR';

export interface StreamsStatus {
  readonly topology: string;
  readonly state: StreamsState;
  /** Why the state is ERROR. */
  readonly error: Error | null;
  readonly tasks: readonly TaskStatus[];
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
  readonly #producer: PlainProducer | null;
  readonly #tasks: TaskManager;
  #state: StreamsState = 'CREATED';
  #error: Error | null = null;
  #starting: Promise<void> = Promise.resolve();
  #closing: Promise<void> | null = null;
  #aliveAt: number;

  constructor(topology: Topology, options: StreamsOptions) {
    this.#topology = topology;
    this.#options = exactOptions(options, topology.deadLetterTopic !== null);
    this.#groupId = `${this.#options.applicationId}-${topology.name}`;
    const { clientSupplier, processingGuarantee, sessionTimeoutMs, rebalanceTimeoutMs } = this.#options;
    if (processingGuarantee === 'at_least_once' && topology.stores().length > 0) {
      throw new TopologyError(topology.name, ['stores need the processing guarantee exactly_once']);
    }
    this.#aliveAt = this.#options.clock.now();
    this.#admin = clientSupplier.admin();
    this.#producer = processingGuarantee === 'at_least_once' ? clientSupplier.producer() : null;
    this.#consumer = clientSupplier.consumer({
      groupId: this.#groupId,
      topics: topology.sourceTopics(),
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      // Also how long a partition that is resumed may have to wait for the fetch in flight.
      maxWaitMs: 200,
      listener: {
        onAssigned: (partitions) => {
          this.#alive();
          this.#consumer.pause(partitions);
          this.#tasks.assign(partitions);
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
          this.#options.logger.error({ err: error, topology: topology.name, restarts }, 'The consumer stopped');
          if (!restarts) this.#fail(error);
        },
      },
    });
    this.#tasks = new TaskManager(
      (partition) => this.#createTask(partition),
      (error) => {
        this.#fail(error);
      },
    );
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

  /** Finishes what is in flight, commits it, leaves the group. Called again, it waits for the same end. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  status(): StreamsStatus {
    const isRunning = this.#state === 'REBALANCING' && this.#tasks.isRunning();
    return {
      topology: this.#topology.name,
      state: isRunning ? 'RUNNING' : this.#state,
      error: this.#error,
      tasks: this.#tasks.status(),
      aliveAt: this.#aliveAt,
    };
  }

  async #start(): Promise<void> {
    const steps = [
      () => this.#admin.connect(),
      () => prepareTopics(this.#topology, this.#options, this.#admin),
      () => this.#producer?.connect(),
      () => this.#consumer.start(),
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
      () => this.#consumer.stop(),
      () => this.#starting,
      () => this.#producer?.close(),
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

  #createTask(partition: number): StreamTask {
    const folder = join(this.#options.stateDir, this.#groupId, String(partition));
    return new StreamTask({
      taskId: `0_${String(partition)}`,
      partition,
      groupId: this.#groupId,
      topology: this.#topology,
      options: this.#options,
      consumer: this.#consumer,
      admin: this.#admin,
      committer: this.#createCommitter(partition),
      openState: (rebuild) => this.#openState(folder, rebuild),
      onFatal: (error) => {
        this.#fail(error);
      },
    });
  }

  #createCommitter(partition: number): Committer {
    if (this.#producer !== null) {
      const isAssigned = (): boolean => this.#tasks.isAssigned(partition);
      return new AtLeastOnceCommitter(partition, this.#producer, this.#consumer, isAssigned);
    }
    const { applicationId, clientSupplier, transactionTimeoutMs } = this.#options;
    const transactionalId = `${this.#groupId}-${String(partition)}`;
    const task = { applicationId, topology: this.#topology.name, groupId: this.#groupId, partition };
    return new TransactionalCommitter(task, () =>
      clientSupplier.transactionalProducer({ transactionalId, transactionTimeoutMs }),
    );
  }

  async #openState(folder: string, rebuild: boolean): Promise<LocalState> {
    if (this.#topology.stores().length === 0) return new MemoryState();
    const exists = await stat(folder).then(
      () => true,
      () => false,
    );
    if (rebuild && exists) await rename(folder, `${folder}.aside-${String(this.#options.clock.now())}`);
    return DiskState.open(folder, this.#options.logger);
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
