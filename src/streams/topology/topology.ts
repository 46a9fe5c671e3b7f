import { TopologyError } from '../errors.ts';
import type { StoreDefinition } from '../state/store.ts';
import { describeTopology } from './describe.ts';
import { mermaidOf } from './mermaid.ts';
import {
  type GlobalTableNode,
  parentsOf,
  type RepartitionTopic,
  type SinkNode,
  type SourceNode,
  storesOf,
  type TopologyNode,
  topicsOf,
} from './nodes.ts';
import { subTopologiesOf } from './sub-topologies.ts';
import { faultsOf } from './validate.ts';

/** What a topology consists of. */
export interface TopologyParts {
  readonly name: string;
  /** In an order in which they can run: parents come before children. */
  readonly nodes: readonly TopologyNode[];
  /** Where records go that cannot be processed; null: there is no such place, and one stops the streams. */
  readonly deadLetterTopic: string | null;
  readonly repartitionTopics?: readonly RepartitionTopic[];
  /** Topics made by hand that the topology both writes and reads. */
  readonly throughTopics?: readonly string[];
  /** Stores that were added by hand; each must have a user. */
  readonly addedStores?: readonly StoreDefinition[];
}

/**
 * A declared stream processing: data that can be judged, printed and run. Made by `StreamsBuilder.build()`.
 */
export class Topology {
  readonly name: string;
  readonly nodes: readonly TopologyNode[];
  readonly deadLetterTopic: string | null;
  readonly repartitionTopics: readonly RepartitionTopic[];
  readonly #parts: TopologyParts;
  #subTopologies: readonly Topology[] | null = null;

  /** @throws TopologyError listing every fault */
  constructor(parts: TopologyParts) {
    const faults = faultsOf(parts);
    if (faults.length > 0) throw new TopologyError(parts.name, faults);
    this.#parts = parts;
    this.name = parts.name;
    this.nodes = parts.nodes;
    this.deadLetterTopic = parts.deadLetterTopic;
    this.repartitionTopics = parts.repartitionTopics ?? [];
  }

  sources(): readonly SourceNode[] {
    return this.nodes.filter((node) => node.kind === 'source');
  }

  sinks(): readonly SinkNode[] {
    return this.nodes.filter((node) => node.kind === 'sink');
  }

  globalTables(): readonly GlobalTableNode[] {
    return this.nodes.filter((node) => node.kind === 'global');
  }

  sourceTopics(): readonly string[] {
    return [...new Set(this.nodes.flatMap(topicsOf))];
  }

  sinkTopics(): readonly string[] {
    const dead = this.deadLetterTopic === null ? [] : [this.deadLetterTopic];
    return [...new Set([...this.sinks().map((sink) => sink.topic), ...dead])];
  }

  stores(): readonly StoreDefinition[] {
    return [...new Set(this.nodes.flatMap(storesOf))];
  }

  children(name: string): readonly TopologyNode[] {
    return this.nodes.filter((node) => parentsOf(node).includes(name));
  }

  /**
   * The parts that hang together by edges or shared stores, each a topology of its own; a task runs one of them for one
   * partition. Repartition topics lie between them. Global tables belong to none.
   */
  subTopologies(): readonly Topology[] {
    const { name, deadLetterTopic } = this;
    const { repartitionTopics = [], throughTopics = [] } = this.#parts;
    this.#subTopologies ??= subTopologiesOf(this).map(
      (nodes) => new Topology({ name, nodes, deadLetterTopic, repartitionTopics, throughTopics }),
    );
    return this.#subTopologies;
  }

  /** The same topology with its repartition topics called as they are called in the cluster. */
  withInternalNames(nameOf: (topic: string) => string): Topology {
    const internal = new Set(this.repartitionTopics.map(({ topic }) => topic));
    const renamed = (topic: string): string => (internal.has(topic) ? nameOf(topic) : topic);
    return new Topology({
      ...this.#parts,
      nodes: this.nodes.map((node): TopologyNode => {
        if (node.kind === 'source') return { ...node, topics: node.topics.map(renamed) };
        return node.kind === 'sink' ? { ...node, topic: renamed(node.topic) } : node;
      }),
      repartitionTopics: this.repartitionTopics.map((each) => ({ ...each, topic: nameOf(each.topic) })),
    });
  }

  /** The graph as text, in the form Kafka Streams prints it. */
  describe(): string {
    return describeTopology(this);
  }

  /** The graph as a Mermaid flowchart. */
  mermaid(): string {
    return mermaidOf(this);
  }
}
