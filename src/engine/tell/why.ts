/**
 * Why a run is in the state that it is in, in a sentence or two, with the next step: what it waits for and who holds
 * that, what runs, what failed. Only reads; says what is true now, where the stored message says what was true then.
 */

import { formatDuration } from '../../model/duration.ts';
import { taskTitle } from '../../model/task-title.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { ProcessRow } from '../../store/processes.ts';
import type { Store } from '../../store/store.ts';
import type { TaskRunRow } from '../../store/task-runs.ts';
import { turnInWords, turnWait } from '../schedule/turns.ts';
import { lastLines } from './last-lines.ts';
import { rootOf } from './root-run.ts';
import { toldMessage } from './told-message.ts';
import { clockTime, isoTime } from './told-times.ts';
import { listed, nextOf, type WaitView, waitInWords, waitView } from './why-wait.ts';

export interface Why {
  /** One or two sentences. */
  readonly why: string;
  /** Commands that go on from here. */
  readonly next: readonly string[];
  /** Limits that the run or its tasks wait for. */
  readonly waits: readonly WaitView[];
  /** The task that failed it. */
  readonly failed_task: TaskRunRow | null;
}

export function whyRun(store: Store, row: FlowRunRow, now: number): Why {
  const waits = store.limits.waitsOf(row.id, null).map((waiter) => waitView(store, waiter));
  const failed = failedTask(store, row);
  const { sentences, next } = judge(store, row, now, waits, failed);
  if (row.parentRunId !== null) sentences.push(`It is a subflow of run ${row.parentRunId}.`);
  return { why: sentences.join(' '), next, waits, failed_task: failed };
}

type Judgement = { readonly sentences: string[]; readonly next: string[] };

function judge(
  store: Store,
  row: FlowRunRow,
  now: number,
  waits: readonly WaitView[],
  failed: TaskRunRow | null,
): Judgement {
  const { id, state } = row;
  const at = (time: number) => clockTime(time, now);
  switch (state.name) {
    case 'Scheduled':
    case 'Late':
      return whyScheduled(store, row, now);
    case 'AwaitingRetry': {
      const due = row.scheduledAt ?? state.at;
      const when = due > now ? `at ${at(due)}, in ${formatDuration(due - now)}` : 'as soon as somebody takes it';
      return {
        sentences: [
          `It failed (${state.message ?? 'no reason was told'}) and is tried again ${when}.`,
          ...nobodyIn(store),
        ],
        next: anybody(store) === null ? [`weir resume ${rootOf(store, row).id}`] : [],
      };
    }
    case 'AwaitingResume': {
      const { how, next } = whoResumes(store, row);
      return {
        sentences: [`It was interrupted at ${at(state.at)}: ${state.message ?? 'no reason was told'}.`, how],
        next,
      };
    }
    case 'AwaitingLimit': {
      const [wait] = waits;
      if (wait === undefined) return { sentences: [`It ${state.message ?? 'waits for a limit'}.`], next: [] };
      const served = row.ownerId === null ? nobodyIn(store) : [];
      return {
        sentences: [`It ${waitInWords(wait, now)}.`, ...served],
        next:
          row.ownerId === null && anybody(store) === null
            ? [row.attempt > 0 ? `weir resume ${rootOf(store, row).id}` : 'weir up']
            : nextOf(wait, id),
      };
    }
    case 'Pending':
      return { sentences: [`It is being started by ${ownerInWords(store, row)} since ${at(state.at)}.`], next: [] };
    case 'Running':
    case 'Retrying':
    case 'Resuming':
      return whyRunning(store, row, now, waits);
    case 'Cancelling':
      return {
        sentences: [
          `It was ${state.message ?? 'cancelled'} at ${at(state.at)}, and ${ownerInWords(store, row)} is ending it.`,
        ],
        next: [],
      };
    case 'Failed':
    case 'TimedOut':
    case 'UpstreamFailed':
    case 'Crashed':
      return whyFailed(row, failed, now);
    case 'Cancelled':
      return { sentences: [`It was stopped at ${at(state.at)}: ${state.message ?? 'nobody said why'}.`], next: [] };
    case 'Skipped':
      return { sentences: [`It was skipped: ${state.message ?? 'nobody said why'}.`], next: [] };
    default: {
      const message = state.message === null ? '' : `: ${state.message}`;
      return {
        sentences: [`It is ${state.name} since ${at(state.at)}, after ${formatDuration(row.runTimeMs)}${message}.`],
        next: [],
      };
    }
  }
}

/** Who goes on with an interrupted run; a subflow goes on with the run that it is a part of. */
function whoResumes(store: Store, row: FlowRunRow): { readonly how: string; readonly next: string[] } {
  const root = rootOf(store, row);
  if (root.id !== row.id && root.state.name !== 'AwaitingResume')
    return { how: `It goes on when run ${root.id} calls it again.`, next: [`weir why ${root.id}`] };
  const server = store.processes.livingServer();
  return server === null
    ? { how: 'Nobody goes on with it by itself: there is no server.', next: [`weir resume ${root.id}`] }
    : { how: `The server (pid ${server.pid}) goes on with it by itself.`, next: [] };
}

