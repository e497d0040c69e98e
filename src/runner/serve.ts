/**
 * Serves what one host is told: "describe this file", "start this run", "run these hooks". Knows nothing of the thread it
 * runs in, so that one thread can serve several hosts whose runs hold no code of the user's (shared.ts).
 */
import type { DeploymentWish } from '../model/deployment-wish.ts';
import { WeirError } from '../model/errors.ts';
import type { RunnerSources, ToRunner } from '../model/message.ts';
import { type PlainError, toPlainError } from '../model/plain-error.ts';
import type { DueHook, RunStart } from '../model/run-start.ts';
import { packageChanges } from '../model/snapshot.ts';
import type { FlowDefinition } from '../sdk/flow.ts';
import type { TaskDefinition } from '../sdk/task.ts';
import { Attempt } from './attempt.ts';
import type { Channel, Port } from './channel.ts';
import type { CodeVersion } from './code-version.ts';
import { describeFlows } from './describe.ts';
import { flowOfRun } from './flow-place.ts';
import { Lines } from './lines.ts';
import { ExportsNoFlow, type LoadedFile } from './loaded-file.ts';
import { openProjectCopy, type ProjectCopy } from './project-copy.ts';

export interface ServeParts {
  readonly sources: RunnerSources;
  readonly version: CodeVersion;
  readonly load: (path: string) => Promise<LoadedFile>;
  /** What the file defines; filled while it is loaded. */
  readonly tasks: ReadonlySet<TaskDefinition>;
  readonly flows: ReadonlySet<FlowDefinition>;
  /** Deployments that it declares; filled likewise. */
  readonly wishes?: readonly DeploymentWish[];
  readonly toJsonSchema: (schema: unknown) => Record<string, unknown> | null;
}

export interface Served {
  readonly lines: Lines;
  /** Of the host's own run, once it has begun. */
  attempt(): Attempt | null;
  take(message: ToRunner): void;
}

export function serve(
  port: Port,
  { sources, version, load: loadFile, tasks, flows, wishes = [], toJsonSchema }: ServeParts,
): Served {
  const lines = new Lines(port);
  let loading: Promise<LoadedFile> | null = null;
  let attempt: Attempt | null = null;

  function load(path: string): Promise<LoadedFile> {
    loading ??= loadFile(path);
    return loading;
  }

  async function describe(path: string, code: Uint8Array | undefined, mayHoldNone: boolean): Promise<void> {
    try {
      if (code !== undefined) version.serve(code);
      port.post({ kind: 'described', flows: describeFlows(await load(path), version, tasks, toJsonSchema), wishes });
    } catch (error) {
      const isNoFlow = error instanceof ExportsNoFlow;
      if (isNoFlow && mayHoldNone) port.post({ kind: 'described', flows: [], wishes });
      else if (isNoFlow && wishes.length > 0) port.post({ kind: 'undescribable', error: onlyDeclares(path) });
      else port.post({ kind: 'undescribable', error: toPlainError(error) });
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
      warnOfPackages(run, channel);
      started = attemptOf(run, loaded, channel, await openProjectCopy(run, channel));
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
        attempt = attemptOf(run, await loadCode(run), channel, await openProjectCopy(run, channel));
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
    if (run.code !== null && loading === null) version.serve(run.code);
    return load(run.path);
  }

  function attemptOf(run: RunStart, loaded: LoadedFile, channel: Channel, copy: ProjectCopy | null): Attempt {
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
      version,
      onSpawning: () => port.post({ kind: 'spawning' }),
      lines,
      loaded,
      toJsonSchema,
      depth: 0,
      holds: new Map(),
      copy,
    });
  }

  /** What is installed here may not be what the flow was deployed with. */
  function warnOfPackages({ snapshot }: RunStart, channel: Channel): void {
    if (snapshot === undefined) return;
    for (const text of packageChanges(snapshot.packages, version.packages()))
      channel.report({ kind: 'log', call: null, stream: 'log', level: 'warn', at: Date.now(), text });
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
      const code = version.loaded(told);
      told = code.hash;
      channel.report({ kind: 'code', ...code });
    };
    tell();
    channel.beforeFlush(tell);
    version.onChange(() => {
      isDue = true;
      setImmediate(tell);
    });
  }

  return {
    lines,
    attempt: () => attempt,
    take(message) {
      lines.take(message);
      if (message.kind === 'ping') {
        lines.flush();
        port.post({ kind: 'pong' });
      }
      if (message.kind === 'describe') void describe(message.path, message.code, message.mayHoldNone === true);
      else if (message.kind === 'start') void start(message.run);
      else if (message.kind === 'run-hooks') void runHooks(message.run, message.hooks);
    },
  };
}

function onlyDeclares(path: string): PlainError {
  return toPlainError(
    new WeirError('invalid-flow', `${path} exports no flow: it declares deployments`, {
      hint: `register them: weir deployment apply ${path}`,
    }),
  );
}
