/** The app without a socket over a fresh file, and runs written into that file in a line. Everything is gone with the test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createEvents } from '../../src/engine/events.ts';
import { type AppOptions, createApp } from '../../src/http/app.ts';
import { encode } from '../../src/model/codec.ts';
import type { PlainError } from '../../src/model/plain-error.ts';
import { isFinal, type State, type StateName, type StateType } from '../../src/model/state.ts';
import type { ArtifactRow } from '../../src/store/artifacts.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { RULES } from '../support/flow-rules.ts';

/** Monday, 5 January 2026, 12:00 in Berlin. */
export const NOW = Date.UTC(2026, 0, 5, 11, 0, 0);

export const STATES = {
  completed: ['COMPLETED', 'Completed'],
  failed: ['FAILED', 'Failed'],
  crashed: ['CRASHED', 'Crashed'],
  cancelled: ['CANCELLED', 'Cancelled'],
  running: ['RUNNING', 'Running'],
  scheduled: ['SCHEDULED', 'Scheduled'],
  retry: ['SCHEDULED', 'AwaitingRetry'],
} as const satisfies Record<string, readonly [StateType, StateName]>;

export interface Seed {
  readonly flow?: string;
  readonly state?: keyof typeof STATES;
  readonly startAt?: number;
  readonly tookMs?: number;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: PlainError;
  readonly message?: string;
  readonly tags?: readonly string[];
  readonly tasks?: readonly SeedTask[];
  readonly log?: string;
  readonly artifacts?: readonly (Partial<ArtifactRow> & { key: string; text: string })[];
  readonly metrics?: Readonly<Record<string, number>>;
}

export interface SeedTask {
  readonly name: string;
  readonly label?: string;
  readonly state?: keyof typeof STATES;
  readonly error?: PlainError;
  readonly why?: string;
  readonly progress?: { done: number; total: number; label: string };
  /** Places, in the run's tasks, of what it waited for; and of the call around it. */
  readonly upstream?: readonly number[];
  readonly inside?: number;
  /** The run of the subflow that it stands for. */
  readonly childRun?: number;
  /** Begins so long after the run, ms; 0. */
  readonly after?: number;
  /** 1000. */
  readonly tookMs?: number;
  /** Instead of those that follow from the state. */
  readonly states?: readonly State[];
  readonly attempt?: number;
  readonly reusedFrom?: number;
  readonly metrics?: Readonly<Record<string, number>>;
  readonly usage?: { peakMemory: number; cpuMs: number };
}

export function appWorld(options: Partial<AppOptions> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'weir-http-'));
  const store = openStore(join(folder, 'weir.db'));
  const events = createEvents();
  const faults: unknown[] = [];
  const app = createApp({
    store,
    events,
    now: () => NOW,
    version: '1.2.3',
    zone: 'Europe/Berlin',
    onFault: (error) => faults.push(error),
    ...options,
  });
  onTestFinished(async () => {
    app.stop();
    await store.writer.stop();
    store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    folder,
    store,
    events,
    app,
    /** What no answer may hide: errors that nobody expected. */
    faults,
    get: (path: string, headers: Record<string, string> = {}) => app.request(path, { headers }),
    text: async (path: string) => (await app.request(path)).text(),
    seed: (seed: Seed = {}) => seedRun(store, seed),
    /** In one transaction: each alone would wait for the disk. */
    seedMany: (seeds: readonly Seed[]) => store.overview.inSnapshot(() => seeds.map((seed) => seedRun(store, seed))),
  };
}