function whyScheduled(store: Store, row: FlowRunRow, now: number): Judgement {
  const due = row.scheduledAt ?? row.createdAt;
  const server = store.processes.livingServer();
  if (due > now)
    return {
      sentences: [`It is scheduled for ${clockTime(due, now)}, in ${formatDuration(due - now)}.`, ...nobodyIn(store)],
      next: server === null ? ['weir up'] : [],
    };
  const wait = turnWait(store, row);
  if (wait !== null)
    return {
      sentences: [`It is due since ${clockTime(due, now)}, and ${turnInWords(store, row, wait)}.`, ...nobodyIn(store)],
      next: server === null ? ['weir up'] : [`weir why ${wait.runs[0]}`],
    };
  const who =
    server === null
      ? 'Nobody takes it: there is no server.'
      : `The server (pid ${server.pid}) takes it when one of its slots is free.`;
  return { sentences: [`It is due since ${clockTime(due, now)}.`, who], next: server === null ? ['weir up'] : [] };
}

function whyRunning(store: Store, row: FlowRunRow, now: number, waits: readonly WaitView[]): Judgement {
  const tasks = store.taskRuns.ofRun(row.id).filter((task) => task.flowAttempt === row.attempt);
  const running = tasks.filter((task) => task.state.type === 'RUNNING');
  const sentences = [
    running.length === 0
      ? `It runs since ${clockTime(row.state.at, now)}, ${ownCode(store, row, now)}.`
      : `It runs: ${listed(running.map((task) => `${taskTitle(task)} since ${clockTime(task.state.at, now)}${childOf(task)}`))}.`,
  ];
  if (waits.length > 0)
    sentences.push(`${listed(waits.map((wait) => `${wait.task?.name ?? 'it'} ${waitInWords(wait, now)}`))}.`);
  const retrying = tasks.filter((task) => task.state.name === 'AwaitingRetry');
  if (retrying.length > 0)
    sentences.push(
      `${listed(retrying.map((task) => `${taskTitle(task)}: ${toldMessage(task.state, now) ?? 'waits for its retry'}`))}.`,
    );
  const pending = tasks.filter((task) => task.state.name === 'Pending').length;
  if (pending > 0) sentences.push(`${pending} more ${pending === 1 ? 'call waits' : 'calls wait'} for their turn.`);
  const [first] = waits;
  return { sentences, next: first === undefined ? [`weir logs ${row.id} -f`] : nextOf(first, row.id) };
}

/** What a flow does while none of its tasks runs. */
function ownCode(store: Store, row: FlowRunRow, now: number): string {
  const until = store.sleeps.latestEnd(row.id);
  return until === null || until <= now ? "in the flow's own code" : `and sleeps until ${clockTime(until, now)}`;
}

function whyFailed(row: FlowRunRow, task: TaskRunRow | null, now: number): Judgement {
  const { id, state } = row;
  const reason = row.error?.message ?? state.message ?? 'no reason was told';
  const at = clockTime(state.at, now);
  const told = task?.error?.message ?? task?.state.message ?? null;
  const sentences =
    task === null || told === null
      ? [`It ${state.type === 'CRASHED' ? 'crashed' : 'failed'} at ${at}: ${asSentence(reason)}`]
      : [
          `It failed at ${at} because task ${taskTitle(task)} ${task.state.name === 'TimedOut' ? 'ran out of time' : 'failed'}: ${asSentence(told)}`,
        ];
  if (task !== null && told !== null && !reason.includes(told)) sentences.push(`The flow said: ${asSentence(reason)}`);
  if (row.error?.hint !== undefined) sentences.push(`${row.error.hint}.`);
  return { sentences, next: [`weir logs ${id}${task === null ? '' : ` ${task.id}`}`, `weir retry ${id}`] };
}

function asSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** The first that failed by itself, not for an upstream's sake. */
function failedTask(store: Store, row: FlowRunRow): TaskRunRow | null {
  if (row.state.type !== 'FAILED' && row.state.type !== 'CRASHED') return null;
  const failed = store.taskRuns
    .ofRun(row.id)
    .filter(({ state }) => (state.type === 'FAILED' && state.name !== 'UpstreamFailed') || state.type === 'CRASHED')
    .sort((a, b) => a.state.at - b.state.at);
  // Where the run's error is a task's, it is that one: others may have failed and been caught.
  return failed.find((task) => task.error?.message === row.error?.message) ?? failed[0] ?? null;
}

function childOf({ childRunId }: TaskRunRow): string {
  return childRunId === null ? '' : ` (run ${childRunId})`;
}

function ownerInWords(store: Store, { ownerId }: FlowRunRow): string {
  const owner = store.processes.believedAlive().find((process) => process.id === ownerId);
  return owner === undefined ? 'nobody' : `process ${owner.pid} on ${owner.host}`;
}

function nobodyIn(store: Store): string[] {
  return anybody(store) === null ? ['Nobody will take it by itself: no server runs.'] : [];
}

/** Some process that lives on this file: a server, or a run that may be waiting for this very one. */
function anybody(store: Store): ProcessRow | null {
  return store.processes.living()[0] ?? null;
}

export function whyJson(store: Store, row: FlowRunRow, { why, next, waits, failed_task: failed }: Why) {
  const { type, name, message, at } = row.state;
  return {
    schema: 'weir.why/1' as const,
    run: row.id,
    flow: row.flow,
    state: { type, name, message, at: isoTime(at) },
    why,
    waits,
    failed_task:
      failed === null
        ? null
        : { id: failed.id, name: taskTitle(failed), error: failed.error, last_lines: lastLines(store, failed) },
    next,
  };
}
