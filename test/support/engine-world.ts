/**
 * The engine from sources in a fresh world: a folder with its own database, flows written there as files, runs driven
 * to their final state by events as `weir run` does. Everything is gone with the test.
 */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Engine, type EngineOptions, startEngine } from '../../src/engine/engine.ts';
import type { EngineEvent } from '../../src/engine/events.ts';
import { createEarlyPool } from '../../src/engine/execute/early-pool.ts';
import { markOf } from '../../src/engine/execute/recovery.ts';
import { runJson } from '../../src/engine/tell/run-json.ts';
import { askToCancel } from '../../src/engine/verbs/cancel.ts';
import { reopenRun, selectIn } from '../../src/engine/verbs/retry.ts';
import { decode, encode } from '../../src/model/codec.ts';
import type { FlowDescription } from '../../src/model/flow-description.ts';
import type { HostKind } from '../../src/model/message.ts';
import { isFinal } from '../../src/model/state.ts';
import type { Assignment } from '../../src/pool/source.ts';
import type { StoredLogChunk } from '../../src/store/logs.ts';
import type { TaskRunRow } from '../../src/store/task-runs.ts';
import { RUNNER_ARGV, SPAWNER_ARGV } from './command-world.ts';
import { markedProcesses } from './marked-processes.ts';

type RunJson = ReturnType<typeof runJson>;

export interface RunOptions {
  readonly params?: Readonly<Record<string, unknown>>;
  /** The flow's name, where the file exports several. */
  readonly flow?: string;
  readonly tags?: readonly string[];
  /** Loads the file once more for the run, as a server does. */
  readonly loadAgain?: boolean;
  /** What it executes in; default: what the flow says, else a thread. */
  readonly infrastructure?: HostKind;
}

export interface RetryOptions {
  readonly from?: string;
  readonly only?: string;
  readonly sameCode?: boolean;
}

/** A run that has ended, with what was kept of it. */
export interface EndedRun extends RunJson {
  /** The result as it was returned, not as JSON shows it. */
  readonly value: unknown;
  readonly rows: readonly TaskRunRow[];
  readonly logs: readonly StoredLogChunk[];
  /** Names of the states of the run, in order. */
  readonly stateNames: readonly string[];
  task(name: string): RunJson['tasks'][number];
  taskStates(name: string): string[];
  /** Texts of the log lines, of one task or of all. */
  texts(name?: string): string[];
}

export interface GoingRun {
  readonly id: number;
  readonly ended: Promise<EndedRun>;
  /** As Ctrl-C does. */
  cancel(graceMs?: number): void;
  /** Resolves with the first event that the condition accepts, past ones included. */
  until(condition: (event: EngineEvent) => boolean): Promise<EngineEvent>;
}

export type World = Awaited<ReturnType<typeof engineWorld>>;