/** Writes one run as the engine would have left it; gives its number. */
export function seedRun(store: Store, seed: Seed): number {
  const { flow = 'nightly', state: stateKey = 'completed', startAt = NOW - 600_000, tookMs = 1500 } = seed;
  const [type, name] = STATES[stateKey];
  const hasStarted = type !== 'SCHEDULED' || name === 'AwaitingRetry';
  const state: State = {
    type,
    name,
    message: seed.message ?? null,
    at: hasStarted && type !== 'RUNNING' ? startAt + tookMs : startAt,
  };
  const scheduled: State = { type: 'SCHEDULED', name: 'Scheduled', message: null, at: startAt - 5 };
  const id = store.flowRuns.insert({
    flow,
    name: null,
    deploymentId: null,
    path: '/flows/flow.ts',
    entry: 'default',
    codeHash: null,
    version: null,
    options: RULES,
    params: encode(seed.params ?? {}, 'params'),
    tags: seed.tags ?? [],
    trigger: 'cli',
    infrastructure: 'thread',
    idempotencyKey: null,
    scheduleId: null,
    slotAt: null,
    slotStartAt: null,
    slotCoversFrom: null,
    state: scheduled,
    scheduledAt: startAt,
    ownerId: null,
    token: null,
  });
  const standing = { scheduledAt: startAt, failures: 0, crashes: 0, interruptions: 0 };
  const fence = { ownerId: null, token: null };
  const running: State = { type: 'RUNNING', name: 'Running', message: null, at: startAt };
  if (hasStarted)
    store.flowRuns.move(
      id,
      scheduled,
      { ...standing, state: running, startAt, endAt: null, runTimeMs: 0, attempt: 1 },
      fence,
    );
  if (hasStarted && type !== 'RUNNING') {
    const timing = { startAt, endAt: isFinal(type) ? state.at : null, runTimeMs: tookMs, attempt: 1 };
    store.flowRuns.move(id, running, { ...standing, ...timing, state }, fence);
    store.flowRuns.finish(id, {
      result: seed.result === undefined ? null : encode(seed.result),
      error: seed.error ?? null,
    });
  }
  const ids: number[] = [];
  for (const [position, task] of (seed.tasks ?? []).entries())
    ids.push(seedTask(store, id, startAt, position, task, ids));
  if (seed.log !== undefined) {
    const chunk = { flowRunId: id, taskRunId: null, attempt: 1, stream: 'stdout', level: 'info', at: startAt } as const;
    store.logs.append({ ...chunk, text: seed.log, fields: null });
  }
  for (const { key, text, ...artifact } of seed.artifacts ?? []) {
    const data = new TextEncoder().encode(text);
    store.artifacts.put({
      flowRunId: id,
      taskRunId: null,
      key,
      kind: 'file',
      description: null,
      mediaType: 'application/octet-stream',
      size: data.length,
      data,
      contentHash: null,
      createdAt: startAt,
      ...artifact,
    });
  }
  if (seed.metrics !== undefined) store.flowRuns.mergeMetrics(id, seed.metrics);
  return id;
}

function seedTask(
  store: Store,
  flowRunId: number,
  runStartAt: number,
  position: number,
  task: SeedTask,
  ids: readonly number[],
): number {
  const startAt = runStartAt + (task.after ?? 0);
  const tookMs = task.tookMs ?? 1000;
  const idAt = (place: number) => ids[place] ?? 0;
  const [type, name] = STATES[task.state ?? 'completed'];
  const running: State = { type: 'RUNNING', name: 'Running', message: null, at: startAt };
  const state: State =
    type === 'RUNNING' ? running : { type, name, message: task.error?.message ?? null, at: startAt + tookMs };
  return store.taskRuns.insert({
    flowRunId,
    identity: `${task.name}-${position}`,
    scope: '',
    name: task.name,
    label: task.label ?? null,
    kind: 'function',
    callIndex: 0,
    position,
    codeHash: 'c',
    inputHash: null,
    cacheKey: null,
    cacheExpiresAt: null,
    parentTaskId: task.inside === undefined ? null : idAt(task.inside),
    childRunId: task.childRun ?? null,
    upstream: (task.upstream ?? []).map(idAt),
    tags: [],
    state: task.states?.at(-1) ?? state,
    states: task.states ?? (type === 'RUNNING' ? [running] : [running, state]),
    startAt,
    endAt: isFinal(type) ? state.at : null,
    runTimeMs: type === 'RUNNING' ? 0 : tookMs,
    attempt: task.attempt ?? 1,
    flowAttempt: 1,
    reusedFromAttempt: task.reusedFrom ?? null,
    cachedFromRun: null,
    cachedFromTask: null,
    why: task.why ?? null,
    result: null,
    resultHash: null,
    resultSize: null,
    reusable: false,
    again: null,
    error: task.error ?? null,
    metrics: task.metrics ?? {},
    spent: 0,
    usage: task.usage ?? null,
    progress: task.progress ?? null,
  });
}
