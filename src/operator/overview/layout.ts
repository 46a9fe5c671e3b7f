import { DagreGraph, layout } from './dagre.ts';
import type { Graph, GraphNode, GraphNodeKind } from './graph.ts';

/** Left to right for wide screens, top to bottom for narrow ones. */
export type Direction = 'LR' | 'TB';

export interface PlacedNode extends GraphNode {
  /** Of the middle. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PlacedEdge {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Middle of its label. */
  readonly label: readonly [x: number, y: number];
}

export interface PlacedGraph {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
}

const characterWidth = 7.4;
const labelSize = { width: 58, height: 30 } as const;

const heights: Readonly<Record<GraphNodeKind, number>> = { topic: 32, part: 74, store: 36, feed: 32, processor: 32 };
const leastWidths: Readonly<Record<GraphNodeKind, number>> = {
  ...{ topic: 90, part: 168, store: 90, feed: 80, processor: 70 },
};

const widthOf = ({ kind, label }: GraphNode): number =>
  Math.max(leastWidths[kind], Math.ceil(label.length * characterWidth) + 26);

const round = (value: number): number => Math.round(value * 10) / 10;

/** Where everything is drawn. @param labelled whether edges have a place for their figures */
export function placeGraph(graph: Graph, direction: Direction, labelled: boolean): PlacedGraph {
  const dagre = new DagreGraph({ multigraph: false, compound: false });
  const ranksep = labelled ? 12 : 34;
  dagre.setGraph({ rankdir: direction, nodesep: 18, edgesep: 12, ranksep, marginx: 8, marginy: 8 });
  dagre.setDefaultEdgeLabel(() => ({}));
  for (const node of graph.nodes) dagre.setNode(node.id, { width: widthOf(node), height: heights[node.kind] });
  for (const { from, to } of graph.edges) {
    dagre.setEdge(from, to, labelled ? { ...labelSize, labelpos: 'c' } : {});
  }
  layout(dagre);
  const { width = 0, height = 0 } = dagre.graph();
  return {
    ...{ width: round(width), height: round(height) },
    nodes: graph.nodes.map((node) => {
      const { x, y, width: w, height: h } = dagre.node(node.id);
      return { ...node, x: round(x), y: round(y), width: round(w), height: round(h) };
    }),
    edges: graph.edges.map(({ id, from, to }) => {
      const placed = dagre.edge(from, to);
      const points = placed.points.map(({ x, y }) => [round(x), round(y)] as const);
      const middle = points[Math.floor(points.length / 2)] ?? [0, 0];
      return { ...{ id, from, to, points }, label: [round(placed.x ?? middle[0]), round(placed.y ?? middle[1])] };
    }),
  };
}
