/**
 * 1 000 runs of one shell step through the queue of a server that keeps its ten slots full, against `make -j10` of as
 * many; with what is on the disk afterwards. Dagu takes 24 s, 5 005 files and 32 MB for this.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { FlowRunRow } from '../../src/store/flow-runs.ts';
import { openStore } from '../../src/store/store.ts';
import { inFolder, median, ms, type Row, timeCommand, timeWeir } from './measure.ts';
import { startServer } from './server.ts';

const RUNS = 1000;
const ROUNDS = 3;
const FLOW = { file: 'step.yaml', text: 'tasks: { step: { run: "true" } }\n' };
const NAMES = Array.from({ length: RUNS }, (_, n) => `t${n}`).join(' ');
const MAKEFILE = `SHELL := /bin/sh\n.PHONY: all ${NAMES}\nall: ${NAMES}\n${NAMES}:\n\t@:; true\n`;

interface Load {
  readonly ms: number;
  readonly bytes: number;
  readonly files: number;
}

export async function cronLoad(): Promise<Row> {
  const loads: Load[] = [];
  const makes: number[] = [];
  const hasMake = spawnSync('make', ['--version']).status === 0;
  for (let round = 0; round < ROUNDS; round++) {
    await inFolder({ Makefile: MAKEFILE }, async (folder) => {
      loads.push(await load(folder));
      if (hasMake) makes.push(timeCommand('make', ['-j10', '-s'], { cwd: folder }));
    });
  }
  const took = median(loads.map((each) => each.ms));
  const { bytes, files } = loads[0] as Load;
  return {
    figure: `${RUNS} runs ${ms(took)}, ${(bytes / 1e6).toFixed(1)} MB in ${files} files`,
    reference: hasMake ? `make -j10 ${ms(median(makes))}` : 'there is no make here',
    ratio: took / median(makes),
    goal: '<= 3 s, one file <= 4 MB',
  };
}

async function load(folder: string): Promise<Load> {
  const flows = join(folder, 'flows');
  const data = join(folder, 'data');
  for (const each of [flows, data]) mkdirSync(each);
  writeFileSync(join(flows, FLOW.file), FLOW.text);
  const db = join(data, 'weir.db');
  const server = await startServer(flows, db);
  try {
    await server.ready;
    // The first run brings the file's version and description with it.
    timeWeir(['run', join(flows, FLOW.file), '--detach'], { db });
    await completed(db, 1);
    const startedAt = performance.now();
    await enqueueAgain(db, RUNS);
    await completed(db, RUNS + 1);
    const took = performance.now() - startedAt;
    await server.end('SIGTERM');
    return { ms: took, ...whatIsIn(data) };
  } finally {
    await server.end('SIGKILL');
  }
}

/** As many runs like the first as are asked for, all due now. */
async function enqueueAgain(db: string, count: number): Promise<void> {
  const store = openStore(db);
  const first = store.flowRuns.byId(1) as FlowRunRow;
  const at = Date.now();
  await store.writer.write(() => {
    for (let n = 0; n < count; n++) {
      const state = { type: 'SCHEDULED', name: 'Scheduled', message: null, at } as const;
      store.flowRuns.insert({
        ...{ flow: first.flow, name: first.name, deploymentId: null, path: first.path, entry: first.entry },
        ...{ codeHash: first.codeHash, version: first.version, options: first.options, params: first.params },
        ...{ tags: first.tags, trigger: 'schedule', infrastructure: first.infrastructure, idempotencyKey: null },
        ...{ scheduleId: null, slotAt: null, slotStartAt: null, slotCoversFrom: null },
        ...{ state, scheduledAt: at, ownerId: null, token: null },
      });
    }
  });
  await store.writer.stop();
  store.close();
}

async function completed(db: string, count: number): Promise<void> {
  const database = new Database(db, { readonly: true });
  try {
    const states = database.prepare('select state_type as type, count(*) as count from flow_runs group by state_type');
    for (;;) {
      const found = new Map((states.all() as { type: string; count: number }[]).map((each) => [each.type, each.count]));
      if (found.get('COMPLETED') === count) return;
      if (found.has('FAILED') || found.has('CRASHED')) throw new Error('a run has failed');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  } finally {
    database.close();
  }
}

function whatIsIn(folder: string): { readonly bytes: number; readonly files: number } {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(join(entry.parentPath, entry.name)).size);
  return { files: files.length, bytes: files.reduce((sum, size) => sum + size, 0) };
}
