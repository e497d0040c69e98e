/**
 * Where the nodes and edges of a run's graph stand, left to right, by dagre. The library is loaded with the first graph
 * that is drawn, and a layout is kept by the graph's shape: a page that renews itself does not lay out the same again.
 */

export interface LayoutNode {
  readonly width: number;
  readonly height: number;
}

export interface LayoutEdge {
  readonly from: number;
  readonly to: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** Upper left corners, in the order of the nodes. */
  readonly nodes: readonly Point[];
  /** From the right side of one node to the left side of another, with the points to pass, in the order of the edges. */
  readonly edges: readonly (readonly Point[])[];
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export type LayOut = (nodes: readonly LayoutNode[], edges: readonly LayoutEdge[]) => Layout;

const MARGIN = 4;
const MOST_KEPT = 100;
const kept = new Map<string, Layout>();

/** Loads the library: 3 ms, once. */
export async function loadLayout(): Promise<LayOut> {
  const { Graph, layout } = await import('@dagrejs/dagre');

  function layOut(nodes: readonly LayoutNode[], edges: readonly LayoutEdge[]): Layout {
    const graph = new Graph();
    graph.setGraph({ rankdir: 'LR', nodesep: 10, ranksep: 26, marginx: MARGIN, marginy: MARGIN });
    graph.setDefaultEdgeLabel(() => ({}));
    for (const [index, { width, height }] of nodes.entries()) graph.setNode(String(index), { width, height });
    for (const { from, to } of edges) graph.setEdge(String(from), String(to));
    layout(graph);
    const size = graph.graph() as { width?: number; height?: number };
    const boxOf = (index: number) => graph.node(String(index)) as Point & LayoutNode;
    return {
      width: Math.ceil(size.width ?? 0),
      height: Math.ceil(size.height ?? 0),
      nodes: nodes.map((_, index) => {
        const { x, y, width, height } = boxOf(index);
        return { x: Math.round(x - width / 2), y: Math.round(y - height / 2) };
      }),
      edges: edges.map(({ from, to }) => {
        const [source, target] = [boxOf(from), boxOf(to)];
        const { points = [] } = graph.edge(String(from), String(to)) as { points?: readonly Point[] };
        return [
          { x: Math.round(source.x + source.width / 2), y: Math.round(source.y) },
          // The outer ones lie on the borders of the nodes, wherever the line meets them.
          ...points.slice(1, -1).map(({ x, y }) => ({ x: Math.round(x), y: Math.round(y) })),
          { x: Math.round(target.x - target.width / 2), y: Math.round(target.y) },
        ];
      }),
    };
  }

  return (nodes, edges) => {
    const key = `${nodes.map(({ width }) => width).join()} ${edges.map(({ from, to }) => `${from}-${to}`).join()}`;
    const known = kept.get(key);
    if (known !== undefined) return known;
    const made = layOut(nodes, edges);
    const [oldest] = kept.keys();
    if (kept.size >= MOST_KEPT && oldest !== undefined) kept.delete(oldest);
    kept.set(key, made);
    return made;
  };
}
