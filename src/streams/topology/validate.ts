import { parentsOf, storesOf, type TopologyNode, topicsOf } from './nodes.ts';
import type { TopologyParts } from './topology.ts';

const duplicates = (names: readonly string[]): readonly string[] => [
  ...new Set(names.filter((name, index) => names.indexOf(name) !== index)),
];

/** Everything that is wrong with a graph, each in words that name the node; empty when nothing is. */
export function faultsOf(parts: TopologyParts): readonly string[] {
  return [...graphFaults(parts), ...topicFaults(parts), ...storeFaults(parts)];
}

function graphFaults({ nodes }: TopologyParts): readonly string[] {
  const names = nodes.map((node) => node.name);
  const faults: string[] = [];
  if (!nodes.some((node) => node.kind === 'source')) faults.push('there is no source');
  for (const name of duplicates(names)) faults.push(`the name ${name} stands more than once`);
  for (const [index, node] of nodes.entries()) {
    for (const parent of parentsOf(node)) {
      if (!names.slice(0, index).includes(parent)) faults.push(`${node.name} has an unknown parent ${parent}`);
    }
  }
  return faults;
}

function topicFaults({ nodes, ...parts }: TopologyParts): readonly string[] {
  const faults: string[] = [];
  const global = nodes.flatMap((node) => (node.kind === 'global' ? [node.topic] : []));
  const topics = [...nodes.flatMap(topicsOf), ...global];
  for (const topic of duplicates(topics)) faults.push(`topic ${topic} is read by more than one source`);
  for (const node of nodes) {
    if (node.kind === 'source' && node.topics.length === 0) faults.push(`source ${node.name} has no topic`);
  }
  const { deadLetterTopic, repartitionTopics = [], throughTopics = [] } = parts;
  const between = new Set([...repartitionTopics.map(({ topic }) => topic), ...throughTopics]);
  for (const node of nodes) {
    if (node.kind === 'sink' && topics.includes(node.topic) && !between.has(node.topic)) {
      faults.push(`sink ${node.name} writes to ${node.topic}, which the topology reads`);
    }
  }
  if (deadLetterTopic !== null && topics.includes(deadLetterTopic)) {
    faults.push(`the dead letters go to ${deadLetterTopic}, which the topology reads`);
  }
  return faults;
}

const globalStoresOf = (node: TopologyNode) => (node.kind === 'global' ? [node.store] : []);

function storeFaults({ nodes, addedStores = [] }: TopologyParts): readonly string[] {
  const faults: string[] = [];
  const used = new Set(nodes.flatMap(storesOf));
  for (const store of addedStores) {
    if (!used.has(store)) faults.push(`store ${store.name} is used by no processor`);
  }
  const definitions = [...new Set([...used, ...addedStores, ...nodes.flatMap(globalStoresOf)])];
  for (const name of duplicates(definitions.map((store) => store.name))) {
    faults.push(`two stores have the name ${name}`);
  }
  for (const { name } of definitions) {
    // Local keys are `<store>!<key>`, and topic names allow no more than these.
    if (!/^[a-zA-Z0-9._-]+$/.test(name)) faults.push(`store name ${name} has characters a topic name cannot have`);
  }
  return faults;
}
