/**
 * Every route of the server on one hono app, without a socket: tests call `app.request(...)`.
 * Handlers read the store in one snapshot, build what a page shows, and must never write SQL or wait for a run.
 */
import { Hono } from 'hono';
import type { Events } from '../engine/events.ts';
import { type Executor, noExecutor } from '../engine/executor.ts';
import type { Store } from '../store/store.ts';
import type { SettingLine } from '../web/pages/settings.tsx';
import { bindActions } from './actions/actions.ts';
import { bindKeys } from './actions/keys.ts';
import { bindEvents } from './api/events.ts';
import { bindFlowRunsApi } from './api/flow-runs.ts';
import { guard, securityHeaders } from './guard.ts';
import { createLive } from './live.ts';
import { bindModel } from './pages/model/model.ts';
import { bindModelFile } from './pages/model/model-file.ts';
import { bindModels } from './pages/model/models.ts';
import { bindOverview } from './pages/overview.ts';
import { bindQueues } from './pages/queues.ts';
import { bindArtifacts } from './pages/run/artifact-bytes.ts';
import { bindRun } from './pages/run/run.ts';
import { bindRunLog } from './pages/run-log.ts';
import { bindRunsCsv } from './pages/runs/csv.ts';
import { bindRuns } from './pages/runs/runs.ts';
import { bindSchedule } from './pages/schedule.ts';
import { bindSettings } from './pages/settings.ts';
import { answerError, answerNotFound } from './problem.ts';
import { createPages } from './send-page.ts';
import { bindHealth } from './signals/health.ts';

export interface AppOptions {
  readonly store: Store;
  /** What executes runs; left out, nothing here does, and what needs it is refused. */
  readonly executor?: Executor;
  readonly events: Events;
  readonly now: () => number;
  readonly version: string;
  /** The host that the server is bound to; loopback when left out. */
  readonly host?: string;
  /** Asked of every request that does not come over loopback. */
  readonly token?: string | null;
  /** The time zone of people around this server. */
  readonly zone?: string;
  /** Runs at once on this server. */
  readonly places?: number;
  /** What the server was started with, for its page. */
  readonly settings?: readonly SettingLine[];
  readonly onFault?: (error: unknown) => void;
}

export interface App {
  readonly hono: Hono;
  request(path: string, init?: RequestInit): Promise<Response>;
  /** Ends the event streams. */
  stop(): void;
}

export function createApp(options: AppOptions): App {
  const { store, events, now, version } = options;
  const zone = options.zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const onFault = options.onFault ?? (() => {});
  const live = createLive({ store, events });
  const pages = createPages({ store, now, version, zone });
  const hono = new Hono();

  hono.use(securityHeaders);
  hono.use(guard({ host: options.host ?? '127.0.0.1', token: options.token ?? null }));
  // First: /runs/bulk is no run.
  bindActions(hono, { store, events, now, executor: options.executor ?? noExecutor(), pages, zone });
  bindOverview(hono, { store, pages });
  bindRuns(hono, { store, pages });
  bindRunsCsv(hono, { store, now, zone });
  bindRun(hono, { store, pages });
  bindRunLog(hono, { store, pages });
  bindQueues(hono, { store, pages, places: options.places ?? 10 });
  bindSettings(hono, { store, pages, version, settings: options.settings ?? [], hasToken: options.token != null });
  bindKeys(hono, { pages });
  bindSchedule(hono, { store, pages, places: options.places ?? 10 });
  bindModels(hono, { store, pages });
  bindModel(hono, { store, pages });
  bindModelFile(hono, { store });
  bindArtifacts(hono, { store });
  bindFlowRunsApi(hono, { store, events, now });
  bindEvents(hono, { live });
  bindHealth(hono, { store, version });
  hono.notFound((c) => answerNotFound(c, pages));
  hono.onError((error, c) => answerError(error, c, pages, onFault));

  return {
    hono,
    request: async (path, init) => hono.request(path, init),
    stop: () => live.stop(),
  };
}
