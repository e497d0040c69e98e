/**
 * The parallel task runner's threads: each runs one task function at a time, away from the flow's own thread.
 * A task is found there by name and code among those that the flow's modules define, so it must stand at module level.
 * Started when first needed, kept for the attempt; they are this attempt's own, so no flow can starve another.
 */
import { Worker } from 'node:worker_threads';
import { decode, encode, tryEncode } from '../model/codec.ts';
import { WeirError } from '../model/errors.ts';
import { hashCode } from '../model/identity.ts';
import type { RunnerSources } from '../model/message.ts';
import { fromPlainError, type PlainError, toPlainError } from '../model/plain-error.ts';
import type { Report } from '../model/report.ts';
import type { Request } from '../model/request.ts';
import { START_RUNNER } from '../model/runner-scripts.ts';
import type { RunContext, Unaddressed } from '../sdk/runtime.ts';
import { ReturnedState } from '../sdk/states.ts';
import type { TaskDefinition } from '../sdk/task.ts';
import type { AttemptParts } from './attempt.ts';
import type { Line, Scope } from './scope.ts';

/** What a task thread is started with. */
export interface TaskThreadData extends RunnerSources {
  readonly role: 'task-thread';
  readonly path: string;
  /** The code version that the flow's own thread has loaded, packed. */
  readonly code: Uint8Array | null;
}

/** Owner to task thread. */
export type ToTaskThread =
  | {
      readonly kind: 'run';
      readonly name: string;
      readonly codeHash: string;
      readonly args: Uint8Array;
      readonly context: PlainContext;
    }
  | { readonly kind: 'abort'; readonly reason: PlainError }
  | { readonly kind: 'reply'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'refusal'; readonly id: number; readonly error: PlainError };

/** Task thread to owner. */
export type FromTaskThread =
  | { readonly kind: 'result'; readonly bytes: Uint8Array }
  | (Pick<ReturnedState, 'type' | 'name' | 'message' | 'retriable'> & {
      readonly kind: 'returned';
      readonly bytes: Uint8Array;
    })
  | { readonly kind: 'error'; readonly error: PlainError; readonly value: Uint8Array | null }
  | { readonly kind: 'spawning' }
  | { readonly kind: 'report'; readonly report: Report }
  /** It has loaded further files. */
  | { readonly kind: 'code'; readonly files: Uint8Array }
  | { readonly kind: 'ask'; readonly id: number; readonly request: Unaddressed<Request> };

/** `context()` as plain data: the signal is made anew on the other side. */
export interface PlainContext extends Omit<RunContext, 'signal' | 'params' | 'runDir'> {
  readonly params: Uint8Array;
  readonly runDir: string;
}

interface Job {
  readonly scope: Scope;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** A task whose signal has aborted may still say goodbye; one that computes on is ended with its thread. */
const ABORT_GRACE_MS = 1000;

interface TaskThread {
  readonly worker: Worker;
  job: Job | null;
}

export class TaskThreads {
  readonly #parts: AttemptParts;
  readonly #line: Line;
  readonly #idle: TaskThread[] = [];
  readonly #all = new Set<TaskThread>();

  constructor(parts: AttemptParts, line: Line) {
    this.#parts = parts;
    this.#line = line;
  }

  /** Runs a task's function on a thread of its own and gives what it returned, by Weir's codec. */
  run(definition: TaskDefinition, args: readonly unknown[], scope: Scope): Promise<unknown> {
    this.#refuseUnfindable(definition);
    const given = tryEncode(args, 'args');
    if ('reason' in given) throw notCarried(definition.name, given.reason);
    const { bytes } = given;
    const thread = this.#idle.pop() ?? this.#start();
    const done = Promise.withResolvers<unknown>();
    const job: Job = { scope, resolve: done.resolve, reject: done.reject };
    thread.job = job;
    let grace: ReturnType<typeof setTimeout> | undefined;
    const abort = () => {
      this.#post(thread, { kind: 'abort', reason: toPlainError(scope.signal.reason) });
      grace = setTimeout(() => {
        if (thread.job === job) void thread.worker.terminate();
      }, ABORT_GRACE_MS);
    };
    scope.signal.addEventListener('abort', abort, { once: true });
    const codeHash = hashCode(definition.code, definition.version ?? undefined);
    this.#post(thread, {
      kind: 'run',
      name: definition.name,
      codeHash,
      args: bytes,
      context: plainContext(this.#line.contextOf(scope), this.#parts.run.runDir),
    });
    return done.promise.finally(() => {
      clearTimeout(grace);
      scope.signal.removeEventListener('abort', abort);
    });
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#all].map(({ worker }) => worker.terminate()));
  }

