import { StreamsStateError } from '../errors.ts';
import type { ConsumedRecord, Headers, ProducedRecord } from '../record.ts';
import { LogAndContinueExceptionHandler, type ExceptionHandlers } from '../runtime/failures.ts';
import type { RetryPolicy } from '../runtime/options.ts';
import { type Serde, stringSerde } from '../serde.ts';
import type { StoreName } from '../query/local-stores.ts';
import { storedValues } from '../query/stored-values.ts';
import { MemoryState } from '../state/memory-state.ts';
import type { ReadonlyStore } from '../state/store.ts';
import type { Topology } from '../topology/topology.ts';
import { DriverGlobals } from './driver-globals.ts';
import { DriverTask } from './driver-task.ts';
import { TestInputTopic, TestOutputTopic } from './test-topics.ts';

/** A record as the driver takes it in. */
export interface InputRecord<V, K = string> {
  readonly key: K;
  /** null is a deletion, for who reads them as such. */
  readonly value: V | null;
  /** Default: the driver's time. */
  readonly timestamp?: number;
  readonly headers?: Headers;
}

/** A record as the driver gives it out. */
export interface OutputRecord<V, K = string | null> {
  readonly key: K;
  readonly value: V;
  readonly timestamp: number;
  readonly headers: Headers;
}

export interface TopologyTestDriverOptions {
  /** The wall clock, in milliseconds since the epoch. Default 0. */
  readonly now?: number;
  /** Default: bad records become dead letters. */
  readonly handlers?: Partial<ExceptionHandlers>;
  /**
   * What an error that may pass does: `give-up` hands its record to the exception handler, as after the last attempt;
   * `keep-trying` makes `pipe` reject with nothing committed, as while the streams try again. Default `give-up`.
   */
  readonly onRetryable?: RetryPolicy['afterwards'];
  /** As in `StreamsOptions`. Default 1,000,000. */
  readonly maxRecordBytes?: number;
}

/**
 * Runs a topology with no broker, each sub-topology as one task: the same graph, stores, serialization and failure
 * handling as the real thing. What is piped in together is one micro-batch; what goes through a repartition topic is
 * processed before `pipe` resolves. Both clocks stand still until they are moved: stream time by the records, the wall
 * clock by `advanceWallClockTime`.
 *
 * @example
 * const driver = new TopologyTestDriver(topology);
 * const words = driver.createInputTopic('lines', stringSerde, stringSerde);
 * const counts = driver.createOutputTopic('counts', stringSerde, numberSerde);
 * await words.pipeInput('a', 'one two one');
 * counts.readKeyValues(); // [['one', 2], ['two', 1]]
 */
export class TopologyTestDriver {
  readonly topology: Topology;
  readonly #tasks: readonly DriverTask[];
  readonly #globals: DriverGlobals;
  readonly #produced = new Map<string, ProducedRecord[]>();
  #offset = 0;
  #now: number;

