import { parentsOf, storesOf } from './nodes.ts';
import type { Topology } from './topology.ts';

/** Identifiers Mermaid takes without quoting. */
const idOf = (kind: string, name: string): string => `${kind}_${name.replaceAll(/[^a-zA-Z0-9]/g, '_')}`;

/** Topics as stadiums, processors as boxes, stores as cylinders. */
export function mermaidOf(topology: Topology): string {
  const lines = ['flowchart TD'];
  const topic = (name: string): string => `${idOf('topic', name)}([${name}])`;
  for (const node of topology.nodes) {
    switch (node.kind) {
      case 'source':
        for (const name of node.topics) lines.push(`  ${topic(name)} --> ${idOf('node', node.name)}[/${node.name}/]`);
        break;
      case 'processor':
        lines.push(`  ${idOf('node', node.name)}[${node.name}]`);
        for (const store of node.processor.globalStores ?? []) {
          lines.push(`  ${idOf('store', store.name)} -.-> ${idOf('node', node.name)}`);
        }
        for (const store of storesOf(node)) {
          lines.push(`  ${idOf('node', node.name)} <-.-> ${idOf('store', store.name)}[(${store.name})]`);
        }
        break;
      case 'global':
        lines.push(`  ${topic(node.topic)} --> ${idOf('store', node.store.name)}[(${node.store.name})]`);
        break;
      case 'sink':
        break;
    }
    for (const parent of parentsOf(node)) {
      const target = node.kind === 'sink' ? topic(node.topic) : idOf('node', node.name);
      lines.push(`  ${idOf('node', parent)} --> ${target}`);
    }
  }
  if (topology.deadLetterTopic !== null) {
    const failing = topology.nodes.filter((node) => node.kind !== 'sink').map((node) => idOf('node', node.name));
    lines.push(`  ${failing.join(' & ')} -. dead letters .-> ${topic(topology.deadLetterTopic)}`);
  }
  return `${lines.join('\n')}\n`;
}
