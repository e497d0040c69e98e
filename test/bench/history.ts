/**
 * Pages and lists of a server on a file with 1 000 000 flow runs and 5 000 000 task runs, against the same on an empty
 * file, turn by turn; and a server's start, a claim and a run there. The slowest page is the figure, all stand on stderr.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encode } from '../../src/model/codec.ts';
import type { NewFlowRun } from '../../src/store/flow-runs.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { RULES } from '../support/flow-rules.ts';
import { cpuMs } from './cpu.ts';
import { BUSY_FLOW, makeHistory, RARE_FLOW, RARE_TAG } from './history-file.ts';
import { inFolder, ms, type Row, sideBySide, timeWeir } from './measure.ts';
import { type BenchServer, startServer } from './server.ts';

const RUNS = 1_000_000;
const ROUNDS = 5;
/** The system counts in steps of 10 ms. */
const ANSWERS = 10;
const START_ROUNDS = 3;
const CLAIMS = 200;
/** Making the file takes minutes: this one is made once, and used again. */
const KEPT = process.env.WEIR_BENCH_HISTORY;
const MOST_MS = 50;
const MOST_MORE_MS = 20;
const MOST_READY_MS = 1000;

const filter = (words: string): string => `/runs?q=${encodeURIComponent(words)}`;
const PATHS = [
  '/',
  '/runs',
  filter(`flow:${BUSY_FLOW}`),
  filter('flow:flow-03'),
  filter('state:failed'),
  filter('state:completed'),
  filter(`state:failed flow:${RARE_FLOW}`),
  filter('tag:nightly'),
  filter(`tag:${RARE_TAG}`),
  filter('since:300d until:200d'),
  filter('trigger:backfill'),
  filter('connection'),
  filter('param.lr:0.003'),
  filter('param.lr:17'),
  filter('metric.rmse:<1.1'),
  filter('err:"connection refused"'),
  filter('err:nowhere'),
  `/runs?before=${RUNS / 2}`,
  `/runs?after=${RUNS / 2}`,
  '/flows',
  `/flows/${BUSY_FLOW}`,
  '/flows/flow-03',
  '/flows/flow-10',
  `/flows/${RARE_FLOW}`,
  `/runs/${RUNS - 20}`,
  `/runs/${RUNS - 20}/logs`,
  `/compare?a=${RUNS - 20}&b=${RUNS - 40}`,
  '/schedule',
  '/models',
  '/models/temperature',
  '/queues',
  '/settings',
  '/feed.atom',
  '/metrics',
  '/health',
  '/api/flow-runs',
  '/api/flow-runs?state=failed&flow=flow-03',
  '/api/flow-runs?q=param.lr:17',
  `/api/flow-runs/${RUNS - 20}`,
  '/api/deployments',
  '/api/task-runs',
  '/api/slots',
  '/api/models',
  '/api/artifacts',
];

export async function history(): Promise<Row> {
  return inFolder({}, async (folder) => {
    const file = (name: string) => join(folder, name);
    for (const name of ['none', 'flows']) mkdirSync(file(name));
    writeFileSync(file('step.yaml'), 'tasks: { step: { run: "true" } }\n');
    if (KEPT === undefined || !existsSync(KEPT)) makeHistory(fullFile(file), { runs: RUNS, now: Date.now() });
    openStore(file('empty.db')).close();
    const start = await timeStarts(file);
    const slowest = await timePages(file);
    const run = await sideBySide(
      () => timeWeir(['run', file('step.yaml'), '--quiet'], { db: fullFile(file) }),
      () => timeWeir(['run', file('step.yaml'), '--quiet'], { db: file('empty.db') }),
    );
    const claim = await timeClaims(file);
    tell('a run', run.first, run.second);
    tell('a claim', claim.first, claim.second);
    const worst = Math.max(slowest.full / MOST_MS, (slowest.full - slowest.empty) / MOST_MORE_MS);
    return {
      figure: `${slowest.path} ${ms(slowest.full)}, +${ms(slowest.full - slowest.empty)}`,
      reference: `ready ${ms(start)}; run x${ratio(run)}, claim x${ratio(claim)}`,
      ratio: Math.max(worst, start / MOST_READY_MS),
      goal: `page <= ${MOST_MS} ms, <= +${MOST_MORE_MS} ms; ready <= 1 s; run, claim <= x1.2`,
    };
  });
}

