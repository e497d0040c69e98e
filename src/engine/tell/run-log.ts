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
import { type ChosenTasks, refuseUnknownAttempt, refuseUnknownTask, selectTasks } from './log-selection.ts';

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

/** What the text names in one run. */
interface Choice {
  /** Of all its tasks, so that one is noticed which is new. */
  readonly seen: ReadonlySet<number>;
  readonly tasks: ReadonlySet<number>;
  readonly attempt: number | null;
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
  named(): readonly TaskRunRow[];
  /** @throws WeirError `not-found` where the text names no task, or an attempt that was not */
  refuseUnknown(): void;
}

/** `text`: a task's name, label or number, with its attempt perhaps; null for everything. `after`: only chunks behind it. */
export function createRunLog(store: Store, runId: number, text: string | null, after = 0): RunLog {
  const members = new Map<number, Member>([[runId, { runId, call: null, caller: null, path: '' }]]);
  const sources = new Map<number, FamilySource>();
  const tasks = new Map<number, TaskRunRow>();
  const told = new Set<number>();
  const choices = new Map<number, Choice>();

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
  function namedIn(member: Member, rows: readonly TaskRunRow[], wanted: string): ChosenTasks {
    const chosen = selectTasks(rows, wanted);
    const way = `${member.path} > `;
    if (chosen.tasks.length > 0 || member.caller === null || !wanted.startsWith(way)) return chosen;
    return selectTasks(rows, wanted.slice(way.length));
  }

  function chooseIn(member: Member, wanted: string): ChosenTasks {
    const rows = store.taskRuns.ofRun(member.runId);
    const chosen = namedIn(member, rows, wanted);
    choices.set(member.runId, { seen: idsOf(rows), tasks: idsOf(chosen.tasks), attempt: chosen.attempt });
    return chosen;
  }

  function choose(): ChosenTasks {
    // A later attempt of the run may call others: then a place means another task.
    choices.clear();
    if (text === null) return { tasks: [], attempt: null };
    const [root, ...subflows] = family();
    const own = chooseIn(root as Member, text);
    if (own.tasks.length > 0) return own;
    const below = subflows.map((member) => chooseIn(member, text)).filter(({ tasks }) => tasks.length > 0);
    return { tasks: below.flatMap(({ tasks }) => tasks), attempt: below[0]?.attempt ?? null };
  }

  const named = () => choose().tasks;

  /** Whether the text names the task, or its attempt: looked up anew when it was not there before. */
  function isChosen(task: TaskRunRow, member: Member, attempt: number, wanted: string): boolean {
    if (choices.get(member.runId)?.seen.has(task.id) !== true) chooseIn(member, wanted);
    const choice = choices.get(member.runId);
    if (choice?.tasks.has(task.id) !== true) return false;
    return choice.attempt === null || choice.attempt === attempt;
  }

  /** A text that names a task of the run itself means none of the same name below. */
  function isNamed(task: TaskRunRow | null, member: Member, attempt: number, isOwn: boolean): boolean {
    if (text === null) return true;
    const mayBe = task !== null && (!isOwn || member.caller === null);
    if (mayBe && isChosen(task, member, attempt, text)) return true;
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

    refuseUnknown() {
      if (text === null) return;
      const chosen = choose();
      if (chosen.tasks.length === 0) refuseUnknownTask(runId, store.taskRuns.ofRun(runId), text);
      refuseUnknownAttempt(runId, chosen, text);
    },

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

function idsOf(tasks: readonly TaskRunRow[]): Set<number> {
  return new Set(tasks.map(({ id }) => id));
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
