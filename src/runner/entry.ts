/**
 * The runner: bundled alone, the same bytes in every host. Is told "describe this file" or "start this run", answers
 * with messages, and knows nothing of databases, HTTP or configuration.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { DeploymentWish } from '../model/deployment-wish.ts';
import { WeirError } from '../model/errors.ts';
import type { RunnerSources } from '../model/message.ts';
import { toPlainError } from '../model/plain-error.ts';
import type { FlowDefinition } from '../sdk/flow.ts';
import type { TaskDefinition } from '../sdk/task.ts';
import { assetLoader } from './asset-module.ts';
import { captureOutput } from './capture.ts';
import type { Port } from './channel.ts';
import { CodeVersion } from './code-version.ts';
import { installGuards, takeOwnPaths } from './guards/guards.ts';
import { paramsToJsonSchema } from './json-schema.ts';
import { installLoader, loadFile } from './load.ts';
import { installRunnerRuntime } from './runtime.ts';
import { scopes } from './scope.ts';
import { serve } from './serve.ts';
import { type SharedData, serveSharedThread } from './shared.ts';
import { serveTaskThread } from './task-thread.ts';
import type { TaskThreadData } from './task-threads.ts';
import type { YamlModule } from './yaml/module.ts';
import { zodLoader } from './zod.ts';

/** What a host starts its runner with. */
type RunnerData = { readonly role: 'runner' } & RunnerSources;

const data = workerData as RunnerData | TaskThreadData | SharedData;
if (data.role === 'task-thread') serveTaskThread(data);
else if (data.role === 'shared-runner') serveSharedThread(data);
else serveThread(threadPort(), { ...data });

/** A thread of one run: code of the user's is loaded in it, printed by it, and may fail anywhere. */
function serveThread(port: Port, sources: RunnerSources): void {
  const tasks = new Set<TaskDefinition>();
  const flows = new Set<FlowDefinition>();
  const loadZod = zodLoader(sources.zod);
  const yaml = assetLoader<YamlModule>(sources.yaml, 'weir:yaml');
  const version = new CodeVersion();

  const wishes: DeploymentWish[] = [];
  installRunnerRuntime({ tasks, flows, loadZod, wishes });
  installLoader(
    version,
    sources.compileCache,
    yaml,
    installGuards(takeOwnPaths(), sources.sharesStdout, () => port.post({ kind: 'spawning' })),
  );
  const { lines, attempt, take } = serve(port, {
    sources,
    version,
    load: (path) => loadFile(path, version, yaml),
    tasks,
    flows,
    wishes,
    toJsonSchema: (schema) => paramsToJsonSchema(schema, loadZod),
  });
  captureOutput((stream, level, text) => {
    const scope = scopes.getStore();
    const line = scope?.line ?? attempt();
    if (line === null) return false;
    line.report({ kind: 'log', call: scope?.call ?? null, stream, level, at: Date.now(), text });
    return true;
  });
  /** Node keeps the scope of what was thrown: it is the fault of the run whose code threw it. */
  const failOrThrow = (error: unknown): void => {
    const line = scopes.getStore()?.line ?? attempt();
    if (line === null) throw error;
    line.fail(error);
  };
  process.on('unhandledRejection', (reason) =>
    failOrThrow(
      new Error(`a promise was rejected and nobody handled it: ${toPlainError(reason).message}`, { cause: reason }),
    ),
  );
  process.on('uncaughtException', (error) => failOrThrow(error));
  // What was told in the same turn as process.exit() must not be lost.
  process.on('exit', () => lines.flush());
  process.on('beforeExit', () => {
    attempt()?.failHopeless(
      () =>
        new Error(
          'the flow waits for something that can never happen: nothing is left to wait for, and its function has not returned',
        ),
    );
    port.ref();
  });
  port.onMessage(take);
}

function threadPort(): Port {
  const port = parentPort;
  if (port === null) throw new WeirError('internal', 'the runner was started outside a thread');
  return {
    post: (message) => port.postMessage(message),
    onMessage: (handler) => port.on('message', handler),
    ref: () => port.ref(),
    unref: () => port.unref(),
  };
}
