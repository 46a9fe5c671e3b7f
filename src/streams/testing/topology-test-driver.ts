import { silentLogger } from '../../common/logger.ts';
import type { ConsumedRecord, Headers, ProducedRecord } from '../record.ts';
import { BatchProcessor } from '../runtime/batch-processor.ts';
import { continueWithDeadLetter, type ExceptionHandlers } from '../runtime/failures.ts';
import { Graph } from '../runtime/graph.ts';
import type { RetryPolicy } from '../runtime/options.ts';
import { type Serde, stringSerde } from '../serde.ts';
import { MemoryState } from '../state/memory-state.ts';
import type { StoreDefinition } from '../state/store.ts';
import type { Topology } from '../topology/topology.ts';

/** A record as the driver gives it in or out. */
export interface InputRecord<V> {
  readonly key: string;
  readonly value: V;
  /** Default: the driver's time. */
  readonly timestamp?: number;
  readonly headers?: Headers;
}

export interface TopologyTestDriverOptions {
  /** Milliseconds since the epoch. Default 0. */
  readonly now?: number;
  /** Default: bad records become dead letters. */
  readonly handlers?: Partial<ExceptionHandlers>;
  /**
   * What an error that may pass does: `give-up` hands its record to the exception handler, as after the last attempt;
   * `keep-trying` makes `pipe` reject with nothing committed, as while the streams try again. Default `give-up`.
   */
  readonly onRetryable?: RetryPolicy['afterwards'];
}

export interface OutputRecord<V> {
  readonly key: string | null;
  readonly value: V;
  readonly timestamp: number;
  readonly headers: Headers;
}

/**
 * Runs a topology as one task with no broker: the same graph, stores, serialization and failure handling as the real
 * thing. What is piped in together is one micro-batch. Time stands still until it is moved.
 */
export class TopologyTestDriver {
  readonly #topology: Topology;
  readonly #state = new MemoryState();
  readonly #processor: BatchProcessor;
  readonly #produced = new Map<string, ProducedRecord[]>();
  readonly #isLastAttempt: boolean;
  #offset = 0;
  #now: number;
  #streamTime = 0;

  constructor(topology: Topology, options: TopologyTestDriverOptions = {}) {
    this.#topology = topology;
    this.#isLastAttempt = options.onRetryable !== 'keep-trying';
    this.#now = options.now ?? 0;
    const handlers: ExceptionHandlers = {
      deserialization: continueWithDeadLetter,
      processing: continueWithDeadLetter,
      production: continueWithDeadLetter,
      ...options.handlers,
    };
    const task = { taskId: '0_0', logger: silentLogger, streamTime: () => this.#streamTime };
    this.#processor = new BatchProcessor(topology, new Graph(topology, task, this.#state), handlers, silentLogger);
  }

  /** Moves the time that records without a timestamp get. */
  advanceTime(milliseconds: number): void {
    this.#now += milliseconds;
  }

  /** Sends records through the topology as one micro-batch, and commits it. Rejects where the streams would stop. */
  async pipe<V>(topic: string, serde: Serde<V>, records: readonly InputRecord<V>[]): Promise<void> {
    const consumed = records.map(({ key, value, timestamp, headers }): ConsumedRecord => {
      const bytes = { key: stringSerde.serialize(key), value: serde.serialize(value) };
      return {
        topic,
        partition: 0,
        offset: this.#offset++,
        ...bytes,
        timestamp: timestamp ?? this.#now,
        headers: headers ?? {},
      };
    });
    await this.pipeBytes(consumed);
  }

  /** The same for records as they lie in a topic, readable or not. */
  async pipeBytes(records: readonly ConsumedRecord[]): Promise<void> {
    for (const { timestamp } of records) this.#streamTime = Math.max(this.#streamTime, timestamp);
    const { outputs, changes } = await this.#processor.process(records, { number: 1, isLast: this.#isLastAttempt });
    await this.#state.apply(changes, new Map(), this.#streamTime);
    for (const [topic, produced] of outputs) {
      this.#produced.set(topic, [...(this.#produced.get(topic) ?? []), ...produced]);
    }
  }

  /** Takes what has been written to a topic since the last call. */
  read<V>(topic: string, serde: Serde<V>): readonly OutputRecord<V>[] {
    return this.readBytes(topic).map(({ key, value, timestamp, headers }) => ({
      key: key === null ? null : stringSerde.deserialize(key),
      value: serde.deserialize(value ?? Buffer.alloc(0)),
      timestamp,
      headers,
    }));
  }

  readBytes(topic: string): readonly ProducedRecord[] {
    const produced = this.#produced.get(topic) ?? [];
    this.#produced.delete(topic);
    return produced;
  }

  /** What a store holds for a key. */
  async store<V>(definition: StoreDefinition<V>, key: string): Promise<V | undefined> {
    const [bytes] = await this.#state.getMany(definition.name, [key]);
    return bytes === undefined ? undefined : definition.valueSerde.deserialize(bytes);
  }

  get topology(): Topology {
    return this.#topology;
  }
}
