import { parentsOf, storesOf, type TopologyNode } from '../topology/nodes.ts';
import type { Topology } from '../topology/topology.ts';
import type { DecodedRecord } from './graph.ts';

/** How the records of a micro-batch are cut into what goes through the graph together. */
export interface Runs {
  /** In their order; one empty run where there are none. */
  of(records: readonly DecodedRecord[]): readonly (readonly DecodedRecord[])[];
}

/**
 * Records go through the graph in runs of the same source, so that what a table held when a stream's record came is what
 * it held by the records' order. Where one source both changes a table and is joined with it, each record goes alone.
 */
export function runsOf(topology: Topology): Runs {
  const alone = sourcesToTakeAlone(topology);
  if (topology.sources().length < 2 && alone.size === 0) return { of: (records) => [records] };
  return {
    of: (records) => {
      const runs: DecodedRecord[][] = [[]];
      for (const decoded of records) {
        const run = runs.at(-1);
        const before = run?.at(-1);
        if (before === undefined || (before.node === decoded.node && !alone.has(decoded.node))) run?.push(decoded);
        else runs.push([decoded]);
      }
      return runs;
    },
  };
}

/** Sources that lead to a node which reads a store as of each record, and to another that writes this store. */
function sourcesToTakeAlone(topology: Topology): ReadonlySet<string> {
  const alone = topology.sources().filter(({ name }) => {
    const reached = behind(topology.nodes, name);
    const isReader = (node: TopologyNode): boolean => node.kind === 'processor' && node.processor.readsAsOf === true;
    const written = new Set(reached.filter((node) => !isReader(node)).flatMap(storesOf));
    return reached.some((node) => isReader(node) && storesOf(node).some((store) => written.has(store)));
  });
  return new Set(alone.map(({ name }) => name));
}

/** The nodes that a source's records may come to; parents stand before their children. */
function behind(nodes: readonly TopologyNode[], source: string): readonly TopologyNode[] {
  const names = new Set([source]);
  return nodes.filter((node) => {
    const isBehind = parentsOf(node).some((parent) => names.has(parent));
    if (isBehind) names.add(node.name);
    return isBehind;
  });
}