/** A world of its own for the test that calls this. */
export async function engineWorld(engineOptions: Pick<EngineOptions, 'memoryMb' | 'makeInlineRunner'> = {}) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'weir-engine-')));
  const faults: unknown[] = [];
  let mark = '';
  let engine = await start();
  onTestFinished(async () => {
    await engine.stop('the test is over');
    // Again where something that is just being ended still writes.
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    if (faults.length > 0) throw faults[0];
  });

  function start(): Promise<Engine> {
    const options = {
      ...engineOptions,
      db: join(folder, 'weir.db'),
      keyFile: join(folder, 'weir.key'),
      role: 'run',
      spawnerArgv: SPAWNER_ARGV,
      runnerArgv: RUNNER_ARGV,
      onFault: (error: unknown) => faults.push(error),
    } as const;
    const early = createEarlyPool(options);
    mark = markOf(early.bootId);
    return startEngine({ ...options, slots: 1 }, early);
  }

  function write(name: string, text: string): string {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  /** Flows import everything from "weir" and need not say so. */
  function writeFlow(source: string, name = 'flow.ts'): string {
    return write(name, /from 'weir'/.test(source) ? source : `${IMPORTS}\n${source}`);
  }

  async function describe(source: string, name?: string): Promise<readonly FlowDescription[]> {
    return engine.pool.describe(writeFlow(source, name));
  }

  async function startFile(path: string, options: RunOptions = {}): Promise<GoingRun> {
    const flows = await engine.pool.describe(path, {
      keep: options.loadAgain !== true,
      infrastructure: options.infrastructure ?? 'thread',
    });
    const flow = options.flow === undefined ? flows[0] : flows.find((each) => each.name === options.flow);
    if (flow === undefined) throw new Error(`no such flow: ${options.flow}`);
    const assignment = await engine.queue.enqueueClaimed({
      flow: flow.name,
      name: null,
      deploymentId: null,
      path,
      entry: flow.entry,
      codeHash: flow.codeHash,
      version: flow.version,
      options: flow.options,
      params: encode(options.params ?? {}, 'params'),
      tags: [...flow.tags, ...(options.tags ?? [])],
      trigger: 'cli',
      infrastructure: options.infrastructure ?? flow.options.infrastructure ?? 'thread',
      idempotencyKey: null,
      scheduleId: null,
      slotAt: null,
      slotStartAt: null,
      slotCoversFrom: null,
    });
    return follow(assignment);
  }

  function follow(assignment: Assignment): GoingRun {
    const { runId } = assignment;
    const { events, queue, dispatcher, store } = engine;
    const past: EngineEvent[] = [];
    const lookers = new Set<(event: EngineEvent) => void>();
    const ended = Promise.withResolvers<void>();
    const look = () => {
      const row = store.flowRuns.byId(runId);
      if (row !== null && isFinal(row.state.type) && row.ownerId === null) ended.resolve();
    };
    events.subscribe((event) => {
      if ((event.kind === 'log' ? event.chunk.flowRunId : event.runId) !== runId) return;
      past.push(event);
      for (const looker of [...lookers]) looker(event);
      if (event.kind === 'run-state' || event.kind === 'run-released') setImmediate(look);
    });
    queue.claimOnly(new Set([runId]));
    dispatcher.start();
    void dispatcher.launch(assignment).ended.then(look);
    return {
      id: runId,
      ended: ended.promise.then(async () => {
        await dispatcher.executionOf(runId)?.ended;
        dispatcher.close();
        return endedRun(engine, runId);
      }),
      cancel(graceMs = 10_000) {
        void askToCancel(engine, runId, 'test');
        dispatcher.executionOf(runId)?.cancel('cancelled by test', graceMs);
      },
      until: (condition) =>
        new Promise((resolve) => {
          const looker = (event: EngineEvent) => {
            if (!condition(event)) return;
            lookers.delete(looker);
            resolve(event);
          };
          lookers.add(looker);
          for (const event of past) looker(event);
        }),
    };
  }

  return {
    folder,
    get engine() {
      return engine;
    },
    write,
    /** Lines of a file of the world; none when there is no such file. */
    lines(name: string): string[] {
      try {
        return readFileSync(join(folder, name), 'utf8').split('\n').filter(Boolean);
      } catch {
        return [];
      }
    },
    /** Living processes that its commands have started. */
    processes: () => markedProcesses(mark),
    describe,
    startFile,
    writeFlow,
    startFlow: (source: string, options?: RunOptions) => startFile(writeFlow(source), options),
    /** Runs a flow from its text to its final state. */
    async runFlow(source: string, options?: RunOptions): Promise<EndedRun> {
      return (await startFile(writeFlow(source), options)).ended;
    },
    async runFile(path: string, options?: RunOptions): Promise<EndedRun> {
      return (await startFile(path, options)).ended;
    },
    startYaml: (text: string, options?: RunOptions, name = 'flow.yaml') => startFile(write(name, text), options),
    /** As `runFlow`, for a flow of YAML. */
    async runYaml(text: string, options?: RunOptions, name = 'flow.yaml'): Promise<EndedRun> {
      return (await startFile(write(name, text), options)).ended;
    },
    /** The runs that a run has called, in the order of their numbers. */
    subflowsOf: (runId: number): EndedRun[] =>
      engine.store.flowRuns
        .latest(1000, null)
        .filter((row) => row.parentRunId === runId)
        .map((row) => endedRun(engine, row.id))
        .sort((a, b) => a.id - b.id),
    /** Claims a run that waits for its resume, and drives it on. */
    async resume(runId: number): Promise<EndedRun> {
      const assignment = await engine.queue.claimRun(runId);
      if (assignment === null) throw new Error(`run ${runId} cannot be claimed`);
      return follow(assignment).ended;
    },
    /** Opens a run that has ended again, with its file as it is now, and drives it on: `weir retry`. */
    async retry(runId: number, { from, only, sameCode = false }: RetryOptions = {}): Promise<EndedRun> {
      const { store } = engine;
      const row = store.flowRuns.byId(runId);
      if (row === null) throw new Error(`there is no run ${runId}`);
      const kind = only === undefined ? 'from' : 'only';
      const text = from ?? only;
      const selection = text === undefined ? null : selectIn(store, runId, kind, text);
      const flows = sameCode ? [] : await engine.pool.describe(row.path, { keep: true });
      await reopenRun(engine, runId, { selection, code: flows.find((flow) => flow.name === row.flow) ?? null });
      return this.resume(runId);
    },
    /** Another engine on the same file, as another process would open it. */
    async restart(): Promise<void> {
      await engine.stop('restart');
      engine = await start();
    },
  };
}

function storedValue(store: Engine['store'], row: { result: Uint8Array | null; resultHash: string | null }): unknown {
  const bytes = row.resultHash === null ? row.result : store.content.read(row.resultHash);
  return bytes === null ? undefined : decode(bytes);
}

/** How many tasks were inside at once, at most, by the lines "in ..." and "out ..." that they noted. */
export function mostAtOnce(lines: readonly string[]): number {
  let inside = 0;
  let most = 0;
  for (const line of lines) {
    inside += line.startsWith('in') ? 1 : -1;
    most = Math.max(most, inside);
  }
  return most;
}

const IMPORTS = `import { allowFailure, artifact, Cancelled, Completed, context, exponential, Failed, flow, log, metric, models, progress, quote, sh, Skipped, task, unmapped, z } from 'weir';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
/** A line into a file of the world: counts executions across attempts and threads. */
const note = (line) => appendFileSync(join(context().dir, 'notes'), line + '\\n');
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
/** Waits until a file of the world exists. */
const seen = async (name) => { while (!existsSync(join(context().dir, name))) await sleep(5); };`;

function endedRun({ store }: Engine, runId: number): EndedRun {
  const row = store.flowRuns.byId(runId);
  if (row === null) throw new Error(`there is no run ${runId}`);
  const json = runJson(store, row);
  const rows = store.taskRuns.ofRun(runId);
  const logs = store.logs.after(runId, 0, 100_000);
  const task = (name: string) => {
    const found = json.tasks.find((each) => each.name === name);
    if (found === undefined)
      throw new Error(`no task "${name}" among ${json.tasks.map((each) => each.name).join(', ')}`);
    return found;
  };
  return {
    ...json,
    value: storedValue(store, row),
    rows,
    logs,
    stateNames: json.states.map((state) => state.name),
    task,
    taskStates: (name) => task(name).states.map((state) => state.name),
    texts(name) {
      const id = name === undefined ? undefined : task(name).id;
      return logs.filter((chunk) => id === undefined || chunk.taskRunId === id).map((chunk) => chunk.text);
    },
  };
}
