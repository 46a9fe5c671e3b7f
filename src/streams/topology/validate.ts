import { parentsOf, storesOf, type TopologyNode } from './nodes.ts';

const duplicates = (names: readonly string[]): readonly string[] => [
  ...new Set(names.filter((name, index) => names.indexOf(name) !== index)),
];

/** Everything that is wrong with a graph, each in words that name the node; empty when nothing is. */
export function faultsOf(nodes: readonly TopologyNode[], deadLetterTopic: string | null): readonly string[] {
  const names = nodes.map((node) => node.name);
  const faults: string[] = [];

  if (!nodes.some((node) => node.kind === 'source')) faults.push('there is no source');
  for (const name of duplicates(names)) faults.push(`the name ${name} stands more than once`);

  const topics = nodes.flatMap((node) => (node.kind === 'source' ? node.topics : []));
  for (const topic of duplicates(topics)) faults.push(`topic ${topic} is read by more than one source`);
  for (const source of nodes) {
    if (source.kind === 'source' && source.topics.length === 0) faults.push(`source ${source.name} has no topic`);
  }

  for (const [index, node] of nodes.entries()) {
    for (const parent of parentsOf(node)) {
      if (!names.slice(0, index).includes(parent)) faults.push(`${node.name} has an unknown parent ${parent}`);
    }
    if (node.kind === 'sink' && topics.includes(node.topic)) {
      faults.push(`sink ${node.name} writes to ${node.topic}, which the topology reads`);
    }
  }
  if (deadLetterTopic !== null && topics.includes(deadLetterTopic)) {
    faults.push(`the dead letters go to ${deadLetterTopic}, which the topology reads`);
  }

  const definitions = [...new Set(nodes.flatMap(storesOf))];
  for (const name of duplicates(definitions.map((store) => store.name))) {
    faults.push(`two stores have the name ${name}`);
  }
  for (const { name } of definitions) {
    // Local keys are `<store>!<key>`, and topic names allow no more than these.
    if (!/^[a-zA-Z0-9._-]+$/.test(name)) faults.push(`store name ${name} has characters a topic name cannot have`);
  }
  return faults;
}
