/**
 * What a run and the subflows in it have logged, as lines: all, those of the tasks that a text names, or those of what
 * failed. A subflow is told where its call stands, and by its call's name. Only reads; nothing is given twice.
 */
import { taskTitle } from '../../model/task-title.ts';
import type { Store } from '../../store/store.ts';
import type { TaskRunRow } from '../../store/task-runs.ts';
import { failedTasks } from './failed-tasks.ts';
import { type LogLine, linesOf } from './log-lines.ts';
import { type LogSource, mergeLogs } from './log-merge.ts';
import { selectTasks } from './log-selection.ts';

const PAGE = 1000;

/** A run of the family. */
interface Member {
  readonly runId: number;
  /** The task that stands for it, and whose task that is; null for the run that was asked for. */
  readonly call: TaskRunRow | null;
  readonly caller: Member | null;
  /** The names of the calls that lead to it. */
  readonly path: string;
}

type FamilySource = LogSource & { readonly member: Member };

export interface RunLog {
  /** Lines that were not given before. */
  read(): Generator<LogLine>;
  /** Lines of what has failed since: all of one task, then all of the next. */
  readFailed(): Generator<LogLine>;
  /** Only from where the last lines stand: a long log is read from its end, not from its beginning. */
  skipToLast(lines: number): void;
  /** The tasks that the text names now. */
  named(): TaskRunRow[];
}

/** `text`: a task's name, label or number, with its attempt perhaps; null for everything. `after`: only chunks behind it. */
export function createRunLog(store: Store, runId: number, text: string | null, after = 0): RunLog {
  const members = new Map<number, Member>([[runId, { runId, call: null, caller: null, path: '' }]]);
  const sources = new Map<number, FamilySource>();
  const tasks = new Map<number, TaskRunRow>();
  const told = new Set<number>();

  const taskOf = (id: number | null): TaskRunRow | null => {
    const task = id === null ? null : (tasks.get(id) ?? store.taskRuns.byId(id));
    // What it returned is of no use here, and may be large.
    if (task !== null && !tasks.has(task.id)) tasks.set(task.id, { ...task, result: null });
    return task;
  };

  function family(): Member[] {
    for (const { id, runId: callerId, taskId } of store.flowRuns.below(runId)) {
      const caller = members.get(callerId);
      const call = members.has(id) ? null : taskOf(taskId);
      if (caller === undefined || call === null) continue;
      const path = caller.path === '' ? taskTitle(call) : `${caller.path} > ${taskTitle(call)}`;
      members.set(id, { runId: id, call, caller, path });
    }
    return [...members.values()];
  }

  /** What the text names in a run: in a subflow, its tasks are also named by the way to them. */
  function namedIn(member: Member, rows: readonly TaskRunRow[], wanted: string): ReturnType<typeof selectTasks> {
    const chosen = selectTasks(rows, wanted);
    const way = `${member.path} > `;
    if (chosen.tasks.length > 0 || member.caller === null || !wanted.startsWith(way)) return chosen;
    return selectTasks(rows, wanted.slice(way.length));
  }

  function named(): TaskRunRow[] {
    if (text === null) return [];
    const [root, ...subflows] = family();
    const own = namedIn(root as Member, store.taskRuns.ofRun(runId), text).tasks;
    if (own.length > 0) return own;
    return subflows.flatMap((member) => namedIn(member, store.taskRuns.ofRun(member.runId), text).tasks);
  }

  /** A text that names a task of the run itself means none of the same name below. */
  function isNamed(task: TaskRunRow | null, member: Member, attempt: number, isOwn: boolean): boolean {
    if (text === null) return true;
    if (task !== null && (!isOwn || member.caller === null)) {
      const chosen = namedIn(member, [task], text);
      if (chosen.tasks.length > 0 && (chosen.attempt === null || chosen.attempt === attempt)) return true;
    }
    return member.caller !== null && isNamed(member.call, member.caller, attempt, isOwn);
  }

  function sourceOf(member: Member): FamilySource {
    const known = sources.get(member.runId);
    const source = known ?? {
      member,
      after,
      read: (behind: number, limit: number) => store.logs.after(member.runId, behind, limit),
    };
    if (known === undefined) sources.set(member.runId, source);
    return source;
  }

  function* readFrom(from: readonly FamilySource[], isOwn: boolean): Generator<LogLine> {
    for (const { source, chunk } of mergeLogs(from)) {
      const task = taskOf(chunk.taskRunId);
      const { member } = source;
      if (isNamed(task, member, chunk.attempt, isOwn)) yield* linesOf(chunk, task, member.path);
    }
  }

  /** What failed inside of a subflow says more than the call that failed with it. */
  function* innermostFailures(member: Member): Generator<{ readonly task: TaskRunRow; readonly member: Member }> {
    const row = store.flowRuns.byId(member.runId);
    for (const task of row === null ? [] : failedTasks(store, row)) {
      const child = task.childRunId === null ? undefined : members.get(task.childRunId);
      if (child === undefined) yield { task, member };
      else {
        let isTold = false;
        for (const inner of innermostFailures(child)) {
          isTold = true;
          yield inner;
        }
        if (!isTold) yield { task, member: child };
      }
    }
  }

  return {
    named,

    *read() {
      const only = named();
      const isOwn = only.some((task) => task.flowRunId === runId);
      const [single] = only;
      const [root, ...subflows] = family().map(sourceOf) as [FamilySource, ...FamilySource[]];
      if (only.length === 1 && isOwn && single?.childRunId === null && root.after === 0) {
        // Its lines have an index of their own.
        const read = (after: number, limit: number) => store.logs.ofTaskAfter(single.id, null, after, limit);
        const source = { ...root, read };
        yield* readFrom([source], isOwn);
        root.after = source.after;
      } else yield* readFrom([root, ...subflows], isOwn);
    },

    *readFailed() {
      const isOwn = named().some((task) => task.flowRunId === runId);
      const [root] = family();
      for (const { task, member } of innermostFailures(root as Member)) {
        if (told.has(task.id)) continue;
        told.add(task.id);
        // Of a subflow that failed by itself it is what its own function said.
        const isBody = task.childRunId === member.runId;
        const read = (after: number, limit: number) =>
          isBody ? store.logs.after(member.runId, after, limit) : store.logs.ofTaskAfter(task.id, null, after, limit);
        for (const line of readFrom([{ member, after: 0, read }], isOwn)) if (!isBody || line.task === null) yield line;
      }
    },

    skipToLast(lines) {
      // One run alone has that many lines behind it: then so have all of them together.
      const start = Math.max(...family().map((member) => startOfLast(store, member.runId, lines)));
      for (const member of members.values()) sourceOf(member).after = start;
    },
  };
}

function startOfLast(store: Store, runId: number, lines: number): number {
  if (lines === 0) return store.logs.newestId(runId);
  let before = Number.MAX_SAFE_INTEGER;
  for (let found = 0; found < lines; ) {
    const chunks = store.logs.lastOfRun(runId, before, Math.min(PAGE, lines));
    if (chunks.length === 0) return 0;
    before = chunks[0]?.id ?? 0;
    found += chunks.reduce((sum, chunk) => sum + chunk.lines, 0);
  }
  return before - 1;
}
