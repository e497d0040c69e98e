/** The graph of a run as it is drawn: what each node says and leads to, and where it stands. */
import { runGraph } from '../../../model/run-graph.ts';
import { isSuccess, type StateName } from '../../../model/state.ts';
import type { TaskOutline } from '../../../store/task-outlines.ts';
import { type GraphView, NODE_HEIGHT, type NodeView, nodeSize } from '../../../web/charts/graph.tsx';
import { lookOf } from '../../../web/state-mark.tsx';
import { took } from '../../../web/time.tsx';
import type { LayOut } from './graph-layout.ts';

/** More boxes than this are no picture; folded ones may be a few more, because each is one thing. */
const BOUNDS = { unfolded: 24, most: 40 };

export interface GraphInput {
  readonly tasks: readonly TaskOutline[];
  readonly titles: ReadonlyMap<number, string>;
  /** The row of a task. */
  readonly hrefOf: (taskId: number) => string;
  readonly layOut: LayOut | null;
}

/** null when no task waited for another; `too-many` when the graph would not be one to look at. */
export function graphView({ tasks, titles, hrefOf, layOut }: GraphInput): GraphView | null | 'too-many' {
  if (layOut === null) return null;
  const graph = runGraph(
    tasks.map((task) => ({ ...task, title: titles.get(task.id) ?? task.name })),
    BOUNDS,
  );
  if (graph === null || graph === 'too-many') return graph;
  const drawn = graph.nodes.map((node) => ({ ...node, ...describe(node.tasks, titles) }));
  const layout = layOut(
    drawn.map(({ width }) => ({ width, height: NODE_HEIGHT })),
    graph.edges,
  );
  return {
    width: layout.width,
    height: layout.height,
    taskCount: graph.nodes.reduce((sum, node) => sum + node.tasks.length, 0),
    nodes: drawn.map(({ tasks: [first], isCritical, ...rest }, index) => ({
      ...rest,
      x: layout.nodes[index]?.x ?? 0,
      y: layout.nodes[index]?.y ?? 0,
      href: hrefOf(first?.id ?? 0),
      isCritical,
    })),
    edges: graph.edges.map(({ isCritical, isOrder }, index) => ({
      points: layout.edges[index] ?? [],
      isCritical,
      isOrder,
    })),
  };
}

type Described = Pick<NodeView, 'title' | 'fullTitle' | 'state' | 'words' | 'width' | 'isSkipped' | 'isStack'>;

function describe(tasks: readonly TaskOutline[], titles: ReadonlyMap<number, string>): Described {
  const [first] = tasks as readonly [TaskOutline];
  const isStack = tasks.length > 1;
  const full = isStack ? `${first.name}, ${tasks.length} ×` : (titles.get(first.id) ?? first.name);
  const state = shownState(tasks);
  const words = isStack ? countsOf(tasks) : wordsOf(first);
  const { title, width } = nodeSize(full, words);
  return {
    ...{ title, width, state, words },
    fullTitle: title === full ? null : full,
    isSkipped: tasks.every((task) => task.state.name === 'Skipped' || task.state.name === 'UpstreamFailed'),
    isStack: isStack || first.childRunId !== null,
  };
}

/** "Completed 1.2s", "Reused". */
function wordsOf(task: TaskOutline): string {
  if (task.isReused) return 'Reused';
  const { word } = lookOf(task.state.name);
  // What runs changes with every look; how long is said in its row.
  return task.endAt === null || task.startAt === null ? word : `${word} ${took(task.runTimeMs)}`;
}

/** "118 completed, 2 failed". */
function countsOf(tasks: readonly TaskOutline[]): string {
  const counts = Map.groupBy(tasks, (task) => (task.isReused ? 'reused' : lookOf(task.state.name).word.toLowerCase()));
  const words = [...counts].map(([word, alike]) => `${alike.length} ${word}`);
  return words.length > 3 ? `${words.slice(0, 3).join(', ')}, ...` : words.join(', ');
}

/** Of several, what somebody would want to know of first. */
function shownState(tasks: readonly TaskOutline[]): StateName {
  const wrong = tasks.find(({ state }) => state.type === 'FAILED' && state.name !== 'UpstreamFailed');
  const rest = [
    wrong,
    tasks.find(({ state }) => state.type === 'CRASHED'),
    tasks.find(({ state }) => state.type === 'RUNNING'),
    tasks.find(({ state }) => !isSuccess(state.type)),
    tasks.find(({ isReused }) => !isReused),
  ].find((task) => task !== undefined);
  const shown = rest ?? tasks[0];
  return shown === undefined || shown.isReused ? 'Cached' : shown.state.name;
}
