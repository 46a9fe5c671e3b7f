import type { InstanceStatus, TopologyStatus } from '../status/instance-status.ts';

export type GraphNodeKind = 'topic' | 'part' | 'store' | 'feed' | 'processor';

export interface GraphNode {
  readonly id: string;
  readonly kind: GraphNodeKind;
  readonly label: string;
}

export interface GraphEdge {
  readonly id: string;
  readonly from: string;
  readonly to: string;
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/** What surrounds the topologies, which no topology declares. */
export interface Surroundings {
  /** Stores that a topology writes to, beside topics: names of dependencies by the topology's name. */
  readonly stores: Readonly<Record<string, readonly string[]>>;
  /** Topics that others fill, by their name. */
  readonly feeds: Readonly<Record<string, readonly string[]>>;
}

export const topicId = (topic: string): string => `topic:${topic}`;
export const partId = (topology: string, part: number): string => `part:${topology}/${String(part)}`;
export const storeId = (store: string): string => `store:${store}`;
const edge = (from: string, to: string): GraphEdge => ({ id: `${from}>${to}`, from, to });

/** Each topology as the newest instance that has it describes it; in the order of their names. */
export function topologiesOf(instances: readonly InstanceStatus[]): readonly TopologyStatus[] {
  const newest = [...instances].sort((a, b) => a.startedAt - b.startedAt);
  const byName = new Map(newest.flatMap(({ topologies }) => topologies.map((each) => [each.name, each] as const)));
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

type Part = TopologyStatus['parts'][number];

export const topicsRead = (part: Part): readonly string[] => [
  ...new Set(part.filter(({ kind }) => kind === 'source').flatMap(({ topics }) => topics)),
];

export const topicsWritten = (part: Part): readonly string[] => [
  ...new Set(part.filter(({ kind }) => kind === 'sink').flatMap(({ topics }) => topics)),
];

/** A graph in the making: what is named twice is there once. */
const newGraph = () => {
  const nodes = new Map<string, GraphNode>();
  const edges = new Map<string, GraphEdge>();
  const add = (node: GraphNode): string => {
    nodes.set(node.id, node);
    return node.id;
  };
  const connect = (from: string, to: string): void => void edges.set(`${from}>${to}`, edge(from, to));
  const topic = (name: string): string => add({ id: topicId(name), kind: 'topic', label: name });
  const graph = (): Graph => ({ nodes: [...nodes.values()], edges: [...edges.values()] });
  return { nodes, add, connect, topic, graph };
};

/**
 * The whole: topics, sub-topologies, and what is around them. Dead letters have no edges, as every part would have one:
 * what is told of them stands above the picture.
 */
export function wholeGraph(topologies: readonly TopologyStatus[], { stores, feeds }: Surroundings): Graph {
  const { nodes, add, connect, topic, graph } = newGraph();
  for (const { name, parts } of topologies) {
    for (const [index, part] of parts.entries()) {
      const label = parts.length === 1 ? name : `${name} ${String(index)}`;
      const id = add({ id: partId(name, index), kind: 'part', label });
      for (const read of topicsRead(part)) connect(topic(read), id);
      for (const written of topicsWritten(part)) connect(id, topic(written));
      for (const store of stores[name] ?? []) connect(id, add({ id: storeId(store), kind: 'store', label: store }));
    }
  }
  for (const [feed, fed] of Object.entries(feeds)) {
    for (const name of fed.filter((each) => nodes.has(topicId(each)))) {
      connect(add({ id: `feed:${feed}`, kind: 'feed', label: feed }), topicId(name));
    }
  }
  return graph();
}

/** One topology with its processors and stores, as `describe()` tells it. */
export function innerGraph({ parts, name: topology }: TopologyStatus): Graph {
  const { add, connect, topic, graph } = newGraph();
  const inner = (name: string): string => `node:${topology}/${name}`;
  for (const { kind, name, topics, parents, stores } of parts.flat()) {
    if (kind === 'sink') {
      for (const written of topics) for (const parent of parents) connect(inner(parent), topic(written));
      continue;
    }
    const id = add({ id: inner(name), kind: 'processor', label: name });
    for (const read of topics) connect(topic(read), id);
    for (const parent of parents) connect(inner(parent), id);
    for (const store of stores) connect(id, add({ id: storeId(store), kind: 'store', label: store }));
  }
  return graph();
}
