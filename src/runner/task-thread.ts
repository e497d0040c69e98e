/**
 * Inside a thread of the parallel task runner: loads the flow's modules, waits for a task to run, runs it.
 * What the task tells and asks goes to the flow's thread, which knows the call it belongs to.
 */
import { parentPort } from 'node:worker_threads';
import { decode, encode, tryEncode } from '../model/codec.ts';
import { WeirError } from '../model/errors.ts';
import { hashCode } from '../model/identity.ts';
import { fromPlainError, toPlainError } from '../model/message.ts';
import type { RunContext } from '../sdk/runtime.ts';
import { ReturnedState } from '../sdk/states.ts';
import type { TaskDefinition } from '../sdk/task.ts';
import { captureOutput } from './capture.ts';
import { Gate } from './gate.ts';
import { installLoader, loadFile } from './load.ts';
import { installRunnerRuntime, type RuntimeParts } from './runtime.ts';
import { type Line, type Scope, scopes } from './scope.ts';
import type { FromTaskThread, PlainContext, TaskThreadData, ToTaskThread } from './task-threads.ts';
import { zodLoader } from './zod.ts';

export function serveTaskThread(data: TaskThreadData): void {
  const tasks = new Set<TaskDefinition>();
  const answers = new Map<number, { resolve: (value: unknown) => void; reject: (error: unknown) => void }>();
  let controller = new AbortController();
  let context: PlainContext | null = null;
  let lastAsk = 0;

  const line: Line = {
    report: (report) => post({ kind: 'report', report }),
    ask(request) {
      const id = ++lastAsk;
      post({ kind: 'ask', id, request });
      return new Promise((resolve, reject) => answers.set(id, { resolve, reject }));
    },
    contextOf: (scope) =>
      ({
        ...(context as PlainContext),
        params: decode((context as PlainContext).params),
        signal: scope.signal,
      }) as RunContext,
  };
  const parts: RuntimeParts = { line, calls: null, tasks, loadZod: zodLoader(data.zodSource) };
  installRunnerRuntime(parts);
  installLoader();
  captureOutput((stream, level, text) => {
    if (scopes.getStore() === undefined) return false;
    post({ kind: 'report', report: { kind: 'log', call: null, stream, level, at: Date.now(), text } });
    return true;
  });
  const loaded = loadFile(data.path);
  loaded.catch(() => {});

  parentPort?.on('message', (message: ToTaskThread) => {
    switch (message.kind) {
      case 'run':
        controller = new AbortController();
        context = message.context;
        void perform(message);
        return;
      case 'abort':
        controller.abort(fromPlainError(message.reason));
        return;
      case 'reply':
        answers.get(message.id)?.resolve(message.value);
        answers.delete(message.id);
        return;
      case 'refusal':
        answers.get(message.id)?.reject(fromPlainError(message.error));
        answers.delete(message.id);
    }
  });

  async function perform(job: Extract<ToTaskThread, { kind: 'run' }>): Promise<void> {
    const taskName = job.name;
    const scope: Scope = {
      call: null,
      path: '',
      taskName,
      taskAttempt: job.context.attempt,
      signal: controller.signal,
      gate: new Gate(1),
      shellGate: new Gate(1),
      counts: new Map(),
      holds: new Set(),
    };
    try {
      await loaded;
      const task = [...tasks].find(
        (each) => each.name === taskName && hashCode(each.code, each.version ?? undefined) === job.codeHash,
      );
      if (task === undefined)
        throw new WeirError(
          'invalid-flow',
          `the task "${taskName}" was not found when its file was loaded on another thread; did the file change meanwhile?`,
        );
      const value = await scopes.run(scope, async () => task.run(...(decode(job.args) as never[])) as unknown);
      if (value instanceof ReturnedState)
        throw new WeirError(
          'invalid-value',
          `the task "${taskName}" returned ${value.name}(), which the parallel task runner cannot carry; throw an error instead`,
        );
      post({ kind: 'result', bytes: encode(value, `the result of task "${taskName}"`) });
    } catch (error) {
      const encoded = tryEncode(error, 'error');
      post({
        kind: 'error',
        error: toPlainError(error),
        value: 'bytes' in encoded && error instanceof Error && error.name !== 'WeirError' ? encoded.bytes : null,
      });
    }
  }
}

function post(message: FromTaskThread): void {
  parentPort?.postMessage(message);
}
