import { parentsOf, storesOf, type TopologyNode } from './nodes.ts';
import { subTopologiesOf } from './sub-topologies.ts';
import type { Topology } from './topology.ts';

const list = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.join(', '));

const head = (node: TopologyNode): string => {
  switch (node.kind) {
    case 'source':
      return `Source: ${node.name} (topics: [${node.topics.join(', ')}])`;
    case 'processor':
      return `Processor: ${node.name} (stores: [${storesOf(node)
        .map((store) => store.name)
        .join(', ')}])`;
    case 'sink':
      return `Sink: ${node.name} (topic: ${node.topic})`;
    case 'global':
      return `Source: ${node.name} (topics: [${node.topic}])`;
  }
};

/** Kafka Streams' form, so that the tools and eyes that read its descriptions read ours. */
export function describeTopology(topology: Topology): string {
  const lines = ['Topologies:'];
  const parts = subTopologiesOf(topology);
  parts.forEach((nodes, index) => {
    lines.push(`   Sub-topology: ${String(index)}`);
    for (const node of nodes) {
      lines.push(`    ${head(node)}`);
      const children = topology.children(node.name).map((child) => child.name);
      if (node.kind !== 'sink') lines.push(`      --> ${list(children)}`);
      if (node.kind !== 'source') lines.push(`      <-- ${list(parentsOf(node))}`);
    }
  });
  topology.globalTables().forEach((node, index) => {
    // Kafka Streams counts them on, and says that they have no tasks.
    lines.push(`   Sub-topology: ${String(parts.length + index)} for global store (will not generate tasks)`);
    lines.push(`    ${head(node)}`, `      --> none (store: ${node.store.name})`);
  });
  if (topology.deadLetterTopic !== null) lines.push(`   Dead letters: ${topology.deadLetterTopic}`);
  return `${lines.join('\n')}\n`;
}
