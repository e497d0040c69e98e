/**
 * The tasks of a run as a graph that can be drawn: nested calls are a part of their caller, calls of one name at one depth
 * are folded into one node where there are many, and the chain that the end waited for is found. Pure; knows no layout.
 */
import type { State } from './state.ts';

export interface GraphTask {
  readonly id: number;
  readonly name: string;
  /** What tells it from others of its name. */
  readonly title: string;
  readonly state: Pick<State, 'type' | 'name'>;
  readonly parentTaskId: number | null;
  readonly upstream: readonly number[];
  readonly startAt: number | null;
  readonly endAt: number | null;
  readonly isReused: boolean;
}

export interface GraphNode<Task extends GraphTask> {
  /** One, or all that are folded into it, in the order of their calls. */
  readonly tasks: readonly Task[];
  readonly isCritical: boolean;
}

export interface RunGraph<Task extends GraphTask> {
  readonly nodes: readonly GraphNode<Task>[];
  /** Places in `nodes`. */
  readonly edges: readonly GraphEdge[];
}

export interface GraphEdge {
  readonly from: number;
  readonly to: number;
  readonly isCritical: boolean;
  /** Nothing was handed on that is known: it only came after. */
  readonly isOrder: boolean;
}

export interface GraphBounds {
  /** Up to so many nodes nothing is folded. */
  readonly unfolded: number;
  /** More are not drawn. */
  readonly most: number;
}

/** Calls of one name at one depth are folded from so many on; fewer only where the graph is too large otherwise. */
const MANY_ALIKE = 4;

/** null when nothing waits for anything; `too-many` when it cannot be drawn even folded. */
export function runGraph<Task extends GraphTask>(
  tasks: readonly Task[],
  { unfolded, most }: GraphBounds,
): RunGraph<Task> | null | 'too-many' {
  const outer = outermost(tasks);
  const edges = edgesBetween(tasks, outer);
  if ([...edges.values()].every((upstream) => upstream.size === 0)) return null;
  const shown = tasks.filter((task) => outer.get(task.id) === task.id);
  const depths = shown.length <= unfolded ? new Map<number, number>() : depthsOf(shown, edges);
  let groups = shown.map((task) => [task]);
  for (const alike of shown.length <= unfolded ? [] : [MANY_ALIKE, 2]) {
    groups = fold(shown, depths, alike);
    if (groups.length <= most) break;
  }
  if (groups.length > most) return 'too-many';
  const graph = assemble(groups, edges, criticalPath(shown, edges));
  // Folded, one that came after might stand in a group with one that came before.
  return groups.length === shown.length ? { ...graph, edges: [...graph.edges, ...orderOf(shown, edges)] } : graph;
}

/** Which node a task is a part of: itself, or the call around all calls around it. */
function outermost(tasks: readonly GraphTask[]): ReadonlyMap<number, number> {
  const parents = new Map(tasks.map(({ id, parentTaskId }) => [id, parentTaskId]));
  const outer = new Map<number, number>();
  for (const { id } of tasks) {
    let at = id;
    // Bounded: a row that names itself around a circle must not hold the page.
    for (let depth = 0; depth < 100; depth++) {
      const parent = parents.get(at);
      if (parent === null || parent === undefined || !parents.has(parent)) break;
      at = parent;
    }
    outer.set(id, at);
  }
  return outer;
}

/** What each drawn task waits for, by id. */
function edgesBetween(
  tasks: readonly GraphTask[],
  outer: ReadonlyMap<number, number>,
): ReadonlyMap<number, ReadonlySet<number>> {
  const edges = new Map<number, Set<number>>();
  for (const { id, upstream } of tasks) {
    const to = outer.get(id) ?? id;
    const from = edges.get(to) ?? new Set();
    edges.set(to, from);
    for (const each of upstream) {
      const source = outer.get(each);
      if (source !== undefined && source !== to) from.add(source);
    }
  }
  return edges;
}

/**
 * Of tasks that nothing is known to have led to or away from, that by which they came last: what the flow's own code
 * awaited in between leaves no edge. Never a circle: each leads from what had ended to what had not begun.
 */
