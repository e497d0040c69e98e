/**
 * What a run tells while it goes on, to rows: its task calls and their states, log lines, metrics, progress, sleeps, artifacts.
 * Runs inside the writer's transaction; what is to be told afterwards is put into `told`.
 */
import type { Report } from '../../model/report.ts';
import type { Store } from '../../store/store.ts';
import type { EngineEvent } from '../events.ts';
import { type ActiveRun, type TaskDraft, timesCompleted } from './active-run.ts';

/** Everything but the run's own start, end and code, which change the flow run (queue.ts). */
export type TaskReport = Exclude<Report, { kind: 'run-started' | 'run-ended' | 'code' }>;

const LARGEST_ARTIFACT_IN_ROW = 1024 * 1024;

export function createReportTaker(
  store: Store,
  onLimitsFreed: () => void,
): (run: ActiveRun, report: TaskReport, told: EngineEvent[]) => void {
  return (run, report, told) => {
    switch (report.kind) {
      case 'task-called':
      case 'task-reused':
      case 'task-kept': {
        const isReuse = report.kind === 'task-reused';
        // Ids of upstream and parent are needed, so those rows must exist.
        const upstream = idsOfCalls(store, run, report.upstream);
        const parent = idOfCall(store, run, report.parentCall);
        const draft = placeOf(run, report);
        if (draft === null) return;
        draft.upstream = upstream;
        draft.parentTaskId = parent;
        // What its end from outside made of it was told then.
        if (report.kind === 'task-called' && draft.spent > 0) return;
        told.push({ kind: 'task-state', runId: run.row.id, task: { ...draft }, reused: isReuse });
        return;
      }
      case 'task-state': {
        const wasInLimits = run.inLimits.has(report.call);
        const draft = run.moved(report);
        if (draft === null) return;
        if (wasInLimits && report.state.type !== 'RUNNING') {
          run.inLimits.delete(report.call);
          store.limits.release(run.row.id, draft.id);
          onLimitsFreed();
        }
        if (report.hook !== undefined) {
          const id = idOfCall(store, run, report.call);
          run.mayHaveHooks = true;
          if (id !== null) store.hooks.recordOfTask(run.row.id, id, report.hook, draft.state);
        }
        // A crash that repeats is charged only while nothing gets done for the first time in between.
        if (report.state.type === 'COMPLETED') refillCrashBudget(run, draft);
        told.push({ kind: 'task-state', runId: run.row.id, task: { ...draft }, reused: false });
        return;
      }
      case 'log': {
        const taskRunId = idOfCall(store, run, report.call);
        const task = report.call === null ? null : (run.byCall.get(report.call) ?? null);
        const { stream, level, at, text } = report;
        const chunk = {
          flowRunId: run.row.id,
          taskRunId,
          attempt: task?.attempt ?? run.attempt,
          stream,
          level,
          at,
          text,
          fields: report.fields ?? null,
        };
        const kept = run.logOf(report.call, chunk.attempt);
        for (const each of kept.append(store, chunk, report.leftOut)) told.push({ kind: 'log', chunk: each, task });
        return;
      }
      case 'usage': {
        const task = run.byCall.get(report.call);
        const { peakMemory, cpuMs } = report;
        if (task !== undefined) changeDraft(run, task, { usage: { peakMemory, cpuMs } });
        return;
      }
      case 'metric': {
        const task = report.call === null ? undefined : run.byCall.get(report.call);
        store.artifacts.addMetric({
          flowRunId: run.row.id,
          taskRunId: idOfCall(store, run, report.call),
          flow: run.row.flow,
          name: report.name,
          value: report.value,
          at: report.at,
        });
        store.flowRuns.mergeMetrics(run.row.id, { [report.name]: report.value });
        if (task !== undefined) changeDraft(run, task, { metrics: { ...task.metrics, [report.name]: report.value } });
        return;
      }
      case 'progress': {
        const { done, total, label } = report;
        const task = report.call === null ? null : (run.byCall.get(report.call) ?? null);
        if (task !== null) changeDraft(run, task, { progress: { done, total, label } });
        told.push({ kind: 'progress', runId: run.row.id, task, done, total, label });
        return;
      }
      case 'sleep-begun': {
        store.sleeps.put(run.row.id, report);
        told.push({ kind: 'sleeping', runId: run.row.id, until: report.until });
        return;
      }
      case 'hook-ran': {
        const { id, call, hook, at } = report;
        if (id !== null) store.hooks.markRan(id, at);
        else store.hooks.markRanOf(run.row.id, idOfCall(store, run, call), hook, at);
        return;
      }
      case 'hook-alive':
      case 'hooks-ended':
        // Whoever executes the run lets go of it now.
        return;
      case 'artifact': {
        const isLarge = report.data.length > LARGEST_ARTIFACT_IN_ROW;
        store.artifacts.put({
          flowRunId: run.row.id,
          taskRunId: idOfCall(store, run, report.call),
          key: report.key,
          kind: report.artifactKind,
          description: report.description,
          mediaType: report.mediaType,
          size: report.data.length,
          data: isLarge ? null : report.data,
          contentHash: isLarge ? store.content.put(report.data).hash : null,
          createdAt: report.at,
        });
        return;
      }
    }
  };
}

function placeOf(
  run: ActiveRun,
  report: Extract<Report, { kind: 'task-called' | 'task-reused' | 'task-kept' }>,
): TaskDraft | null {
  if (report.kind === 'task-called') return run.called(report, report.at);
  return report.kind === 'task-reused' ? run.reused(report) : run.kept(report);
}

/** Also of the run that calls this one: what a subflow gets done is done for it. */
function refillCrashBudget(run: ActiveRun, completed: TaskDraft): void {
  for (let each: ActiveRun | null = run; each !== null; each = each.parent)
    if (each.row.crashes > 0 && timesCompleted(completed) === 1) each.row = { ...each.row, crashes: 0 };
}

/** Inserts or updates the rows that changed; upstream ids are known by then, because calls are reported in order. */
export function saveTasks({ taskRuns }: Store, run: ActiveRun): void {
  for (const draft of run.dirty) {
    if (draft.id === 0) draft.id = taskRuns.insert(draft);
    else taskRuns.update(draft);
  }
  run.dirty.clear();
}

function idsOfCalls(store: Store, run: ActiveRun, calls: readonly number[]): readonly number[] {
  if (calls.length === 0) return calls;
  return calls.map((call) => idOfCall(store, run, call)).filter((id) => id !== null);
}

function idOfCall(store: Store, run: ActiveRun, call: number | null): number | null {
  if (call === null) return null;
  const draft = run.byCall.get(call);
  if (draft === undefined) return null;
  if (draft.id === 0) saveTasks(store, run);
  return draft.id;
}

function changeDraft(run: ActiveRun, draft: TaskDraft, changes: Partial<TaskDraft>): void {
  Object.assign(draft, changes);
  run.dirty.add(draft);
}
