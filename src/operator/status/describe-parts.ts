import type { Topology } from '../../streams/index.ts';
import type { NodeShown } from './instance-status.ts';

type Node = Topology['nodes'][number];

const shown = (node: Node): NodeShown => {
  switch (node.kind) {
    case 'source':
      return { kind: node.kind, name: node.name, parents: [], topics: [...node.topics], stores: [] };
    case 'sink':
      return { kind: node.kind, name: node.name, parents: [...node.parents], topics: [node.topic], stores: [] };
    case 'global':
      return { kind: node.kind, name: node.name, parents: [], topics: [node.topic], stores: [node.store.name] };
    case 'processor': {
      const stores = node.processor.stores.map(({ name }) => name);
      return { kind: node.kind, name: node.name, parents: [...node.parents], topics: [], stores };
    }
  }
};

/** What `describe()` prints, as data: the nodes of each sub-topology. */
export const describeParts = (topology: Topology): NodeShown[][] =>
  topology.subTopologies().map(({ nodes }) => nodes.map(shown));
