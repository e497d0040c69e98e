/**
 * A run that this process executes, as the queue keeps it in memory: its row, the task calls of this attempt, and the
 * task rows of earlier attempts that a call may continue. Applies reports to rows; writing them is the queue's part.
 */
import type { Report, TaskCall } from '../../model/report.ts';
import type { DueHook } from '../../model/run-start.ts';
import {
  afterTransition,
  isFinal,
  isSuccess,
  mayFollow,
  NOT_STARTED,
  runningName,
  type State,
} from '../../model/state.ts';
import { whyAgain, whyReused } from '../../model/why.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { TaskRunRow } from '../../store/task-runs.ts';
import { FormerCalls } from './former-calls.ts';
import { KeptLog } from './kept-log.ts';

/** A task row in memory; `id` is 0 until it is inserted. */
export type TaskDraft = { -readonly [Key in keyof TaskRunRow]: TaskRunRow[Key] };

export class ActiveRun {
  row: FlowRunRow;
  readonly token: string;
  /** The attempt that is being driven. */
  readonly attempt: number;
  readonly byCall = new Map<number, TaskDraft>();
  /** Rows that changed since they were last written, in the order of the change. */
  readonly dirty = new Set<TaskDraft>();
  /** A write of it failed: what is here is not what is in the file. */
  isUnwritten = false;
  /** Calls that hold limits or wait for them. */
  readonly inLimits = new Set<number>();
  /** The run holds what its flow occupies. */
  hasPlace = false;
  /** It called flows, in this attempt or an earlier one. */
  hasSubflows: boolean;
  /** Of a subflow: the run that calls it. */
  parent: ActiveRun | null = null;
  /** A hook of the flow or of a task may be due. */
  mayHaveHooks: boolean;
  /** Once the attempt has ended: it is held on to until these have run. */
  hooksDue: readonly DueHook[] | null = null;
  readonly #logs = new Map<number | null, KeptLog>();
  readonly #byIdentity: Map<string, TaskDraft>;
  /** Made when a call is the first without its equal: most attempts have none. */
  #formers: FormerCalls | null = null;
  /** Of each call that was begun: how often it may be tried again. */
  readonly #retries = new Map<number, number>();

  constructor(row: FlowRunRow, token: string, attempt: number, earlier: readonly TaskRunRow[]) {
    this.row = row;
    this.token = token;
    this.attempt = attempt;
    this.hasSubflows = earlier.some((task) => task.childRunId !== null);
    const { hooks = [], taskHooks = [] } = row.options;
    this.mayHaveHooks = hooks.length > 0 || taskHooks.length > 0;
    this.#byIdentity = new Map(earlier.map((task) => [task.identity, { ...task }]));
  }

  /** A call whose identity is known: continues the row of an earlier attempt, or begins one. */
  called(call: TaskCall, at: number): TaskDraft {
    const exact = this.#byIdentity.get(call.identity);
    if (exact !== undefined) return this.#continue(exact, call, at, whyAgain(exact, call, true));
    const formers = this.#formerCalls();
    const closest = formers.closestTo(call);
    // A finished row keeps its result for whoever asks for it; an unfinished or failed one goes on under the new inputs.
    const adopted = formers.adoptable(call);
    if (closest !== undefined) formers.replace(call.identity, (adopted ?? closest).identity);
    if (adopted !== undefined) {
      this.#byIdentity.delete(adopted.identity);
      return this.#continue(adopted, call, at, whyAgain(adopted, call, false));
    }
    const draft = this.#begin(call, at, closest === undefined ? null : whyAgain(closest, call, false));
    this.#remember(call, draft);
    return draft;
  }

  reused(call: TaskCall): TaskDraft | null {
    const row = this.#byIdentity.get(call.identity);
    if (row === undefined) return null;
    row.reusedFromAttempt ??= row.flowAttempt;
    row.why = whyReused(row.reusedFromAttempt, this.attempt, row, call);
    this.#place(row, call);
    this.#remember(call, row);
    return row;
  }

  /** A call that may not be executed now: the failure of an earlier attempt stays. */
  kept(call: TaskCall): TaskDraft | null {
    const row = this.#byIdentity.get(call.identity);
    if (row === undefined) return null;
    row.why = `not executed: weir retry --only ${this.row.onlyTask} executes nothing else`;
    this.#place(row, call);
    this.#remember(call, row);
    return row;
  }

  /** The row after a reported state; null when the state cannot follow, and the report is ignored. */
  moved(report: Extract<Report, { kind: 'task-state' }>): TaskDraft | null {
    const row = this.byCall.get(report.call);
    if (row === undefined) return null;
    // Told: from now on the flow's code knows, and a new attempt of the run gives it all its retries again.
    if (row.spent > 0 && isFinal(report.state.type)) this.#forgive(row);
    if (!mayFollow(row.state.type, report.state.type)) return null;
    // What a wait for a limit interrupted goes on under the name that the runner gives it.
    const isNamed = report.state.type !== 'RUNNING' || row.state.name === 'AwaitingLimit';
    const state: State = isNamed ? report.state : { ...report.state, name: runningName(row.state.name) };
    // It did not run again after all: its state says why.
    if (row.state.type === 'PENDING' && isFinal(state.type) && state.type !== 'COMPLETED') row.why = null;
    this.#enter(row, state);
    if (isFinal(state.type)) this.#logs.delete(report.call);
    // What an earlier attempt took says nothing of this one.
    if (state.type === 'RUNNING') row.usage = null;
    if (report.error !== undefined) row.error = report.error;
    if (isFinal(state.type)) {
      row.progress = null;
      if (state.type === 'COMPLETED') row.error = null;
      if (isSuccess(state.type)) row.again = null;
      row.result = report.result ?? null;
      row.resultHash = report.content?.hash ?? null;
      row.resultSize = report.content?.size ?? report.result?.length ?? null;
      row.reusable = report.reusable ?? false;
      row.cacheExpiresAt = report.cacheExpiresAt ?? null;
      row.cachedFromRun = report.cachedFrom?.run ?? null;
      row.cachedFromTask = report.cachedFrom?.task ?? null;
    }
    return row;
  }