function fullFile(file: (name: string) => string): string {
  return KEPT ?? file('full.db');
}

/** From the start of `weir up` on the full file to its first answer, ms. */
async function timeStarts(file: (name: string) => string): Promise<number> {
  const times = async (name: string) => {
    const startedAt = performance.now();
    const server = await startServer(file('none'), name);
    await server.ready;
    const took = performance.now() - startedAt;
    await server.end('SIGTERM');
    return took;
  };
  const { first, second } = await sideBySide(
    () => times(fullFile(file)),
    () => times(file('empty.db')),
    START_ROUNDS,
  );
  tell('ready for requests', first, second);
  return first;
}

/** The page that takes longest. */
async function timePages(file: (name: string) => string): Promise<{ path: string; full: number; empty: number }> {
  const full = await startServer(file('none'), fullFile(file));
  const empty = await startServer(file('none'), file('empty.db'));
  try {
    await Promise.all([full.ready, empty.ready]);
    let slowest = { path: '', full: 0, empty: 0 };
    for (const path of PATHS) {
      // Nothing is cached yet the first time, and nothing is compiled.
      await ask(full, path, 2);
      await ask(empty, path, 2);
      const { first, second } = await sideBySide(
        () => ask(full, path, ANSWERS),
        () => ask(empty, path, ANSWERS),
        ROUNDS,
      );
      tell(path, first, second);
      if (first > slowest.full) slowest = { path, full: first, empty: second };
    }
    return slowest;
  } finally {
    await full.end('SIGTERM');
    await empty.end('SIGTERM');
  }
}

/**
 * CPU time of the server's process for one answer, ms: all that it does for a page it does at once, so that on an idle
 * machine the page takes as long; on a busy one nothing else could be compared.
 */
async function ask(server: BenchServer, path: string, answers: number): Promise<number> {
  const before = cpuMs(server.pid);
  for (let answer = 0; answer < answers; answer++) {
    const response = await fetch(server.url + path);
    await response.arrayBuffer();
    if (response.status >= 500) throw new Error(`${path} is answered with ${response.status}`);
  }
  return (cpuMs(server.pid) - before) / answers;
}

/** What a dispatcher does for each run: find what is due, and take it, ms each. */
async function timeClaims(file: (name: string) => string): Promise<{ first: number; second: number }> {
  const stores = [openStore(fullFile(file)), openStore(file('empty.db'))] as const;
  try {
    return await sideBySide(
      () => timeClaim(stores[0]),
      () => timeClaim(stores[1]),
    );
  } finally {
    for (const store of stores) {
      await store.writer.stop();
      store.close();
    }
  }
}

async function timeClaim(store: Store): Promise<number> {
  const at = Date.now();
  await store.writer.write(() => {
    for (let n = 0; n < CLAIMS; n++) store.flowRuns.insert(run(at));
  });
  const startedAt = performance.now();
  await store.writer.write(() => {
    for (let n = 0; n < CLAIMS; n++) {
      const [row] = store.flowRuns.claimable(at, 1);
      if (row === undefined) throw new Error('there is nothing to claim');
      const state = { type: 'CANCELLED', name: 'Cancelled', message: null, at } as const;
      store.flowRuns.move(row.id, row.state, { ...row, state, endAt: at }, row);
    }
  });
  return (performance.now() - startedAt) / CLAIMS;
}

function run(at: number): NewFlowRun {
  return {
    flow: 'claimed',
    name: null,
    deploymentId: null,
    path: '/f.ts',
    entry: 'default',
    codeHash: null,
    version: null,
    options: RULES,
    params: encode({}),
    tags: [],
    trigger: 'api',
    infrastructure: 'thread',
    idempotencyKey: null,
    scheduleId: null,
    slotAt: null,
    slotStartAt: null,
    slotCoversFrom: null,
    scheduledAt: at,
    ownerId: null,
    token: null,
    state: { type: 'SCHEDULED', name: 'Scheduled', message: null, at },
  };
}

function ratio({ first, second }: { first: number; second: number }): string {
  return (first / second).toFixed(2);
}

function tell(what: string, full: number, empty: number): void {
  console.error(`  ${what.padEnd(56)} ${ms(full).padStart(9)} ${ms(empty).padStart(9)}`);
}
