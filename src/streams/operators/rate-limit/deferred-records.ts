import type { NewRecord, StreamRecord } from '../../record.ts';
import type { Serde } from '../../serde.ts';
import type { DeferredRecord, SerializedRecord } from './deferral.ts';

/** How records are written while they wait, and read again. */
export interface DeferredSerdes<K, V> {
  readonly keySerde: Serde<K>;
  readonly valueSerde: Serde<V>;
  /**
   * Whether records come as they were read: key and value are then read again from the bytes of the topic, nothing is
   * kept twice, and what a newer schema says besides is not lost. Only behind operators that leave records as they are
   * (filter, dedupe), and with the serdes of the source. Default false: key, value and headers are kept beside the
   * topic's bytes.
   */
  readonly isAsRead?: boolean;
}

/** Records into what is kept of them, and back. */
export class DeferredRecords<K, V> {
  readonly #serdes: DeferredSerdes<K, V>;

  constructor(serdes: DeferredSerdes<K, V>) {
    this.#serdes = serdes;
  }

  /** @throws what the serdes throw */
  defer({ key, value, headers, timestamp, source }: StreamRecord<K, V>): DeferredRecord {
    const { keySerde, valueSerde, isAsRead = false } = this.#serdes;
    if (isAsRead) return { kind: 'record', source, timestamp, changed: null };
    const changed: SerializedRecord = {
      key: key === null ? null : keySerde.serialize(key),
      value: value === null ? null : valueSerde.serialize(value),
      headers,
    };
    return { kind: 'record', source, timestamp, changed };
  }

  /** Before `resume`. Rejects with a retryable error where what is needed to read them is away. */
  async prepare(records: readonly DeferredRecord[]): Promise<void> {
    await this.#serdes.valueSerde.prepare?.(records.map(({ source, changed }) => (changed ?? source).value));
  }

  /** @throws what the serdes throw */
  resume({ source, timestamp, changed }: DeferredRecord): NewRecord<K, V> {
    const { keySerde, valueSerde } = this.#serdes;
    const { key, value, headers } = changed ?? source;
    return {
      // What was null where it came is null again.
      key: key === null ? (null as K) : keySerde.deserialize(key),
      value: value === null ? (null as V) : valueSerde.deserialize(value),
      ...{ timestamp, headers, source },
    };
  }
}
