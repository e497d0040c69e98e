/**
 * Pages and lists of a server on a file with 1 000 000 flow runs and 5 000 000 task runs, against the same on an empty
 * file, turn by turn; and a server's start, a claim and a run there. The slowest page is the figure, all stand on stderr.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encode } from '../../src/model/codec.ts';
import type { NewFlowRun } from '../../src/store/flow-runs.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { BUSY_FLOW, makeHistory, RARE_FLOW, RARE_TAG } from './history-file.ts';
import { inFolder, median, ms, type Row, sideBySide, timeWeir } from './measure.ts';
import { startServer } from './server.ts';

const RUNS = 1_000_000;
const ROUNDS = 7;
const START_ROUNDS = 3;
const CLAIMS = 200;
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
  '/flows/flow-05',
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
  '/api/slots',
  '/api/models',
  '/api/artifacts',
];

export async function history(): Promise<Row> {
  return inFolder({}, async (folder) => {
    const file = (name: string) => join(folder, name);
    for (const name of ['none', 'flows']) mkdirSync(file(name));
    writeFileSync(file('step.yaml'), 'tasks: { step: { run: "true" } }\n');
    makeHistory(file('full.db'), { runs: RUNS, now: Date.now() });
    openStore(file('empty.db')).close();
    const start = await timeStarts(file);
    const slowest = await timePages(file);
    const run = await sideBySide(
      () => timeWeir(['run', file('step.yaml'), '--quiet'], { db: file('full.db') }),
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

/** From the start of `weir up` on the full file to its first answer, ms. */
async function timeStarts(file: (name: string) => string): Promise<number> {
  const times = async (name: string) => {
    const startedAt = performance.now();
    const server = await startServer(file('none'), file(name));
    await server.ready;
    const took = performance.now() - startedAt;
    await server.end('SIGTERM');
    return took;
  };
  const { first, second } = await sideBySide(
    () => times('full.db'),
    () => times('empty.db'),
    START_ROUNDS,
  );
  tell('ready for requests', first, second);
  return first;
}

/** The page that is furthest from its goal. */
async function timePages(file: (name: string) => string): Promise<{ path: string; full: number; empty: number }> {
  const full = await startServer(file('none'), file('full.db'));
  const empty = await startServer(file('none'), file('empty.db'));
  try {
    await Promise.all([full.ready, empty.ready]);
    let slowest = { path: '', full: 0, empty: 0 };
    for (const path of PATHS) {
      const figures = { full: [] as number[], empty: [] as number[] };
      for (let round = 0; round <= ROUNDS; round++) {
        const first = await timeAnswer(full.url + path, true);
        const second = await timeAnswer(empty.url + path, false);
        // The first round warms the caches of the machine.
        if (round > 0) figures.full.push(first) && figures.empty.push(second);
      }
      const found = { path, full: median(figures.full), empty: median(figures.empty) };
      tell(path, found.full, found.empty);
      if (found.full > slowest.full) slowest = found;
    }
    return slowest;
  } finally {
    await full.end('SIGTERM');
    await empty.end('SIGTERM');
  }
}

async function timeAnswer(url: string, mustBe: boolean): Promise<number> {
  const startedAt = performance.now();
  const answer = await fetch(url);
  await answer.arrayBuffer();
  if (mustBe && !answer.ok) throw new Error(`${url} is answered with ${answer.status}`);
  return performance.now() - startedAt;
}

/** What a dispatcher does for each run: find what is due, and take it, ms each. */
async function timeClaims(file: (name: string) => string): Promise<{ first: number; second: number }> {
  const stores = [openStore(file('full.db')), openStore(file('empty.db'))] as const;
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
    options: {
      retries: 0,
      retryDelay: { kind: 'list', delaysMs: [0] },
      retryJitter: 0,
      crashRetries: 2,
      timeoutMs: null,
      concurrencyLimits: {},
      runName: null,
    },
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
