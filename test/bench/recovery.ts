/** A server's start on a file with 10 000 runs that a `kill -9` interrupted: until it answers, with all of them settled. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { encode } from '../../src/model/codec.ts';
import { NOT_STARTED, type State } from '../../src/model/state.ts';
import { openStore } from '../../src/store/store.ts';
import { RULES } from '../support/flow-rules.ts';
import { inFolder, median, ms, type Row } from './measure.ts';
import { startServer } from './server.ts';

const RUNS = 10_000;
const ROUNDS = 5;
const GOAL_MS = 1000;

export async function recovery(): Promise<Row> {
  const full: number[] = [];
  const empty: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    empty.push(await inFolder({}, (folder) => timeToAnswer(folder)));
    full.push(
      await inFolder({}, async (folder) => {
        await interruptRuns(folder);
        return timeToAnswer(folder);
      }),
    );
  }
  return {
    figure: `${RUNS} interrupted runs ${ms(median(full))}`,
    reference: `the same start on an empty file ${ms(median(empty))}`,
    ratio: median(full) / median(empty),
    goal: `ready <= ${GOAL_MS} ms`,
  };
}

/** What a process leaves that dies with so many runs aboard, each with a task that is done and one that is going on. */
async function interruptRuns(folder: string): Promise<void> {
  const store = openStore(databaseIn(folder));
  const at = Date.now();
  await store.writer.write(() => {
    const owner = store.processes.register({
      bootId: 'dead',
      role: 'server',
      pid: 1,
      host: 'bench',
      version: '0',
      kernelBootId: null,
      startedAt: at,
    });
    for (let n = 0; n < RUNS; n++) {
      const token = `token ${n}`;
      const id = store.flowRuns.insert({ ...RUN, state: pending(at), ownerId: owner, token });
      const running = { state: runningAt(at), startAt: at, attempt: 1 };
      const fence = { ownerId: owner, token };
      store.flowRuns.move(id, pending(at), { ...STANDING, ...running }, fence);
      store.taskRuns.insert(
        task(id, 'done', { ...running, state: { type: 'COMPLETED', name: 'Completed', message: null, at } }),
      );
      store.taskRuns.insert(task(id, 'going', running));
    }
  });
  await store.writer.stop();
  store.close();
}

/** From the start of `weir up` to its first answer; fails when a run is still the dead process's by then. */
async function timeToAnswer(folder: string): Promise<number> {
  const flows = join(folder, 'flows');
  mkdirSync(flows);
  const startedAt = performance.now();
  const server = await startServer(flows, databaseIn(folder));
  try {
    await server.ready;
    const took = performance.now() - startedAt;
    refuseUnsettled(folder);
    return took;
  } finally {
    await server.end('SIGKILL');
  }
}

function refuseUnsettled(folder: string): void {
  const database = new Database(databaseIn(folder), { readonly: true });
  const left = database
    .prepare("select count(*) from processes where boot_id = 'dead' and ended_at is null")
    .pluck()
    .get();
  database.close();
  if (left !== 0) throw new Error('it answered before what was interrupted was settled');
}

const databaseIn = (folder: string): string => join(folder, 'weir.db');
const pending = (at: number): State => ({ type: 'PENDING', name: 'Pending', message: null, at });
const runningAt = (at: number): State => ({ type: 'RUNNING', name: 'Running', message: null, at });

const STANDING = { ...NOT_STARTED, scheduledAt: null, failures: 0, crashes: 0, interruptions: 0 };

const RUN = {
  flow: 'interrupted',
  name: null,
  deploymentId: null,
  path: '/nowhere/flow.ts',
  entry: 'default',
  codeHash: null,
  version: null,
  options: RULES,
  params: encode({}),
  tags: [],
  trigger: 'schedule',
  infrastructure: 'thread',
  idempotencyKey: null,
  scheduleId: null,
  slotAt: null,
  slotStartAt: null,
  slotCoversFrom: null,
  scheduledAt: null,
} as const;

function task(flowRunId: number, name: string, standing: { state: State; startAt: number; attempt: number }) {
  return {
    ...NOT_STARTED,
    ...standing,
    flowRunId,
    identity: name,
    scope: '',
    name,
    label: null,
    kind: 'function' as const,
    callIndex: 0,
    position: 1,
    codeHash: 'code',
    inputHash: 'inputs',
    cacheKey: null,
    cacheExpiresAt: null,
    parentTaskId: null,
    upstream: [],
    tags: [],
    states: [standing.state],
    flowAttempt: 1,
    reusedFromAttempt: null,
    cachedFromRun: null,
    cachedFromTask: null,
    why: null,
    result: null,
    resultSize: null,
    reusable: true,
    error: null,
    metrics: {},
    usage: null,
    progress: null,
    childRunId: null,
    again: null,
    spent: 0,
    resultHash: null,
  };
}
