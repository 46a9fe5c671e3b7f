import { rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { toError } from '../../common/errors.ts';
import { StreamsStateError, TopologyError } from '../errors.ts';
import type { PlainProducer, StreamAdmin, StreamConsumer } from '../ports.ts';
import { DiskState } from '../state/disk-state.ts';
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
      maxWaitMs: 50,
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
          this.#options.logger.error({ err: error, topology: topology.name, restarts }, 'The consumer stopped');
          if (!restarts) this.#fail(error);
        },
      },
    });
    this.#tasks = new TaskManager((partition) => this.#createTask(partition));
  }

  get state(): StreamsState {
    return this.status().state;
  }

  /**
   * Checks topics, makes changelogs, joins the group. Resolves when joined; tasks are restored after that.
   * @throws TopologyError where topics are missing or not co-partitioned
   */
  async start(): Promise<void> {
    if (this.#state !== 'CREATED') throw new StreamsStateError(`Streams cannot be started when ${this.#state}`);
    this.#transition('REBALANCING');
    await this.#admin.connect();
    await prepareTopics(this.#topology, this.#options, this.#admin);
    await this.#producer?.connect();
    await this.#consumer.start();
  }

  /** Finishes what is in flight, commits it, leaves the group. */
  async close(): Promise<void> {
    if (this.#state === 'NOT_RUNNING' || this.#state === 'PENDING_SHUTDOWN') return;
    const failed = this.#state === 'ERROR';
    if (!failed) this.#transition('PENDING_SHUTDOWN');
    await this.#tasks.close();
    await this.#consumer.stop();
    await this.#producer?.close();
    await this.#admin.close();
    if (!failed) this.#transition('NOT_RUNNING');
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
    if (this.#producer !== null) return new AtLeastOnceCommitter(partition, this.#producer, this.#consumer);
    const { applicationId, clientSupplier, transactionTimeoutMs } = this.#options;
    const transactionalId = `${this.#groupId}-${String(partition)}`;
    const task = { applicationId, topology: this.#topology.name, groupId: this.#groupId, partition };
    return new TransactionalCommitter(task, () =>
      clientSupplier.transactionalProducer({ transactionalId, transactionTimeoutMs }),
    );
  }

  async #openState(folder: string, rebuild: boolean): Promise<LocalState> {
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
    this.#transition('ERROR');
  }

  #alive(): void {
    this.#aliveAt = this.#options.clock.now();
  }

  #transition(to: StreamsState): void {
    if (this.#state === to || (this.#state === 'ERROR' && to === 'REBALANCING')) return;
    if (this.#state === 'PENDING_SHUTDOWN' && to !== 'NOT_RUNNING') return;
    this.#state = to;
    this.#options.listener.onStateChange?.(this.#topology.name, to);
  }
}
