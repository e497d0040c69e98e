/**
 * The runner: bundled alone, the same bytes in every host. Is told "describe this file" or "start this run", answers
 * with messages, and knows nothing of databases, HTTP or configuration.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { WeirError } from '../model/errors.ts';
import type { FromRunner, RunnerSources, ToRunner } from '../model/message.ts';
import { toPlainError } from '../model/plain-error.ts';
import type { DueHook, RunStart } from '../model/run-start.ts';
import type { FlowDefinition } from '../sdk/flow.ts';
import type { TaskDefinition } from '../sdk/task.ts';
import { Attempt } from './attempt.ts';
import { captureOutput } from './capture.ts';
import type { Channel, Port } from './channel.ts';
import { loadedCode, onVersionChange, serveVersion } from './code-version.ts';
import { describeFlows } from './describe.ts';
import { flowOfRun } from './flow-place.ts';
import { installGuards, takeOwnPaths } from './guards.ts';
import { paramsToJsonSchema } from './json-schema.ts';
import { Lines } from './lines.ts';
import { installLoader, type LoadedFile, loadFile } from './load.ts';
import { installRunnerRuntime, type RuntimeParts } from './runtime.ts';
import { scopes } from './scope.ts';
import { serveTaskThread } from './task-thread.ts';
import type { TaskThreadData } from './task-threads.ts';
import { zodLoader } from './zod.ts';

/** What a host starts its runner with. */
type RunnerData = { readonly role: 'runner' } & RunnerSources;

const data = workerData as RunnerData | TaskThreadData;
if (data.role === 'task-thread') serveTaskThread(data);
else serve(threadPort(), { ...data });

function serve(port: Port, sources: RunnerSources): void {
  const lines = new Lines(port);
  const tasks = new Set<TaskDefinition>();
  const loadZod = zodLoader(sources.zodSource);
  const flows = new Set<FlowDefinition>();
  const parts: RuntimeParts = { tasks, flows, loadZod };
  let loading: Promise<LoadedFile> | null = null;
  let attempt: Attempt | null = null;

  installRunnerRuntime(parts);
  installLoader(
    sources.compileCache,
    installGuards(takeOwnPaths(), sources.sharesStdout, () => port.post({ kind: 'spawning' })),
  );
  captureOutput((stream, level, text) => {
    const scope = scopes.getStore();
    const line = scope?.line ?? attempt;
    if (line === null) return false;
    line.report({ kind: 'log', call: scope?.call ?? null, stream, level, at: Date.now(), text });
    return true;
  });
  process.on('unhandledRejection', (reason) =>
    failOrThrow(
      new Error(`a promise was rejected and nobody handled it: ${toPlainError(reason).message}`, { cause: reason }),
    ),
  );
  process.on('uncaughtException', (error) => failOrThrow(error));
  // What was told in the same turn as process.exit() must not be lost.
  process.on('exit', () => lines.flush());
  process.on('beforeExit', () => {
    attempt?.failHopeless(
      () =>
        new Error(
          'the flow waits for something that can never happen: nothing is left to wait for, and its function has not returned',
        ),
    );
    port.ref();
  });

  port.onMessage((message: ToRunner) => {
    lines.take(message);
    if (message.kind === 'ping') {
      lines.flush();
      port.post({ kind: 'pong' });
    }
    if (message.kind === 'describe') void describe(message.path);
    else if (message.kind === 'start') void start(message.run);
    else if (message.kind === 'run-hooks') void runHooks(message.run, message.hooks);
  });

  function load(path: string): Promise<LoadedFile> {
    loading ??= loadFile(path);
    return loading;
  }

  async function describe(path: string): Promise<void> {
    try {
      port.post({ kind: 'described', flows: describeFlows(await load(path), tasks, toJsonSchema) });
    } catch (error) {
      port.post({ kind: 'undescribable', error: toPlainError(error) });
    }
  }

  async function start(run: RunStart): Promise<void> {
    let started: Attempt;
    let cancelled: string | null = null;
    lines.onCancel(run.runId, (reason) => {
      cancelled = reason;
      attempt?.cancel(reason);
    });
    const channel = lines.main();
    try {
      const loaded = await loadCode(run);
      tellCode(channel, run.codeHash);
      started = attemptOf(run, loaded, channel);
    } catch (error) {
      channel.report({ kind: 'run-started', at: Date.now(), timeoutMs: null });
      const plain = toPlainError(error);
      channel.report({
        kind: 'run-ended',
        at: Date.now(),
        state: { type: 'FAILED', name: 'Failed', message: plain.message },
        error: plain,
        retriable: plain.code !== 'invalid-flow',
      });
      return;
    }
    attempt = started;
    if (cancelled !== null) attempt.cancel(cancelled);
    port.unref();
    await started.run();
    port.ref();
  }

  /** Hooks of an attempt that has ended: here, or in a host that is gone. What cannot be loaded cannot be run. */
  async function runHooks(run: RunStart, due: readonly DueHook[]): Promise<void> {
    const channel = lines.main();
    try {
      if (attempt === null) {
        attempt = attemptOf(run, await loadCode(run), channel);
        await attempt.readParams();
      }
      await attempt.runHooks(due);
    } catch (error) {
      const text = `the hooks of this run cannot be run: ${toPlainError(error).message}`;
      channel.report({ kind: 'log', call: null, stream: 'log', level: 'error', at: Date.now(), text });
      for (const { id, hook } of due) channel.report({ kind: 'hook-ran', id, call: null, hook, at: Date.now() });
      channel.report({ kind: 'hooks-ended' });
    }
  }

  function loadCode(run: RunStart): Promise<LoadedFile> {
    if (run.code !== null && loading === null) serveVersion(run.code);
    return load(run.path);
  }

  function attemptOf(run: RunStart, loaded: LoadedFile, channel: Channel): Attempt {
    const flow = flowOfRun(run, loaded, flows);
    const schema = flow.definition.options.params;
    return new Attempt({
      run,
      flow,
      channel,
      paramsSchema: schema === undefined ? null : toJsonSchema(schema),
      // Tasks that a body defines later are not among these: other threads could not find them.
      moduleTasks: new Set(tasks),
      sources,
      onSpawning: () => port.post({ kind: 'spawning' }),
      lines,
      loaded,
      toJsonSchema,
      depth: 0,
      holds: new Map(),
    });
  }

  /**
   * Tells the version that the run was loaded from, and again when it imports another file while it runs: in the batch
   * of whatever its code does next, or a resume could not load what that was done with.
   */
  function tellCode(channel: Channel, known: string | null): void {
    let told = known;
    let isDue = true;
    const tell = () => {
      if (!isDue) return;
      isDue = false;
      const code = loadedCode(told);
      told = code.hash;
      channel.report({ kind: 'code', ...code });
    };
    tell();
    channel.beforeFlush(tell);
    onVersionChange(() => {
      isDue = true;
      setImmediate(tell);
    });
  }

  const toJsonSchema = (schema: unknown) => paramsToJsonSchema(schema, loadZod);

  /** Node keeps the scope of what was thrown: it is the fault of the run whose code threw it. */
  function failOrThrow(error: unknown): void {
    const line = scopes.getStore()?.line ?? attempt;
    if (line === null) throw error;
    line.fail(error);
  }
}

function threadPort(): Port {
  const port = parentPort;
  if (port === null) throw new WeirError('internal', 'the runner was started outside a thread');
  return {
    post: (message: FromRunner) => port.postMessage(message),
    onMessage: (handler) => port.on('message', handler),
    ref: () => port.ref(),
    unref: () => port.unref(),
  };
}
