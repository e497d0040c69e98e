/**
 * 10 000 schedules, of which 1 000 are due in one second: how late after its slot the run of each is PENDING, by its
 * history; and what the server's process takes of a core while nothing is due. There is nothing to compare it with.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { nextSlot } from '../../src/model/schedule.ts';
import { resolveSchedule, scheduleIdentity } from '../../src/model/schedule-spec.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { RULES } from '../support/flow-rules.ts';
import { cpuMs } from './cpu.ts';
import { inFolder, type Row } from './measure.ts';
import { startServer } from './server.ts';

const SCHEDULES = 10_000;
const DUE = 1000;
const LIMIT = 1000;
const IDLE_MS = 20_000;

export async function slots(): Promise<Row> {
  return inFolder({ 'step.yaml': 'tasks: { step: { run: "true" } }\n' }, async (folder) => {
    const db = join(folder, 'weir.db');
    // Far enough for the server to be up and idle for a while.
    const dueAt = Math.ceil(Date.now() / 1000) * 1000 + IDLE_MS + 15_000;
    await deployAll(db, join(folder, 'step.yaml'), dueAt);
    const none = join(folder, 'none');
    mkdirSync(none);
    const server = await startServer(none, db, ['--limit', String(LIMIT)]);
    try {
      await server.ready;
      await sleepUntil(dueAt - IDLE_MS - 2000);
      const before = cpuMs(server.pid);
      await sleepUntil(dueAt - 2000);
      const idle = (cpuMs(server.pid) - before) / IDLE_MS;
      const late = await latenessOf(db, dueAt);
      const p99 = late[Math.floor(late.length * 0.99)] ?? Number.NaN;
      const worst = late.at(-1) ?? Number.NaN;
      return {
        figure: `p99 ${Math.round(p99)} ms late, idle ${(idle * 100).toFixed(2)} % of a core`,
        reference: `median ${Math.round(late[late.length >> 1] ?? 0)} ms, worst ${Math.round(worst)} ms`,
        ratio: p99 / 250,
        goal: '<= 250 ms; idle <= 0.5 %',
      };
    } finally {
      await server.end('SIGTERM');
    }
  });
}

/** 1 000 due at one second, the others spread over the days after it. */
async function deployAll(db: string, path: string, dueAt: number): Promise<void> {
  const store = openStore(db);
  await store.writer.write(() => {
    for (let index = 0; index < SCHEDULES; index++) put(store, path, index, dueAt);
  });
  await store.writer.stop();
  store.close();
}

function put(store: Store, path: string, index: number, dueAt: number): void {
  const now = Date.now();
  const anchor = new Date(index < DUE ? dueAt : dueAt + 3_600_000 + index * 1000).toISOString();
  const spec = resolveSchedule({ interval: '90d', anchor }, { machineZone: 'UTC', seed: 's', createdAt: now });
  const deploymentId = store.deployments.put({
    ...{ flow: `f${index}`, name: 'default', path, entry: 'default', description: '', tags: [], now },
    options: { ...RULES, sharesThread: true },
  });
  const next = nextSlot(spec, now);
  store.deployments.putSchedule({
    ...{ deploymentId, identity: scheduleIdentity(spec), spec: JSON.stringify(spec), timezone: 'UTC', now },
    ...{ nextAt: next?.at ?? null, nextNote: null },
  });
}

/** How late each run was PENDING, in order; waits for all of them. */
async function latenessOf(db: string, dueAt: number): Promise<number[]> {
  const store = openStore(db);
  try {
    for (;;) {
      const late = store.database
        .prepare(
          `select min(flow_run_states.at) - slot_at
           from flow_runs join flow_run_states on flow_run_states.flow_run_id = flow_runs.id
           where slot_at = ? and type = 'PENDING' group by flow_runs.id order by 1`,
        )
        .pluck()
        .all(dueAt) as number[];
      if (late.length === DUE) return late;
      if (Date.now() > dueAt + 120_000) throw new Error(`only ${late.length} of ${DUE} runs are pending`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  } finally {
    store.close();
  }
}

function sleepUntil(at: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, at - Date.now())));
}
