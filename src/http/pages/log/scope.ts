/** What the address of a log names: a run with its subflows, or one of its task runs, or one attempt of it. */
import type { Context } from 'hono';
import { WeirError } from '../../../model/errors.ts';
import { isFinal } from '../../../model/state.ts';
import { taskTitle } from '../../../model/task-title.ts';
import type { FlowRunRow } from '../../../store/flow-runs.ts';
import type { LogChunk } from '../../../store/logs.ts';
import type { Store } from '../../../store/store.ts';
import type { TaskRunRow } from '../../../store/task-runs.ts';
import { logPage } from '../../../web/address.ts';
import { findRun } from '../../find-run.ts';

export interface LogScope {
  readonly run: FlowRunRow;
  /** Null for the whole run. */
  readonly task: TaskRunRow | null;
  /** Null for all of them. */
  readonly attempt: number | null;
  readonly stream: LogChunk['stream'] | null;
}

export const STREAMS = ['stdout', 'stderr', 'log'] as const;

/** The scope, or where the address leads that was meant. @throws WeirError `not-found`, `invalid-value` */
export function scopeOf(store: Store, c: Context): LogScope | { readonly elsewhere: string } {
  const run = findRun(store, c.req.param('id') ?? '');
  const stream = parseStream(c.req.query('stream'));
  const name = c.req.param('task')?.replace(/\.txt(\.gz)?$/, '');
  if (name === undefined) return { run, task: null, attempt: null, stream };
  const [, id, attempt] = /^(\d{1,15})(?:\.(\d{1,6}))?$/.exec(name) ?? [];
  const task = id === undefined ? null : store.taskRuns.byId(Number(id));
  if (task === null) {
    // Names are what people type.
    const named = store.taskRuns.ofRun(run.id).find((each) => each.name === name || taskTitle(each) === name);
    if (named !== undefined) return { elsewhere: logPage(run.id, named.id) };
    throw new WeirError('not-found', `run ${run.id} has no task run ${name.slice(0, 100)}`, {
      hint: `GET ${logPage(run.id)} shows the log of all its tasks`,
    });
  }
  if (task.flowRunId !== run.id) return { elsewhere: logPage(task.flowRunId, task.id) };
  return { run, task, attempt: attempt === undefined ? null : Number(attempt), stream };
}

/** Whether more may come: of an attempt that was followed by another nothing will. */
export function isGoingOn({ run, task, attempt }: LogScope): boolean {
  if (isFinal(run.state.type)) return false;
  return task === null || (!isFinal(task.state.type) && (attempt === null || attempt >= task.attempt));
}

function parseStream(text: string | undefined): LogScope['stream'] {
  if (text === undefined || text === '') return null;
  const stream = STREAMS.find((each) => each === text);
  if (stream !== undefined) return stream;
  throw new WeirError('invalid-value', `stream is "${text.slice(0, 50)}"; it must be ${STREAMS.join(', ')} or nothing`);
}