  constructor(topology: Topology, options: TopologyTestDriverOptions = {}) {
    this.topology = topology;
    this.#now = options.now ?? 0;
    const handlers: ExceptionHandlers = {
      deserialization: LogAndContinueExceptionHandler,
      processing: LogAndContinueExceptionHandler,
      production: LogAndContinueExceptionHandler,
      ...options.handlers,
    };
    this.#globals = new DriverGlobals(topology, handlers.deserialization);
    this.#tasks = topology.subTopologies().map(
      (part, subTopology) =>
        new DriverTask({
          // Each task has stores of its own, as its stream time is its own: by another's they would be purged too early.
          ...{ subTopology, topology: part, state: new MemoryState(), handlers },
          isLastAttempt: options.onRetryable !== 'keep-trying',
          maxRecordBytes: options.maxRecordBytes ?? 1_000_000,
          globalStore: (definition) => this.#globals.store(definition),
          now: () => this.#now,
        }),
    );
  }

  /** The wall clock, in milliseconds since the epoch. */
  now(): number {
    return this.#now;
  }

  /** Moves the wall clock, and calls the punctuators that are due by then, each once. */
  async advanceWallClockTime(milliseconds: number): Promise<void> {
    this.#now += milliseconds;
    for (const task of this.#tasks) {
      if (task.isPunctuationDue()) await this.#run(task, []);
    }
  }

  /** Sets the wall clock and calls nobody: punctuators that are due run with the next records that are piped in. */
  setWallClockTime(now: number): void {
    this.#now = now;
  }

  createInputTopic<K, V>(topic: string, keySerde: Serde<K>, valueSerde: Serde<V>): TestInputTopic<K, V> {
    return new TestInputTopic(this, topic, keySerde, valueSerde);
  }

  createOutputTopic<K, V>(topic: string, keySerde: Serde<K>, valueSerde: Serde<V>): TestOutputTopic<K, V> {
    return new TestOutputTopic(this, topic, keySerde, valueSerde);
  }

  /** Sends records through the topology as one micro-batch, and commits it. Rejects where the streams would stop. */
  async pipe<V>(topic: string, serde: Serde<V>, records: readonly InputRecord<V>[]): Promise<void> {
    await this.createInputTopic(topic, stringSerde, serde).pipeRecords(records);
  }

  /**
   * The same for records as they lie in a topic, readable or not. All of them belong to one sub-topology, or to global
   * tables, which have them at once.
   */
  async pipeBytes(records: readonly ConsumedRecord[]): Promise<void> {
    const [first] = records;
    if (first === undefined) return;
    if (this.#globals.reads(first.topic)) await this.#globals.take(records);
    else await this.#run(this.#readerOf(first.topic), records);
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

  /** What a store holds for a key; by its name also that of a table, an aggregate or a global table. */
  async store<V>(store: StoreName<V>, key: string): Promise<V | undefined> {
    return this.#valuesOf(store).get(key);
  }

  /** All that a store holds, in the order of its keys. */
  async storeEntries<V>(store: StoreName<V>): Promise<readonly (readonly [key: string, value: V])[]> {
    return this.#valuesOf(store).range({});
  }

  /** The offset of the next record that is piped in. */
  nextOffset(): number {
    return this.#offset++;
  }

  /**
   * Closes the tasks and opens them again on their stores, as where an instance is restarted: what operators keep in
   * memory is gone, what was committed is there.
   */
  restart(): void {
    for (const task of this.#tasks) task.restart();
  }

  /** Lets go of the operators, as a task does that is closed. */
  close(): void {
    for (const task of this.#tasks) task.close();
  }

  async #run(task: DriverTask, records: readonly ConsumedRecord[]): Promise<void> {
    const outputs = await task.process(records);
    for (const [topic, produced] of outputs) {
      this.#produced.set(topic, [...(this.#produced.get(topic) ?? []), ...produced]);
    }
    for (const [topic, produced] of outputs) {
      const reader = this.#tasks.find((each) => each.topology.sourceTopics().includes(topic));
      if (reader !== undefined && produced.length > 0) await this.#run(reader, this.#consumed(topic, produced));
    }
  }

  #consumed(topic: string, produced: readonly ProducedRecord[]): ConsumedRecord[] {
    return produced.map(({ key, value, timestamp, headers }) => ({
      ...{ topic, partition: 0, offset: this.nextOffset() },
      ...{ key, value, timestamp, headers },
    }));
  }

  #valuesOf<V>(wanted: StoreName<V>): ReadonlyStore<V> {
    const name = typeof wanted === 'string' ? wanted : wanted.name;
    const owner = this.#tasks.find((task) => task.topology.stores().some((store) => store.name === name));
    const definition = owner?.topology.stores().find((store) => store.name === name) ?? this.#globals.definition(name);
    if (definition === undefined) throw new StreamsStateError(`Store ${name} is used by no processor`);
    const state = owner?.state ?? this.#globals.state;
    return storedValues<V>(typeof wanted === 'string' ? definition : wanted, state);
  }

  #readerOf(topic: string): DriverTask {
    const reader = this.#tasks.find((task) => task.topology.sourceTopics().includes(topic));
    if (reader === undefined) throw new StreamsStateError(`Topic ${topic} is read by no source`);
    return reader;
  }
}
