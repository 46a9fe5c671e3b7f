import type { OperatorFunction } from 'rxjs';
import type { NodeRegistry } from './builder.ts';
import type { Consumed, Grouped, Joined, Produced, Repartitioned } from './consumed.ts';
import { TopologyError } from './errors.ts';
import { joinGlobalTable } from './join/join-global-table.ts';
import { joinTable } from './join/join-table.ts';
import type { ValueJoiner } from './join/value-joiner.ts';
import { perRecord } from './operators/per-record.ts';
import { process, type ProcessOptions } from './operators/process.ts';
import { type StreamRecord, withValue } from './record.ts';
import type { Serde } from './serde.ts';
import type { GlobalKTable } from './table/global-ktable.ts';
import type { KGroupedStream } from './table/kgrouped-stream.ts';
import type { KTable } from './table/ktable.ts';
import type { Processor, ProcessorNode, SinkNode } from './topology/nodes.ts';
import { sourceNode } from './topology/source-node.ts';

/** A step of a stream: a named processor, or an operator of RxJS over records. */
export type Step<K1, V1, K2, V2> =
  | Processor<K1, V1, K2, V2>
  | OperatorFunction<StreamRecord<K1, V1>, StreamRecord<K2, V2>>;

/** Gives a plain RxJS operator the name it has in `describe()`. */
export const named = <K1, V1, K2, V2>(
  name: string,
  operator: OperatorFunction<StreamRecord<K1, V1>, StreamRecord<K2, V2>>,
): Processor<K1, V1, K2, V2> => ({ name, stores: [], create: () => operator });

/** What a stream under declaration is: where it stands in the graph, and what is known of its records. */
export interface StreamParts<K, V> {
  readonly nodes: NodeRegistry;
  readonly parents: readonly string[];
  /** Whether records may not lie any more in the partition that their key belongs to. */
  readonly isKeyChanged: boolean;
  readonly keySerde?: Serde<K> | undefined;
  readonly valueSerde?: Serde<V> | undefined;
}

/** One way of `split`: its name and which records go there. */
export type Branches<K, V> = Readonly<Record<string, (value: V, record: StreamRecord<K, V>) => boolean>>;

/** What `join` and `leftJoin` are called with; their overloads say what goes with what. */
type TableJoinArguments<K, V> = readonly [
  table: Pick<KTable<K, unknown>, 'parts'>,
  joiner: ValueJoiner<K, NonNullable<V>, never, unknown>,
  joined?: Joined<K, NonNullable<V>>,
];
type GlobalTableJoinArguments<K, V> = readonly [
  table: GlobalKTable<unknown, unknown>,
  keyOf: (record: StreamRecord<K, NonNullable<V>>) => unknown,
  joiner: ValueJoiner<K, NonNullable<V>, never, unknown>,
  name?: string,
];
type AnyJoiner<K, V> = ValueJoiner<K, NonNullable<V>, unknown, unknown>;
type AnyJoin<K, V> = TableJoinArguments<K, V> | GlobalTableJoinArguments<K, V>;

const isTableJoin = <K, V>(join: AnyJoin<K, V>): join is TableJoinArguments<K, V> => 'view' in join[0].parts;

/** A stream of records under declaration; every method adds a node and returns the stream behind it. */
export class KStream<K, V> {
  /** For operators of this room that add nodes of their own. */
  readonly parts: StreamParts<K, V>;

  /** Made by `StreamsBuilder.stream`. */
  constructor(parts: StreamParts<K, V>) {
    this.parts = parts;
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
    const { nodes, parents, keySerde, isKeyChanged } = this.parts;
    const last = steps.reduce((above, step) => [addStep(nodes, above, step)], parents);
    const keepKey = steps.every((step) => typeof step !== 'function' && step.keepsKey === true);
    return new KStream<unknown, unknown>({
      ...{ nodes, parents: last, isKeyChanged: isKeyChanged || !keepKey },
      keySerde: keepKey ? keySerde : undefined,
    });
  }

  map<K2, V2>(change: (record: StreamRecord<K, V>) => { key: K2; value: V2 }, name?: string): KStream<K2, V2> {
    return this.#rekeyed('MAP', name, (record) => [{ ...record, ...change(record) }]);
  }

