import type { ConsumedRecord, Headers, ProducedRecord } from '../record.ts';
import type { Serde } from '../serde.ts';
import type { InputRecord, OutputRecord } from './topology-test-driver.ts';

/** What test topics use of their driver. */
interface Pipes {
  now(): number;
  nextOffset(): number;
  pipeBytes(records: readonly ConsumedRecord[]): Promise<void>;
}

interface Reads {
  readBytes(topic: string): readonly ProducedRecord[];
}

/** A topic to pipe typed records into; made by `TopologyTestDriver.createInputTopic`. */
export class TestInputTopic<K, V> {
  readonly #driver: Pipes;
  readonly #topic: string;
  readonly #keySerde: Serde<K>;
  readonly #valueSerde: Serde<V>;

  constructor(driver: Pipes, topic: string, keySerde: Serde<K>, valueSerde: Serde<V>) {
    this.#driver = driver;
    this.#topic = topic;
    this.#keySerde = keySerde;
    this.#valueSerde = valueSerde;
  }

  /** One record, as a micro-batch of its own. @param timestamp default: the driver's wall clock */
  async pipeInput(key: K | null, value: V | null, timestamp?: number, headers?: Headers): Promise<void> {
    await this.pipeRecords([
      { key, value, ...(timestamp !== undefined && { timestamp }), ...(headers !== undefined && { headers }) },
    ]);
  }

  /** Records one after the other, each a micro-batch of its own. */
  async pipeKeyValues(pairs: readonly (readonly [key: K | null, value: V | null])[]): Promise<void> {
    for (const [key, value] of pairs) await this.pipeInput(key, value);
  }

  /** Records as one micro-batch. */
  async pipeRecords(records: readonly InputRecord<V, K | null>[]): Promise<void> {
    await this.#driver.pipeBytes(
      records.map(({ key, value, timestamp, headers }) => ({
        ...{ topic: this.#topic, partition: 0, offset: this.#driver.nextOffset() },
        key: key === null ? null : this.#keySerde.serialize(key),
        value: value === null ? null : this.#valueSerde.serialize(value),
        timestamp: timestamp ?? this.#driver.now(),
        headers: headers ?? {},
      })),
    );
  }
}

/** A topic to read typed records out of; made by `TopologyTestDriver.createOutputTopic`. */
export class TestOutputTopic<K, V> {
  readonly #driver: Reads;
  readonly #topic: string;
  readonly #keySerde: Serde<K>;
  readonly #valueSerde: Serde<V>;

  constructor(driver: Reads, topic: string, keySerde: Serde<K>, valueSerde: Serde<V>) {
    this.#driver = driver;
    this.#topic = topic;
    this.#keySerde = keySerde;
    this.#valueSerde = valueSerde;
  }

  /** Takes what has been written since the last reading; the value of a deletion is null. */
  readRecords(): readonly OutputRecord<V | null, K | null>[] {
    return this.#driver.readBytes(this.#topic).map(({ key, value, timestamp, headers }) => ({
      key: key === null ? null : this.#keySerde.deserialize(key),
      value: value === null ? null : this.#valueSerde.deserialize(value),
      timestamp,
      headers,
    }));
  }

  readValues(): readonly (V | null)[] {
    return this.readRecords().map(({ value }) => value);
  }

  readKeyValues(): readonly (readonly [key: K | null, value: V | null])[] {
    return this.readRecords().map(({ key, value }) => [key, value] as const);
  }
}
