/** Runs as the JSON that users script against: field names are a promise. */
import { decode } from '../../model/codec.ts';
import type { PlainError } from '../../model/plain-error.ts';
import { type PlainJson, toPlainJson } from '../../model/plain-json.ts';
import type { State } from '../../model/state.ts';
import type { ArtifactRow } from '../../store/artifacts.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { Store } from '../../store/store.ts';
import type { TaskRunRow } from '../../store/task-runs.ts';
import { isoTime } from './told-times.ts';

/** Larger results are shown by their size only. */
export const LARGEST_RESULT_SHOWN = 64 * 1024;

/** A run with its tasks, states and artifacts: `weir show --json`. */
export function runJson(store: Store, row: FlowRunRow) {
  const tasks = store.taskRuns.ofRun(row.id);
  return {
    schema: 'weir.run/1',
    ...runSummaryJson(store, row),
    tasks: tasks.map(taskJson),
    states: store.flowRuns.states(row.id).map(stateJson),
    artifacts: store.artifacts.ofRun(row.id).map(artifactJson),
  };
}

/** An artifact without its content. */
export function artifactJson(artifact: ArtifactRow) {
  return {
    key: artifact.key,
    kind: artifact.kind,
    description: artifact.description,
    task: artifact.taskRunId,
    media_type: artifact.mediaType,
    size: artifact.size,
    created_at: isoTime(artifact.createdAt),
  };
}

/** A run as an item of `weir runs --json`. */
export function runSummaryJson(store: Store, row: FlowRunRow) {
  const deployment = row.deploymentId === null ? null : store.deployments.byId(row.deploymentId);
  return {
    id: row.id,
    flow: row.flow,
    deployment: deployment === null ? null : `${deployment.flow}/${deployment.name}`,
    name: row.name,
    state: stateJson(row.state),
    params: toPlainJson(decode(row.params)),
    result: resultJson(row.result),
    result_size: row.resultSize,
    error: errorJson(row.error),
    tags: row.tags,
    metrics: row.metrics,
    attempt: row.attempt,
    created_at: isoTime(row.createdAt),
    scheduled_at: isoTime(row.scheduledAt),
    start_time: isoTime(row.startAt),
    end_time: isoTime(row.endAt),
    total_run_time_ms: row.runTimeMs,
    slot: isoTime(row.slotAt),
    parent: row.parentRunId === null ? null : { run: row.parentRunId, task: row.parentTaskId },
    trigger: row.trigger,
    infrastructure: row.infrastructure,
  };
}

/** A task run by itself: it says whose it is. */
export function taskRunJson(task: TaskRunRow) {
  return { flow_run: task.flowRunId, ...taskJson(task) };
}

/** A task run as it stands in its run. */
export function taskJson(task: TaskRunRow) {
  return {
    id: task.id,
    name: task.name,
    key: task.label,
    index: task.callIndex,
    state: stateJson(task.state),
    attempt: task.attempt,
    upstream: task.upstream,
    reused_from_attempt: task.reusedFromAttempt,
    cached_from: task.cachedFromRun === null ? null : { run: task.cachedFromRun, task: task.cachedFromTask },
    why: task.why,
    start_time: isoTime(task.startAt),
    end_time: isoTime(task.endAt),
    total_run_time_ms: task.runTimeMs,
    result: resultJson(task.result),
    result_size: task.resultSize,
    error: errorJson(task.error),
    metrics: task.metrics,
    // Only of a shell task that ran long enough to be looked at: bytes, and ms of CPU time, of its whole tree.
    ...(task.usage === null ? {} : { peak_memory: task.usage.peakMemory, cpu_ms: task.usage.cpuMs }),
    // Only where it stands for a subflow: that run's number.
    ...(task.childRunId === null ? {} : { run: task.childRunId }),
    states: task.states.map(stateJson),
  };
}

/** A state of a run or a task. */
export function stateJson(state: State) {
  return { type: state.type, name: state.name, message: state.message, at: isoTime(state.at) };
}

/** Without what only Weir itself decides by. */
function errorJson(error: PlainError | null): PlainError | null {
  return error === null ? null : withoutCode(error);
}

function withoutCode({
  name,
  message,
  stack,
  hint,
  cause,
  errors,
  exit_code,
  signal,
  last_lines,
}: PlainError): PlainError {
  return {
    ...{ name, message, stack },
    ...(hint === undefined ? {} : { hint }),
    ...(cause === undefined ? {} : { cause: withoutCode(cause) }),
    ...(errors === undefined ? {} : { errors: errors.map(withoutCode) }),
    ...(exit_code === undefined ? {} : { exit_code }),
    ...(exit_code === undefined || signal === undefined ? {} : { signal }),
    ...(exit_code === undefined || last_lines === undefined ? {} : { last_lines }),
  };
}

/** A stored result as it is shown; what is too large only by its size. */
export function resultJson(bytes: Uint8Array | null): PlainJson {
  return bytes === null || bytes.length > LARGEST_RESULT_SHOWN ? null : toPlainJson(decode(bytes));
}
