/** GET /queues: places, who waits and why, limits. */
import type { Hono } from 'hono';
import { limitNames, limitView } from '../../engine/tell/limit-view.ts';
import { whyRun } from '../../engine/tell/why.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { Store } from '../../store/store.ts';
import { LIMITS_STYLE } from '../../web/pages/queues/limits.tsx';
import { type PlaceLine, type QueuesData, QueuesPage, type WaitingLine } from '../../web/pages/queues/queues.tsx';
import type { Pages } from '../send-page.ts';
import { typicalMs } from './typical.ts';

const WAITING_SHOWN = 25;
const RUNNING_SHOWN = 25;
const LIMITS_SHOWN = 20;
/** Of a flow, to know how long it takes. */
const HISTORY = 30;

export interface QueuesPageParts {
  readonly store: Store;
  readonly pages: Pages;
  /** Runs at once on this server. */
  readonly places: number;
}

export function bindQueues(app: Hono, { store, pages, places }: QueuesPageParts): void {
  app.get('/queues', (c) =>
    pages.send(c, (clock) => {
      const data = gather(store, places, clock.now);
      return {
        title: data.waitingCount === 0 ? 'Queue' : `Queue, ${data.waitingCount} waiting`,
        active: 'queues',
        isLive: data.running.length + data.waiting.length > 0,
        style: LIMITS_STYLE,
        content: QueuesPage({ data, clock }),
      };
    }),
  );
}

function gather(store: Store, places: number, now: number): QueuesData {
  const counts = store.overview.unfinishedCounts();
  const server = store.processes.livingServer();
  const ends = expectedEnds(store);
  const begun = rowsOf(store, store.waitingRuns.withPlace(RUNNING_SHOWN));
  const owners = new Map(store.processes.believedAlive().map((owner) => [owner.id, owner]));
  const running = begun.map((run): PlaceLine => {
    const owner = run.ownerId === null ? undefined : owners.get(run.ownerId);
    const who = owner === undefined ? 'nobody' : owner.role === 'server' ? 'server' : `weir run (pid ${owner.pid})`;
    return { run, who, typicalMs: ends.typicalOf(run.flow) };
  });
  const mine = begun.filter((run) => server !== null && run.ownerId === server.id);
  // Places become free in the order in which runs are expected to end.
  const free = mine.flatMap((run) => ends.endOf(run, now) ?? []).sort((a, b) => a - b);
  const waiting = rowsOf(store, store.waitingRuns.waiting(WAITING_SHOWN)).map((run): WaitingLine => {
    const startsAbout =
      server === null ? null : startOf(store, run, now, { ends, free, isFull: mine.length >= places });
    return { run, dueAt: run.scheduledAt, why: whyRun(store, run, now).why, startsAbout };
  });
  const names = limitNames(store);
  const taken = (counts.get('RUNNING') ?? 0) + (counts.get('PENDING') ?? 0) + (counts.get('CANCELLING') ?? 0);
  return {
    places,
    placesTaken: mine.length,
    running,
    runningCount: taken + (counts.get('PAUSED') ?? 0),
    waiting,
    waitingCount: counts.get('SCHEDULED') ?? 0,
    limits: names.slice(0, LIMITS_SHOWN).flatMap((name) => limitView(store, name) ?? []),
    limitCount: names.length,
    waits: store.waitingRuns.latestWaits().reverse(),
  };
}

interface Expected {
  typicalOf(flow: string): number | null;
  /** When a run that goes on will probably end; null: nobody knows. */
  endOf(run: FlowRunRow, now: number): number | null;
}

function expectedEnds(store: Store): Expected {
  const typical = new Map<string, number | null>();
  const typicalOf = (flow: string) => {
    let known = typical.get(flow);
    if (known === undefined) {
      known = typicalMs(store.overview.history(flow, HISTORY));
      typical.set(flow, known);
    }
    return known;
  };
  return {
    typicalOf,
    endOf(run, now) {
      const usual = typicalOf(run.flow);
      return usual === null || run.startAt === null ? null : Math.max(now, run.startAt + usual);
    },
  };
}

/** A retry has its time; whoever waits for a limit begins when a holder ends, whoever waits for a place when one is free. */
function startOf(
  store: Store,
  run: FlowRunRow,
  now: number,
  { ends, free, isFull }: { readonly ends: Expected; readonly free: number[]; readonly isFull: boolean },
): number | null {
  const due = run.scheduledAt ?? now;
  if (due > now) return due;
  const waits = store.limits.waitsOf(run.id, null);
  if (waits.length > 0) {
    const holders = waits.flatMap(({ limit }) => store.limits.holders(limit));
    const known = holders.flatMap(({ flowRunId }) => {
      const holder = store.flowRuns.byId(flowRunId);
      return holder === null ? [] : (ends.endOf(holder, now) ?? []);
    });
    return known.length === 0 ? null : Math.min(...known);
  }
  if (run.turn > 0) return null;
  return isFull ? (free.shift() ?? null) : now;
}

function rowsOf(store: Store, ids: readonly number[]): FlowRunRow[] {
  return ids.flatMap((id) => store.flowRuns.byId(id) ?? []);
}
