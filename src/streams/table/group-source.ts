import { TopologyError } from '../errors.ts';
import type { Grouped } from '../consumed.ts';
import type { KStream } from '../kstream.ts';
import type { NodeRegistry } from '../builder.ts';
import type { Serde } from '../serde.ts';
import { dropIncomplete } from './complete-records.ts';

/** Where the records of a grouping come from; records of one key come from one partition. */
export class GroupSource<K, V> {
  readonly nodes: NodeRegistry;
  readonly keySerde: Serde<K>;
  readonly valueSerde: Serde<V> | undefined;
  readonly #stream: KStream<K, V | null>;
  readonly #repartitioned: Grouped<K, V> | null;
  #parents: readonly string[] | null = null;

  /** @throws TopologyError where it is not known how keys, or values on their way to another partition, are written */
  constructor(stream: KStream<K, V | null>, grouped: Grouped<K, V> | undefined) {
    const { nodes, isKeyChanged, parents } = stream.parts;
    const keySerde = grouped?.keySerde ?? stream.parts.keySerde;
    const valueSerde = grouped?.valueSerde ?? (stream.parts.valueSerde as Serde<V> | undefined);
    const behind = `groupByKey behind ${parents.join(', ')}`;
    if (keySerde === undefined) {
      throw new TopologyError(nodes.topology, [
        `${behind} does not know how keys are written: give it Grouped.withKey(keySerde, valueSerde)`,
      ]);
    }
    this.nodes = nodes;
    this.keySerde = keySerde;
    this.valueSerde = valueSerde;
    this.#stream = stream;
    this.#repartitioned = null;
    if (!isKeyChanged) return;
    if (valueSerde === undefined) {
      throw new TopologyError(nodes.topology, [
        `${behind} has to repartition and does not know how values are written: give it Grouped.with(valueSerde)`,
      ]);
    }
    this.#repartitioned = { keySerde, valueSerde, ...(grouped?.name !== undefined && { name: grouped.name }) };
  }

  /**
   * The nodes an aggregation stands behind. All aggregations of a grouping read the same repartition topic; without a name
   * of its own it has that of the first one's store, so that those which are added later do not change it.
   */
  parentsOf(storeName: string): readonly string[] {
    this.#parents ??= this.#parentsFor(storeName);
    return this.#parents;
  }

  #parentsFor(storeName: string): readonly string[] {
    if (this.#repartitioned === null) return this.#stream.parts.parents;
    const name = this.#repartitioned.name ?? storeName;
    const complete = this.#stream.pipe(dropIncomplete<K, V | null>(`${name}-repartition-filter`));
    const repartitioned = { ...this.#repartitioned, name } as Grouped<K, NonNullable<V>>;
    return complete.repartition(repartitioned).parts.parents;
  }
}
