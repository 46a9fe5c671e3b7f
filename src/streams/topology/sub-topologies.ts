import { parentsOf, storesOf, type TopologyNode } from './nodes.ts';
import type { Topology } from './topology.ts';

/** The parts of a graph that hang together by edges or shared stores, in the order of their first node. */
export function subTopologiesOf(topology: Topology): readonly (readonly TopologyNode[])[] {
  const nodes = topology.nodes.filter(({ kind }) => kind !== 'global');
  const groupOf = new Map<string, number>();
  const join = (from: number, into: number): void => {
    for (const [name, group] of groupOf) if (group === from) groupOf.set(name, into);
  };
  nodes.forEach((node, index) => {
    groupOf.set(node.name, index);
    const sharing = nodes.filter((other) => storesOf(other).some((store) => storesOf(node).includes(store)));
    for (const name of [...parentsOf(node), ...sharing.map((other) => other.name)]) {
      const group = groupOf.get(name);
      if (group !== undefined) join(groupOf.get(node.name) ?? index, group);
    }
  });
  const groups = [...new Set(nodes.map(({ name }) => groupOf.get(name)))];
  return groups.map((group) => nodes.filter((node) => groupOf.get(node.name) === group));
}
