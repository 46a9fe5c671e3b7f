import * as library from '@dagrejs/dagre';

/** What is used of dagre; the types it brings cannot be resolved by Node's rules. */
export interface DagreGraph {
  setGraph(options: object): void;
  setDefaultEdgeLabel(label: () => object): void;
  setNode(id: string, size: { readonly width: number; readonly height: number }): void;
  setEdge(from: string, to: string, label: object): void;
  /** After the layout, the size of the whole. */
  graph(): { readonly width?: number; readonly height?: number };
  node(id: string): { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  edge(
    from: string,
    to: string,
  ): {
    readonly points: readonly { readonly x: number; readonly y: number }[];
    readonly x?: number;
    readonly y?: number;
  };
}

interface Dagre {
  readonly Graph: new (options: { readonly multigraph: boolean; readonly compound: boolean }) => DagreGraph;
  readonly layout: (graph: DagreGraph) => void;
}

export const { Graph: DagreGraph, layout } = library as unknown as Dagre;
