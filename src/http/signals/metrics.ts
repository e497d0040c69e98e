/**
 * GET /metrics, for Prometheus. Counters begin when they are first asked for; labels are flows and deployments, of which
 * only so many have figures of their own.
 */
import { statSync } from 'node:fs';
import type { Hono } from 'hono';
import type { Scheduler } from '../../engine/schedule/scheduler.ts';
import { createRunTally, DURATION_BOUNDS, type RunTally } from '../../engine/tell/run-tally.ts';
import { SLOT_OUTCOMES } from '../../engine/tell/slot-json.ts';
import type { Store } from '../../store/store.ts';
import { EXPOSITION_TYPE, exposition, type Family, type Sample } from './exposition.ts';

export interface MetricsParts {
  readonly store: Store;
  readonly now: () => number;
  readonly version: string;
  readonly places: number;
  readonly scheduler: Scheduler | null;
}

const MOST_FLOWS = 200;
const MOST_DEPLOYMENTS = 200;
const MOST_OPEN = 20_000;
const DAY_MS = 86_400_000;
/** Label of everything beyond the flows that have figures of their own: no flow can be called so. */
const OTHERS = '&others';

export function bindMetrics(app: Hono, parts: MetricsParts): void {
  const tally = createRunTally(parts.store);
  const startedAt = parts.now() / 1000;
  app.get('/metrics', (c) => {
    const families = parts.store.overview.inSnapshot(() => [
      ...serverFamilies(parts),
      ...endedFamilies(tally),
      ...openFamilies(parts),
      ...slotFamilies(parts),
    ]);
    const text = exposition([...families, ...fileFamilies(parts.store), ...processFamilies(startedAt)]);
    return c.body(text, 200, { 'content-type': EXPOSITION_TYPE, 'cache-control': 'no-store' });
  });
}

function gauge(name: string, help: string, samples: number | readonly Sample[]): Family {
  return { name, help, type: 'gauge', samples: typeof samples === 'number' ? [{ value: samples }] : samples };
}

function counter(name: string, help: string, samples: number | readonly Sample[]): Family {
  return { ...gauge(name, help, samples), type: 'counter' };
}

function serverFamilies({ version, places, scheduler }: MetricsParts): Family[] {
  const sinceLook = scheduler?.sinceLook() ?? null;
  return [
    gauge('weir_build_info', 'The version of Weir that answers.', [{ labels: { version }, value: 1 }]),
    gauge('weir_run_places', 'Runs that may go on at once on this server.', places),
    gauge(
      'weir_scheduler_last_look_seconds',
      'Time since the scheduler last looked for what is due; it looks every 30 seconds at least.',
      sinceLook === null ? [] : [{ value: sinceLook / 1000 }],
    ),
  ];
}

function endedFamilies(tally: RunTally): Family[] {
  const flows = [...tally.look()].map(([flow, each]) => ({ flow: flow ?? OTHERS, ...each }));
  return [
    counter(
      'weir_runs_ended_total',
      'Runs that have ended, by flow and state, since this was first asked for.',
      flows.flatMap(({ flow, ended }) =>
        [...ended].map(([state, value]) => ({ labels: { flow, state: state.toLowerCase() }, value })),
      ),
    ),
    {
      name: 'weir_run_duration_seconds',
      help: 'How long ended runs took, without waiting.',
      type: 'histogram',
      samples: flows.flatMap(({ flow, within, seconds, count }) => [
        ...DURATION_BOUNDS.map((bound, place) => ({
          suffix: '_bucket',
          labels: { flow, le: String(bound) },
          value: within[place] ?? 0,
        })),
        { suffix: '_bucket', labels: { flow, le: '+Inf' }, value: count },
        { suffix: '_sum', labels: { flow }, value: seconds },
        { suffix: '_count', labels: { flow }, value: count },
      ]),
    },
  ];
}

function openFamilies({ store, now }: MetricsParts): Family[] {
  const open = store.runSignals.open(MOST_OPEN);
  const flows = new Set<string>();
  const counts = new Map<string, { flow: string; state: string; value: number }>();
  for (const { flow, type } of open) {
    if (flows.size < MOST_FLOWS) flows.add(flow);
    const shown = flows.has(flow) ? flow : OTHERS;
    const key = `${type} ${shown}`;
    const former = counts.get(key)?.value ?? 0;
    counts.set(key, { flow: shown, state: type.toLowerCase(), value: former + 1 });
  }
  const dueAt = store.flowRuns.nextDue();
  return [
    gauge(
      'weir_runs',
      'Runs that are not over, by flow and state.',
      [...counts.values()].map(({ flow, state, value }) => ({ labels: { flow, state }, value })),
    ),
    gauge('weir_queue_depth', 'Runs that wait to be started.', open.filter(({ type }) => type === 'SCHEDULED').length),
    gauge(
      'weir_queue_lateness_seconds',
      'How long the run that is due for longest has waited for a place.',
      dueAt === null ? 0 : Math.max(0, now() - dueAt) / 1000,
    ),
  ];
}

function slotFamilies({ store, now }: MetricsParts): Family[] {
  const samples: Sample[] = [];
  for (const { id, flow, name } of store.deployments.all().slice(0, MOST_DEPLOYMENTS)) {
    const counts = new Map<string, number>();
    for (const schedule of store.deployments.schedulesOf(id))
      for (const { outcome, slots } of store.runSignals.slotsSince(schedule.id, now() - DAY_MS))
        counts.set(outcome, (counts.get(outcome) ?? 0) + slots);
    if (counts.size === 0) continue;
    for (const outcome of SLOT_OUTCOMES)
      samples.push({ labels: { deployment: `${flow}/${name}`, outcome }, value: counts.get(outcome) ?? 0 });
  }
  const earliest = store.deployments.earliestSlot();
  return [
    gauge('weir_slots_last_day', 'Due times of the last 24 hours, by what became of them.', samples),
    gauge(
      'weir_schedule_lateness_seconds',
      'How long the due time that nobody has answered yet has passed.',
      earliest === null ? 0 : Math.max(0, now() - earliest) / 1000,
    ),
  ];
}

function fileFamilies(store: Store): Family[] {
  const journal = statSync(`${store.path}-wal`, { throwIfNoEntry: false });
  return [
    gauge('weir_database_bytes', 'Size of the database without its journal.', store.overview.size()),
    gauge('weir_database_journal_bytes', 'Size of its write-ahead journal.', journal?.size ?? 0),
  ];
}

function processFamilies(startedAt: number): Family[] {
  const { user, system } = process.cpuUsage();
  const memory = process.memoryUsage();
  return [
    gauge('process_resident_memory_bytes', 'Memory of the server.', memory.rss),
    gauge('nodejs_heap_size_used_bytes', 'Heap in use.', memory.heapUsed),
    counter('process_cpu_seconds_total', 'CPU time of the server.', (user + system) / 1e6),
    gauge('process_start_time_seconds', 'When it started to answer.', startedAt),
  ];
}