function orderOf(tasks: readonly GraphTask[], edges: ReadonlyMap<number, ReadonlySet<number>>): GraphEdge[] {
  const used = new Set([...edges.values()].flatMap((upstream) => [...upstream]));
  return tasks.flatMap(({ id, startAt }, to) => {
    if (startAt === null || used.has(id) || (edges.get(id)?.size ?? 0) > 0) return [];
    let from = -1;
    for (const [place, { endAt }] of tasks.entries()) {
      if (endAt === null || endAt > startAt || place === to) continue;
      if (from === -1 || endAt >= (tasks[from]?.endAt ?? 0)) from = place;
    }
    return from === -1 ? [] : [{ from, to, isCritical: false, isOrder: true }];
  });
}

/** The longest way from a task that waits for none. Folding by it makes no circle: every edge leads deeper. */
function depthsOf(
  tasks: readonly GraphTask[],
  edges: ReadonlyMap<number, ReadonlySet<number>>,
): ReadonlyMap<number, number> {
  const depths = new Map<number, number>();
  const waiting = new Map<number, number>();
  const followers = new Map<number, number[]>();
  for (const { id } of tasks) {
    const upstream = edges.get(id) ?? new Set();
    waiting.set(id, upstream.size);
    for (const each of upstream) {
      const known = followers.get(each);
      if (known === undefined) followers.set(each, [id]);
      else known.push(id);
    }
  }
  const open = tasks.filter(({ id }) => waiting.get(id) === 0).map(({ id }) => id);
  for (const id of open) depths.set(id, 0);
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const follower of followers.get(id) ?? []) {
      depths.set(follower, Math.max(depths.get(follower) ?? 0, (depths.get(id) ?? 0) + 1));
      const left = (waiting.get(follower) ?? 1) - 1;
      waiting.set(follower, left);
      if (left === 0) open.push(follower);
    }
  }
  return depths;
}

function fold<Task extends GraphTask>(
  tasks: readonly Task[],
  depths: ReadonlyMap<number, number>,
  alike: number,
): Task[][] {
  const groups = Map.groupBy(tasks, ({ id, name }) => `${depths.get(id) ?? 0} ${name}`);
  return [...groups.values()].flatMap((group) => (group.length < alike ? group.map((task) => [task]) : [group]));
}

/** Back from what ended last of those that waited for others, each time to what ended last of all that it waited for. What was reused took no time. */
function criticalPath(
  tasks: readonly GraphTask[],
  edges: ReadonlyMap<number, ReadonlySet<number>>,
): ReadonlyMap<number, number | null> {
  const ran = new Map(tasks.filter((task) => task.startAt !== null && !task.isReused).map((task) => [task.id, task]));
  const latest = (ids: Iterable<number>): number | null => {
    let found: number | null = null;
    let end = Number.NEGATIVE_INFINITY;
    for (const id of ids) {
      const task = ran.get(id);
      const endAt = task === undefined ? Number.NEGATIVE_INFINITY : (task.endAt ?? Number.POSITIVE_INFINITY);
      if (endAt > end) [found, end] = [id, endAt];
    }
    return found;
  };
  const path = new Map<number, number | null>();
  const waited = [...ran.keys()].filter((id) => (edges.get(id)?.size ?? 0) > 0);
  for (let at = latest(waited); at !== null && !path.has(at); ) {
    const before = latest(edges.get(at) ?? []);
    path.set(at, before);
    at = before;
  }
  return path.size < 2 ? new Map() : path;
}

function assemble<Task extends GraphTask>(
  groups: readonly Task[][],
  edges: ReadonlyMap<number, ReadonlySet<number>>,
  critical: ReadonlyMap<number, number | null>,
): RunGraph<Task> {
  const place = new Map(groups.flatMap((group, index) => group.map((task) => [task.id, index] as const)));
  const found = new Map<string, GraphEdge>();
  for (const [to, upstream] of edges) {
    for (const from of upstream) {
      const ends = { from: place.get(from) ?? -1, to: place.get(to) ?? -1 };
      if (ends.from === -1 || ends.to === -1 || ends.from === ends.to) continue;
      const key = `${ends.from} ${ends.to}`;
      const isCritical = critical.get(to) === from || found.get(key)?.isCritical === true;
      found.set(key, { ...ends, isCritical, isOrder: false });
    }
  }
  return {
    nodes: groups.map((tasks) => ({ tasks, isCritical: tasks.some(({ id }) => critical.has(id)) })),
    edges: [...found.values()],
  };
}
