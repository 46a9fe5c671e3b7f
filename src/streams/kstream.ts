import type { OperatorFunction } from 'rxjs';
import type { NodeRegistry } from './builder.ts';
import { perRecord } from './operators/per-record.ts';
import { type StreamRecord, withValue } from './record.ts';
import { type Serde, stringSerde } from './serde.ts';
import type { Processor, ProcessorNode, SinkNode } from './topology/nodes.ts';

/** How a sink writes its topic. */
export interface Produced<K, V> {
  readonly name?: string;
  readonly keySerde: Serde<K>;
  readonly valueSerde: Serde<V>;
}

export const Produced = {
  with: <V>(valueSerde: Serde<V>): Produced<string, V> => ({ keySerde: stringSerde, valueSerde }),
  withKey: <K, V>(keySerde: Serde<K>, valueSerde: Serde<V>): Produced<K, V> => ({ keySerde, valueSerde }),
};

/** A step of a stream: a named processor, or an operator of RxJS over records. */
export type Step<K1, V1, K2, V2> =
  | Processor<K1, V1, K2, V2>
  | OperatorFunction<StreamRecord<K1, V1>, StreamRecord<K2, V2>>;

/** Gives a plain RxJS operator the name it has in `describe()`. */
export const named = <K1, V1, K2, V2>(
  name: string,
  operator: OperatorFunction<StreamRecord<K1, V1>, StreamRecord<K2, V2>>,
): Processor<K1, V1, K2, V2> => ({ name, stores: [], create: () => operator });

/** A stream of records under declaration; every method adds a node and returns the stream behind it. */
export class KStream<K, V> {
  readonly #nodes: NodeRegistry;
  readonly #parents: readonly string[];

  /** Made by `StreamsBuilder.stream`. */
  constructor(nodes: NodeRegistry, parents: readonly string[]) {
    this.#nodes = nodes;
    this.#parents = parents;
  }

  /**
   * Sends the stream through steps, each a node of the topology. Within a micro-batch the records are a finite
   * Observable: `bufferCount(1000)` flushes at its end. Operators that read the machine's clock must not be used.
   */
  pipe<K1, V1>(a: Step<K, V, K1, V1>): KStream<K1, V1>;
  pipe<K1, V1, K2, V2>(a: Step<K, V, K1, V1>, b: Step<K1, V1, K2, V2>): KStream<K2, V2>;
  pipe<K1, V1, K2, V2, K3, V3>(
    a: Step<K, V, K1, V1>,
    b: Step<K1, V1, K2, V2>,
    c: Step<K2, V2, K3, V3>,
  ): KStream<K3, V3>;
  pipe<K1, V1, K2, V2, K3, V3, K4, V4>(
    a: Step<K, V, K1, V1>,
    b: Step<K1, V1, K2, V2>,
    c: Step<K2, V2, K3, V3>,
    d: Step<K3, V3, K4, V4>,
  ): KStream<K4, V4>;
  pipe(...steps: readonly Step<never, never, unknown, unknown>[]): KStream<unknown, unknown> {
    const parents = steps.reduce((above, step) => [this.#addStep(above, step)], this.#parents);
    return new KStream<unknown, unknown>(this.#nodes, parents);
  }

  map<K2, V2>(change: (record: StreamRecord<K, V>) => { key: K2; value: V2 }, name?: string): KStream<K2, V2> {
    return this.#perRecord('MAP', name, (record) => [{ ...record, ...change(record) }]);
  }

  mapValues<V2>(change: (value: V, record: StreamRecord<K, V>) => V2, name?: string): KStream<K, V2> {
    return this.#perRecord('MAPVALUES', name, (record) => [withValue(record, change(record.value, record))]);
  }

  flatMapValues<V2>(change: (value: V, record: StreamRecord<K, V>) => Iterable<V2>, name?: string): KStream<K, V2> {
    return this.#perRecord('FLATMAPVALUES', name, (record) =>
      Array.from(change(record.value, record), (value) => withValue(record, value)),
    );
  }

  selectKey<K2>(choose: (record: StreamRecord<K, V>) => K2, name?: string): KStream<K2, V> {
    return this.#perRecord('KEY-SELECT', name, (record) => [{ ...record, key: choose(record) }]);
  }

  filter(keep: (value: V, record: StreamRecord<K, V>) => boolean, name?: string): KStream<K, V> {
    return this.#perRecord('FILTER', name, (record) => (keep(record.value, record) ? [record] : []));
  }

  peek(look: (record: StreamRecord<K, V>) => void, name?: string): KStream<K, V> {
    return this.#perRecord('PEEK', name, (record) => {
      look(record);
      return [record];
    });
  }

  /** This stream's records and the other's; within a micro-batch this one's come first. */
  merge(other: KStream<K, V>, name?: string): KStream<K, V> {
    const node = name ?? this.#nodes.nextName('MERGE');
    const processor = named<K, V, K, V>(node, (records) => records);
    this.#addProcessor([...this.#parents, ...other.#parents], processor);
    return new KStream<K, V>(this.#nodes, [node]);
  }

  /** Writes the stream to a topic, to the partition number of the task: one writer for every partition. */
  to(topic: string, produced: Produced<K, V>): void {
    const { keySerde, valueSerde } = produced;
    const name = produced.name ?? this.#nodes.nextName('SINK');
    const node: SinkNode = { kind: 'sink', name, parents: this.#parents, topic, keySerde, valueSerde };
    this.#nodes.add(node);
  }

  #perRecord<K2, V2>(
    kind: string,
    name: string | undefined,
    step: (record: StreamRecord<K, V>) => readonly StreamRecord<K2, V2>[],
  ): KStream<K2, V2> {
    return this.pipe(perRecord(name ?? this.#nodes.nextName(kind), step));
  }

  #addStep(parents: readonly string[], step: Step<never, never, unknown, unknown>): string {
    const isOperator = typeof step === 'function';
    return this.#addProcessor(parents, isOperator ? named(this.#nodes.nextName('RXJS'), step) : step);
  }

  #addProcessor(parents: readonly string[], processor: ProcessorNode['processor'] | Processor<K, V, K, V>): string {
    this.#nodes.add({
      kind: 'processor',
      name: processor.name,
      parents,
      processor,
    });
    return processor.name;
  }
}