  /** What is defined inside a function has variables around it that another thread cannot have. */
  #refuseUnfindable(definition: TaskDefinition): void {
    const same = [...this.#parts.moduleTasks].filter(
      (task) => task.name === definition.name && task.code === definition.code && task.version === definition.version,
    );
    if (new Set(same.map((task) => task.run)).size === 1) return;
    const why =
      same.length === 0
        ? 'is not defined at the top level of a module'
        : 'has the same name and code as another task, so they cannot be told apart';
    throw new WeirError(
      'invalid-flow',
      `the parallel task runner cannot run the task "${definition.name}" on another thread: it ${why}`,
      {
        hint: "define it at the top level of the file under a name of its own, or use runner: 'concurrent'",
      },
    );
  }

  #start(): TaskThread {
    const { run, sources } = this.#parts;
    const workerData: TaskThreadData = {
      ...sources,
      role: 'task-thread',
      path: run.path,
      code: this.#parts.version.loaded(null).files,
    };
    const worker = new Worker(START_RUNNER, { eval: true, workerData });
    const thread: TaskThread = { worker, job: null };
    this.#all.add(thread);
    worker.on('message', (message: FromTaskThread) => this.#take(thread, message));
    worker.on('error', (error) => this.#lose(thread, error));
    worker.on('exit', (code) => this.#lose(thread, new Error(`the task ended its thread by process.exit(${code})`)));
    return thread;
  }

  #take(thread: TaskThread, message: FromTaskThread): void {
    if (message.kind === 'spawning') return this.#parts.onSpawning();
    const { job } = thread;
    if (message.kind === 'code') return this.#parts.version.add(message.files);
    if (job === null) return;
    switch (message.kind) {
      case 'report':
        return this.#line.report({ ...message.report, call: job.scope.call } as Report);
      case 'ask':
        void this.#line.ask(message.request, job.scope.call).then(
          (value) => this.#post(thread, { kind: 'reply', id: message.id, value }),
          (error) => this.#post(thread, { kind: 'refusal', id: message.id, error: toPlainError(error) }),
        );
        return;
      case 'result':
        this.#free(thread);
        return job.resolve(decode(message.bytes));
      case 'returned': {
        const { type, name, message: text, retriable, bytes } = message;
        this.#free(thread);
        return job.resolve(new ReturnedState(type, name, text, retriable, decode(bytes)));
      }
      case 'error':
        this.#free(thread);
        return job.reject(message.value === null ? fromPlainError(message.error) : decode(message.value));
    }
  }

  #free(thread: TaskThread): void {
    thread.job = null;
    this.#idle.push(thread);
    // Idle threads must not keep a body alive that waits for nothing.
    thread.worker.unref();
  }

  #lose(thread: TaskThread, error: unknown): void {
    if (!this.#all.delete(thread)) return;
    const idle = this.#idle.indexOf(thread);
    if (idle !== -1) this.#idle.splice(idle, 1);
    thread.job?.reject(error);
    thread.job = null;
  }

  #post(thread: TaskThread, message: ToTaskThread): void {
    if (message.kind === 'run') thread.worker.ref();
    thread.worker.postMessage(message);
  }
}

/** The run's folder stays a name: it is made where it is asked for. */
function plainContext(context: RunContext, runDir: string): PlainContext {
  const { flowRun, taskRun, attempt, slot, dir, params } = context;
  return { flowRun, taskRun, attempt, slot, dir, runDir, params: encode(params, 'params') };
}

function notCarried(task: string, reason: string): WeirError {
  const sentence = `the arguments of task "${task}" cannot be carried to another thread: ${reason}`;
  return new WeirError('not-storable', sentence, { hint: "pass plain data, or use runner: 'concurrent'" });
}
