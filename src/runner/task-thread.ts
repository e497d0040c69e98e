/**
 * Inside a thread of the parallel task runner: loads the flow's modules, waits for a task to run, runs it.
 * What the task tells and asks goes to the flow's thread, which knows the call it belongs to.
 */
import { mkdirSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { decode, encode, tryEncode } from '../model/codec.ts';
import { WeirError } from '../model/errors.ts';
import { hashCode } from '../model/identity.ts';
import { fromPlainError, toPlainError } from '../model/plain-error.ts';
import type { RunContext } from '../sdk/runtime.ts';
import { ReturnedState } from '../sdk/states.ts';
import type { TaskDefinition } from '../sdk/task.ts';
import { assetLoader } from './asset-module.ts';
import { captureOutput, endOpenLines } from './capture.ts';
import { CodeVersion } from './code-version.ts';
import { Gate } from './gate.ts';
import { installGuards, takeOwnPaths } from './guards/guards.ts';
import { installLoader, loadFile } from './load.ts';
import { installRunnerRuntime, type RuntimeParts } from './runtime.ts';
import { type Line, type Scope, scopes } from './scope.ts';
import type { FromTaskThread, PlainContext, TaskThreadData, ToTaskThread } from './task-threads.ts';
import type { YamlModule } from './yaml/module.ts';
import { zodLoader } from './zod.ts';

type Ending = Extract<FromTaskThread, { kind: 'result' | 'returned' | 'error' }>;

/** The one task that this thread runs just now. */
interface Job {
  readonly scope: Scope;
  readonly controller: AbortController;
  readonly context: PlainContext;
}

export function serveTaskThread(data: TaskThreadData): void {
  const tasks = new Set<TaskDefinition>();
  const answers = new Map<number, { resolve: (value: unknown) => void; reject: (error: unknown) => void }>();
  let job: Job | null = null;
  let lastAsk = 0;

  const line: Line = {
    callMaker: null,
    fail: (error) => end(failure(error)),
    report: (report) => post({ kind: 'report', report }),
    ask(request) {
      const id = ++lastAsk;
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      answers.set(id, { resolve, reject });
      listen();
      post({ kind: 'ask', id, request });
      return promise;
    },
    contextOf(scope) {
      const { params, runDir, ...context } = (job as Job).context;
      return {
        ...context,
        params: decode(params),
        get runDir() {
          mkdirSync(runDir, { recursive: true });
          return runDir;
        },
        signal: scope.signal,
      } satisfies RunContext;
    },
  };
  const parts: RuntimeParts = { tasks, flows: new Set(), loadZod: zodLoader(data.zod) };
  installRunnerRuntime(parts);
  const version = new CodeVersion();
  const yaml = assetLoader<YamlModule>(data.yaml, 'weir:yaml');
  installLoader(
    version,
    data.compileCache,
    yaml,
    installGuards(takeOwnPaths(), data.sharesStdout, () => post({ kind: 'spawning' })),
  );
  if (data.code !== null) version.serve(data.code);
  captureOutput((stream, level, text) => {
    if (job === null) return false;
    post({ kind: 'report', report: { kind: 'log', call: null, stream, level, at: Date.now(), text } });
    return true;
  });
  process.on('unhandledRejection', (reason) => {
    const { message } = toPlainError(reason);
    end(failure(new Error(`a promise was rejected and nobody handled it: ${message}`, { cause: reason })));
  });
  process.on('beforeExit', () =>
    end(
      failure(
        new Error(
          'the task waits for something that can never happen: nothing is left to wait for, and its function has not returned',
        ),
      ),
    ),
  );
  const loaded = loadFile(data.path, version, yaml);
  loaded.then(
    () => version.onChange(() => post({ kind: 'code', files: version.loaded(null).files as Uint8Array })),
    () => {},
  );

  parentPort?.on('message', (message: ToTaskThread) => {
    switch (message.kind) {
      case 'run':
        void perform(message);
        return;
      case 'abort':
        job?.controller.abort(fromPlainError(message.reason));
        return;
      case 'reply':
      case 'refusal': {
        const waiting = answers.get(message.id);
        answers.delete(message.id);
        listen();
        if (message.kind === 'reply') waiting?.resolve(message.value);
        else waiting?.reject(fromPlainError(message.error));
      }
    }
  });

  async function perform({ name, codeHash, args, context }: Extract<ToTaskThread, { kind: 'run' }>): Promise<void> {
    const controller = new AbortController();
    const mine: Job = { scope: scopeOf(name, context, controller.signal, line), controller, context };
    let ending: Ending;
    try {
      await loaded;
      const task = [...tasks].find(
        (each) => each.name === name && hashCode(each.code, each.version ?? undefined) === codeHash,
      );
      if (task === undefined)
        throw new WeirError(
          'invalid-flow',
          `the task "${name}" was not found when its file was loaded on another thread; did the file change meanwhile?`,
        );
      const { run: body } = task;
      job = mine;
      listen();
      const value = await scopes.run(mine.scope, async (): Promise<unknown> => body(...(decode(args) as never[])));
      ending = value instanceof ReturnedState ? returned(value, name) : result(value, name);
    } catch (error) {
      ending = failure(error);
    }
    // Ended meanwhile by what nobody handled: then that was told already.
    if (job === mine || job === null) end(ending);
  }

  function end(ending: Ending): void {
    if (job !== null) endOpenLines(job.scope, line.report);
    job = null;
    answers.clear();
    listen();
    post(ending);
  }

  /** Listens while idle or while an answer is due; else a body that waits for nothing would hang for ever. */
  function listen(): void {
    if (job === null || answers.size > 0) parentPort?.ref();
    else parentPort?.unref();
  }
}

function scopeOf(taskName: string, context: PlainContext, signal: AbortSignal, line: Line): Scope {
  return {
    line,
    call: null,
    path: '',
    taskName,
    taskAttempt: context.attempt,
    signal,
    holds: new Map(),
    gate: new Gate(1),
    shellGate: new Gate(1),
    counts: new Map(),
    open: new Set(),
    openLines: new Map(),
  };
}

function result(value: unknown, name: string): Ending {
  return { kind: 'result', bytes: encode(value, `the result of task "${name}"`) };
}

function returned(state: ReturnedState, name: string): Ending {
  const { type, message, retriable } = state;
  const bytes = encode(state.result, `the result of task "${name}"`);
  return { kind: 'returned', type, name: state.name, message, retriable, bytes };
}

/** Errors of the user's keep their fields; Weir's own their code. */
function failure(error: unknown): Ending {
  const encoded = tryEncode(error, 'error');
  const isOwn = error instanceof WeirError;
  return { kind: 'error', error: toPlainError(error), value: 'bytes' in encoded && !isOwn ? encoded.bytes : null };
}

function post(message: FromTaskThread): void {
  parentPort?.postMessage(message);
}