  /** The log of an attempt of a call, or of the flow itself. */
  logOf(call: number | null, attempt: number): KeptLog {
    let log = this.#logs.get(call);
    if (log?.attempt !== attempt) {
      log = new KeptLog(attempt);
      this.#logs.set(call, log);
    }
    return log;
  }

  /** The run of the subflow that the call stands for. */
  linkChild(row: TaskDraft, childRunId: number): void {
    row.childRunId = childRunId;
    this.hasSubflows = true;
    this.dirty.add(row);
  }

  /** Task runs of this attempt that have no final state. */
  unfinished(): TaskDraft[] {
    return [...this.#byIdentity.values()].filter((row) => !isFinal(row.state.type));
  }

  /** Gives up what is not finished: the run was stopped, its process died, or its flow ended without it. False: it stays. */
  abandon(row: TaskDraft, state: State): boolean {
    if (!mayFollow(row.state.type, state.type)) return false;
    // It waits already, under the name that says what became of its last attempt, and until when.
    if (row.state.name === 'AwaitingRetry' && state.type === 'SCHEDULED') return false;
    this.#enter(row, state);
    if (row.spent > 0 && isFinal(state.type)) this.#forgive(row);
    return true;
  }

  retriesOf(call: number): number {
    return this.#retries.get(call) ?? 0;
  }

  #forgive(row: TaskDraft): void {
    row.spent = 0;
    this.dirty.add(row);
  }

  #continue(row: TaskDraft, call: TaskCall, at: number, why: string): TaskDraft {
    this.#formers?.remove(row);
    // Ended from outside for the last time: it is final, and only its flow has not heard of it.
    const isUntold = row.identity === call.identity && row.spent > call.retries;
    row.scope = call.scope;
    row.identity = call.identity;
    row.codeHash = call.codeHash;
    row.inputHash = call.inputHash;
    row.label = call.label;
    row.callIndex = call.index;
    row.cacheKey = call.cacheKey;
    row.why = why;
    row.reusedFromAttempt = null;
    // What was a flow may be a task by now; its run remains for whoever looks at it.
    if (call.taskKind !== 'subflow') row.childRunId = null;
    // A final task run opens again: its flow run began a new attempt and the call was not reusable.
    if (isFinal(row.state.type) && !isUntold) {
      this.#enter(row, { type: 'PENDING', name: 'Pending', message: null, at });
      row.endAt = null;
    }
    this.#place(row, call);
    this.#remember(call, row);
    return row;
  }

  #begin(call: TaskCall, at: number, why: string | null): TaskDraft {
    const state: State = { type: 'PENDING', name: 'Pending', message: null, at };
    const draft: TaskDraft = {
      ...NOT_STARTED,
      id: 0,
      flowRunId: this.row.id,
      identity: call.identity,
      scope: call.scope,
      name: call.name,
      label: call.label,
      kind: call.taskKind === 'subflow' ? 'function' : call.taskKind,
      callIndex: call.index,
      position: call.position,
      codeHash: call.codeHash,
      inputHash: call.inputHash,
      cacheKey: call.cacheKey,
      cacheExpiresAt: null,
      parentTaskId: null,
      childRunId: null,
      upstream: [],
      tags: call.tags,
      state,
      states: [state],
      flowAttempt: this.attempt,
      reusedFromAttempt: null,
      cachedFromRun: null,
      cachedFromTask: null,
      why,
      result: null,
      resultHash: null,
      resultSize: null,
      reusable: false,
      again: null,
      error: null,
      metrics: {},
      usage: null,
      progress: null,
      spent: 0,
    };
    this.dirty.add(draft);
    return draft;
  }

  #formerCalls(): FormerCalls {
    this.#formers ??= new FormerCalls([...this.#byIdentity.values()].filter((row) => row.flowAttempt < this.attempt));
    return this.#formers;
  }

  #remember(call: TaskCall, row: TaskDraft): void {
    this.#formers?.remove(row);
    this.#byIdentity.set(call.identity, row);
    this.byCall.set(call.call, row);
    this.#retries.set(call.call, call.retries);
  }

  #place(row: TaskDraft, call: TaskCall): void {
    row.position = call.position;
    row.flowAttempt = this.attempt;
    this.dirty.add(row);
  }

  #enter(row: TaskDraft, state: State): void {
    const { startAt, endAt, runTimeMs, attempt } = afterTransition(row, row.state, state);
    row.startAt = startAt;
    row.endAt = endAt;
    row.runTimeMs = runTimeMs;
    row.attempt = attempt;
    row.state = state;
    row.states = [...row.states, state];
    this.dirty.add(row);
  }
}

/** How often a task run came to its result: what cannot be stored comes to it again in every attempt. */
export function timesCompleted(task: Pick<TaskRunRow, 'states'>): number {
  return task.states.filter((state) => state.type === 'COMPLETED').length;
}
