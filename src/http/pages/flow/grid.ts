/** The tasks of a flow run by run. A row stands for all task runs of one name; of a mapped task the worst is shown. */
import { taskTitle } from '../../../model/task-title.ts';
import type { PastRun, PastTask } from '../../../store/flow-history.ts';
import type { Store } from '../../../store/store.ts';
import type { GridCell, GridData, GridRow } from '../../../web/pages/flow/grid.tsx';

/** Keeps the page small, and its time bounded: runs may have ten thousand tasks. */
const TASKS_LOOKED_AT = 4000;
const FEWEST_A_RUN = 50;
const MOST_CELLS = 360;
const MOST_ROWS = 40;
const GRID_STEP = 60;

/** `runs`: newest first. */
export function gatherGrid(store: Store, flow: string, runs: readonly PastRun[]): GridData | null {
  const limit = Math.max(FEWEST_A_RUN, Math.floor(TASKS_LOOKED_AT / Math.max(1, runs.length)));
  const byRun = runs.map(({ id }) => Map.groupBy(store.flowHistory.tasks(id, limit), taskTitle));
  const titles = orderOf(byRun);
  if (titles.length === 0) return null;
  const shown = titles.slice(0, Math.max(5, Math.min(MOST_ROWS, Math.floor(MOST_CELLS / runs.length))));
  const isCapped = byRun.some((groups) => groups.values().reduce((sum, group) => sum + group.length, 0) >= limit);
  return {
    flow,
    runs: runs.map(({ id, name }) => ({ id, name })).toReversed(),
    rows: shown.map((title) => rowOf(title, byRun)),
    moreTasks: titles.length - shown.length,
    tasksLookedAt: isCapped ? limit : null,
    canShowMore: runs.length >= 30 && runs.length < GRID_STEP,
  };
}

/** As they were called in the newest run; those that are only in older ones after them. */
function orderOf(byRun: readonly ReadonlyMap<string, readonly PastTask[]>[]): string[] {
  const titles = new Set<string>();
  for (const groups of byRun) {
    const first = (title: string) => Math.min(...(groups.get(title) ?? []).map(({ position }) => position));
    for (const title of [...groups.keys()].sort((a, b) => first(a) - first(b))) titles.add(title);
  }
  return [...titles];
}

function rowOf(title: string, byRun: readonly ReadonlyMap<string, readonly PastTask[]>[]): GridRow {
  const groups = byRun.map((groups) => groups.get(title) ?? []);
  return {
    title,
    seen: groups.filter((group) => group.length > 0).length,
    notAtOnce: groups.filter((group) => group.some(isNotAtOnce)).length,
    cells: groups.map(cellOf).toReversed(),
  };
}

function isNotAtOnce({ type, state, attempt }: PastTask): boolean {
  return attempt > 1 || ((type === 'FAILED' || type === 'CRASHED') && state !== 'UpstreamFailed');
}

function cellOf(group: readonly PastTask[]): GridCell | null {
  const [worst] = [...group].sort((a, b) => gravityOf(b) - gravityOf(a));
  if (worst === undefined) return null;
  const isRetried = worst.state === 'Completed' && worst.attempt > 1;
  return { task: worst.id, name: worst.state, isRetried, count: group.length };
}

const GRAVITY: readonly PastTask['type'][] = [
  ...(['COMPLETED', 'SKIPPED', 'CANCELLED', 'SCHEDULED', 'PENDING', 'PAUSED'] as const),
  ...(['CANCELLING', 'RUNNING', 'CRASHED', 'FAILED'] as const),
];

function gravityOf({ type, state, attempt }: PastTask): number {
  const gravity = GRAVITY.indexOf(type);
  if (state === 'UpstreamFailed') return gravity - 0.5;
  return attempt > 1 ? gravity + 0.25 : gravity;
}
