import { TopologyError } from '../errors.ts';
import type { StoreDefinition } from '../state/store.ts';
import { describeTopology } from './describe.ts';
import { mermaidOf } from './mermaid.ts';
import { parentsOf, storesOf, type SinkNode, type SourceNode, type TopologyNode } from './nodes.ts';
import { faultsOf } from './validate.ts';

/**
 * A declared stream processing: data that can be judged, printed and run. Made by `StreamsBuilder.build()`.
 */
export class Topology {
  readonly name: string;
  /** In the order of declaration, which is also an order in which they can run: parents come before children. */
  readonly nodes: readonly TopologyNode[];
  /** Where records go that cannot be processed; null: there is no such place, and one stops the streams. */
  readonly deadLetterTopic: string | null;

  /** @throws TopologyError listing every fault */
  constructor(name: string, nodes: readonly TopologyNode[], deadLetterTopic: string | null) {
    const faults = faultsOf(nodes, deadLetterTopic);
    if (faults.length > 0) throw new TopologyError(name, faults);
    this.name = name;
    this.nodes = nodes;
    this.deadLetterTopic = deadLetterTopic;
  }

  sources(): readonly SourceNode[] {
    return this.nodes.filter((node) => node.kind === 'source');
  }

  sinks(): readonly SinkNode[] {
    return this.nodes.filter((node) => node.kind === 'sink');
  }

  sourceTopics(): readonly string[] {
    return [...new Set(this.sources().flatMap((source) => source.topics))];
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

  /** The graph as text, in the form Kafka Streams prints it. */
  describe(): string {
    return describeTopology(this);
  }

  /** The graph as a Mermaid flowchart. */
  mermaid(): string {
    return mermaidOf(this);
  }
}