  flatMap<K2, V2>(
    change: (record: StreamRecord<K, V>) => Iterable<{ key: K2; value: V2 }>,
    name?: string,
  ): KStream<K2, V2> {
    return this.#rekeyed('FLATMAP', name, (record) =>
      Array.from(change(record), ({ key, value }) => ({ ...record, key, value })),
    );
  }

  mapValues<V2>(change: (value: V, record: StreamRecord<K, V>) => V2, name?: string): KStream<K, V2> {
    return this.#sameKey('MAPVALUES', name, (record) => [withValue(record, change(record.value, record))]);
  }

  flatMapValues<V2>(change: (value: V, record: StreamRecord<K, V>) => Iterable<V2>, name?: string): KStream<K, V2> {
    return this.#sameKey('FLATMAPVALUES', name, (record) =>
      Array.from(change(record.value, record), (value) => withValue(record, value)),
    );
  }

  /** What is grouped or joined by the new key is partitioned anew before that. */
  selectKey<K2>(choose: (record: StreamRecord<K, V>) => K2, name?: string): KStream<K2, V> {
    const stream = this.#rekeyed<K2, V>('KEY-SELECT', name, (record) => [{ ...record, key: choose(record) }]);
    return new KStream({ ...stream.parts, valueSerde: this.parts.valueSerde });
  }

  filter(keep: (value: V, record: StreamRecord<K, V>) => boolean, name?: string): KStream<K, V> {
    return this.#sameRecords('FILTER', name, (record) => keep(record.value, record));
  }

  filterNot(drop: (value: V, record: StreamRecord<K, V>) => boolean, name?: string): KStream<K, V> {
    return this.#sameRecords('FILTER', name, (record) => !drop(record.value, record));
  }

  peek(look: (record: StreamRecord<K, V>) => void, name?: string): KStream<K, V> {
    return this.#sameRecords('PEEK', name, (record) => {
      look(record);
      return true;
    });
  }

  /**
   * Splits the stream: each record goes to the first branch whose condition holds, and otherwise to `rest`.
   *
   * @example
   * const { big, rest } = orders.split({ big: (order) => order.total > 1_000 });
   */
  split<B extends Branches<K, V>>(branches: B, name?: string): Readonly<Record<keyof B | 'rest', KStream<K, V>>> {
    const base = name ?? this.parts.nodes.nextName('KSTREAM-BRANCH');
    const root = this.#sameRecords('BRANCH', base, () => true);
    const conditions = Object.entries(branches);
    const ways = conditions.map(([branch, condition], index) => {
      const before = conditions.slice(0, index);
      const isHere = (record: StreamRecord<K, V>): boolean =>
        condition(record.value, record) && !before.some(([, earlier]) => earlier(record.value, record));
      return [branch, root.#sameRecords('BRANCHCHILD', `${base}-${branch}`, isHere)] as const;
    });
    const isLeft = (record: StreamRecord<K, V>): boolean =>
      !conditions.some(([, condition]) => condition(record.value, record));
    const rest = root.#sameRecords('BRANCHCHILD', `${base}-rest`, isLeft);
    return Object.fromEntries([...ways, ['rest', rest]]) as Record<keyof B | 'rest', KStream<K, V>>;
  }

  /** The records of both; those of a task's different sources are taken by their timestamps. */
  merge(other: KStream<K, V>, name?: string): KStream<K, V> {
    const { nodes, parents, isKeyChanged } = this.parts;
    const node = name ?? nodes.nextName('KSTREAM-MERGE');
    addProcessor(
      nodes,
      [...parents, ...other.parts.parents],
      named<K, V, K, V>(node, (records) => records),
    );
    return this.#behind(node, { isKeyChanged: isKeyChanged || other.parts.isKeyChanged });
  }

  /**
   * Each record joined with what the table holds for its key when the record's turn comes; what is not in the table is
   * dropped. The result has the record's key and time, and comes when a record comes, not when the table changes. A
   * stream whose key was changed goes through a repartition topic first.
   *
   * A global table is looked up by `keyOf`, null for nothing, and need not be partitioned like the stream.
   * @throws TopologyError where the stream must be repartitioned and it is not known how its values are written
   */
  join<VT, R>(
    table: KTable<K, VT>,
    joiner: ValueJoiner<K, NonNullable<V>, VT, R>,
    joined?: Joined<K, NonNullable<V>>,
  ): KStream<K, R>;
  join<KT, VT, R>(
    table: GlobalKTable<KT, VT>,
    keyOf: (record: StreamRecord<K, NonNullable<V>>) => KT | null,
    joiner: ValueJoiner<K, NonNullable<V>, VT, R>,
    name?: string,
  ): KStream<K, R>;
  join(...join: readonly unknown[]): KStream<K, unknown> {
    return this.#join(join as unknown as AnyJoin<K, V>, false);
  }

  /** As `join`, but a record that is not in the table goes on too: the joiner gets undefined for it. */
  leftJoin<VT, R>(
    table: KTable<K, VT>,
    joiner: ValueJoiner<K, NonNullable<V>, VT | undefined, R>,
    joined?: Joined<K, NonNullable<V>>,
  ): KStream<K, R>;
  leftJoin<KT, VT, R>(
    table: GlobalKTable<KT, VT>,
    keyOf: (record: StreamRecord<K, NonNullable<V>>) => KT | null,
    joiner: ValueJoiner<K, NonNullable<V>, VT | undefined, R>,
    name?: string,
  ): KStream<K, R>;
  leftJoin(...join: readonly unknown[]): KStream<K, unknown> {
    return this.#join(join as unknown as AnyJoin<K, V>, true);
  }

  /**
   * Groups the records by their key, to be aggregated. Where the key may have been changed, they go through a
   * repartition topic first: `<name>-repartition`, by the name of `grouped` or of the first aggregation's store.
   * @throws TopologyError where it is not known how keys, or values to be repartitioned, are written
   */
  groupByKey(grouped?: Grouped<K, NonNullable<V>>): KGroupedStream<K, NonNullable<V>> {
    return this.parts.nodes.group(this as unknown as KStream<K, NonNullable<V> | null>, grouped);
  }

  /** Groups the records by another key; as `selectKey` and `groupByKey`. */
  groupBy<K2>(
    choose: (record: StreamRecord<K, V>) => K2,
    grouped: Grouped<K2, NonNullable<V>>,
  ): KGroupedStream<K2, NonNullable<V>> {
    return this.selectKey(choose).groupByKey(grouped);
  }

  /** A custom processor, record by record, with stores and punctuators. */
  process<K2, V2>(name: string, options: ProcessOptions<K, V, K2, V2>): KStream<K2, V2> {
    return this.pipe(process(name, options));
  }

  /** Writes the stream to a topic. A value that is null is written as a deletion. */
  to(topic: string, produced: Produced<K, NonNullable<V>>): void {
    const { nodes, parents, isKeyChanged } = this.parts;
    const { keySerde, valueSerde, partitioning = isKeyChanged ? 'key' : 'stay' } = produced;
    const name = produced.name ?? nodes.nextName('KSTREAM-SINK');
    const node: SinkNode = { kind: 'sink', name, parents, topic, keySerde, valueSerde, partitioning };
    nodes.add(node);
  }

  /** Writes the stream to a topic that was made by hand, and goes on with what is read from it. */
  through(topic: string, produced: Produced<K, NonNullable<V>>): KStream<K, NonNullable<V>> {
    const { nodes } = this.parts;
    this.to(topic, { ...produced, partitioning: produced.partitioning ?? 'key' });
    nodes.addThroughTopic(topic);
    return this.#readBack(topic, `${topic}-source`, produced);
  }

  /** Goes through a topic that the streams make, so that records lie where their key belongs. */
  repartition(repartitioned: Repartitioned<K, NonNullable<V>>): KStream<K, NonNullable<V>> {
    const { nodes } = this.parts;
    const { keySerde, valueSerde, partitions, partitioning = 'key' } = repartitioned;
    const base = repartitioned.name ?? nodes.nextName('KSTREAM-REPARTITION');
    const topic = `${base}-repartition`;
    nodes.addRepartitionTopic(partitions === undefined ? { topic } : { topic, partitions });
    this.to(topic, { keySerde, valueSerde, partitioning, name: `${topic}-sink` });
    return this.#readBack(topic, `${topic}-source`, { keySerde, valueSerde });
  }

  #join(join: AnyJoin<K, V>, isLeft: boolean): KStream<K, unknown> {
    const { nodes } = this.parts;
    const generated = nodes.nextName(isLeft ? 'KSTREAM-LEFTJOIN' : 'KSTREAM-JOIN');
    if (join[0].parts.nodes !== nodes) {
      throw new TopologyError(nodes.topology, [`${generated} joins a table of another builder`]);
    }
    if (isTableJoin(join)) {
      const [table, joiner, joined] = join;
      const name = joined?.name ?? generated;
      const placed = this.parts.isKeyChanged ? this.#repartitionToJoin(name, table, joined, isLeft) : this;
      return placed.pipe(joinTable<K, V, unknown, unknown>(name, { table, joiner: joiner as AnyJoiner<K, V>, isLeft }));
    }
    const [table, keyOf, joiner, name = generated] = join;
    const lookup = { table, keyOf, joiner: joiner as AnyJoiner<K, V>, isLeft };
    return this.pipe(joinGlobalTable<K, V, unknown, unknown, unknown>(name, lookup));
  }

  /** Only what can be joined makes the journey; the table's own key serde puts it where the table's entry lies. */
  #repartitionToJoin(
    name: string,
    table: Pick<KTable<K, unknown>, 'parts'>,
    joined: Joined<K, NonNullable<V>> | undefined,
    isLeft: boolean,
  ): KStream<K, V> {
    const { topology } = this.parts.nodes;
    const valueSerde = joined?.valueSerde ?? (this.parts.valueSerde as Serde<NonNullable<V>> | undefined);
    if (valueSerde === undefined) {
      const fault = `${name} must repartition a stream whose key was changed: give it Joined.with(valueSerde) or Joined.withKey(keySerde, valueSerde)`;
      throw new TopologyError(topology, [fault]);
    }
    const keySerde = joined?.keySerde ?? table.parts.keySerde;
    return this.filter(
      (value, { key }) => value !== null && (isLeft || key !== null),
      `${name}-repartition-filter`,
    ).repartition({ name, keySerde, valueSerde });
  }

  #readBack(topic: string, name: string, consumed: Consumed<K, NonNullable<V>>): KStream<K, NonNullable<V>> {
    const { nodes } = this.parts;
    const { keySerde, valueSerde } = consumed;
    nodes.add(sourceNode(name, [topic], { keySerde, valueSerde }));
    return new KStream({ nodes, parents: [name], isKeyChanged: false, keySerde, valueSerde });
  }

  #sameRecords(kind: string, name: string | undefined, keep: (record: StreamRecord<K, V>) => boolean): KStream<K, V> {
    const node = this.#add(kind, name, (record: StreamRecord<K, V>) => (keep(record) ? [record] : []));
    return this.#behind(node, {});
  }

  #sameKey<V2>(
    kind: string,
    name: string | undefined,
    step: (record: StreamRecord<K, V>) => readonly StreamRecord<K, V2>[],
  ): KStream<K, V2> {
    const { nodes, isKeyChanged, keySerde } = this.parts;
    return new KStream({ nodes, parents: [this.#add(kind, name, step)], isKeyChanged, keySerde });
  }

  #rekeyed<K2, V2>(
    kind: string,
    name: string | undefined,
    step: (record: StreamRecord<K, V>) => readonly StreamRecord<K2, V2>[],
  ): KStream<K2, V2> {
    const { nodes } = this.parts;
    return new KStream({ nodes, parents: [this.#add(kind, name, step)], isKeyChanged: true });
  }

  #add<K2, V2>(
    kind: string,
    name: string | undefined,
    step: (record: StreamRecord<K, V>) => readonly StreamRecord<K2, V2>[],
  ): string {
    const { nodes, parents } = this.parts;
    return addProcessor(nodes, parents, perRecord(name ?? nodes.nextName(`KSTREAM-${kind}`), step));
  }

  #behind(node: string, changes: Partial<StreamParts<K, V>>): KStream<K, V> {
    return new KStream({ ...this.parts, ...changes, parents: [node] });
  }
}

function addStep(nodes: NodeRegistry, parents: readonly string[], step: Step<never, never, unknown, unknown>): string {
  const isOperator = typeof step === 'function';
  return addProcessor(nodes, parents, isOperator ? named(nodes.nextName('KSTREAM-RXJS'), step) : step);
}

/** Adds a processor's node. @returns its name */
export function addProcessor<K1, V1, K2, V2>(
  nodes: NodeRegistry,
  parents: readonly string[],
  processor: Processor<K1, V1, K2, V2>,
): string {
  const node: ProcessorNode = { kind: 'processor', name: processor.name, parents, processor };
  nodes.add(node);
  return processor.name;
}
