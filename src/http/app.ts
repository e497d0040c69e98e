/**
 * Every route of the server on one hono app, without a socket: tests call `app.request(...)`.
 * Handlers read the store in one snapshot, build what a page shows, and must never write SQL or wait for a run.
 */
import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import type { DeployParts } from '../engine/deploy/deploy.ts';
import type { Events } from '../engine/events.ts';
import type { Scheduler } from '../engine/schedule/scheduler.ts';
import { answerDueSlots } from '../engine/schedule/slot-answers.ts';
import { type DiskSpace, diskSpace } from '../engine/tell/disk-space.ts';
import { type Executor, noExecutor } from '../engine/verbs/executor.ts';
import type { ScheduleRow } from '../store/deployments.ts';
import type { Store } from '../store/store.ts';
import type { SettingLine } from '../web/pages/settings.tsx';
import { bindActions } from './actions/actions.ts';
import { bindKeys } from './actions/keys.ts';
import { bindApi } from './api/api.ts';
import { guard, isLoopback, securityHeaders } from './guard.ts';
import { createLive } from './live.ts';
import { bindCompare } from './pages/compare/compare.ts';
import { bindFlowPages } from './pages/flow/flow-pages.ts';
import { bindLogs } from './pages/log/logs.ts';
import { bindModel } from './pages/model/model.ts';
import { bindModelFile } from './pages/model/model-file.ts';
import { bindModels } from './pages/model/models.ts';
import { bindOverview } from './pages/overview/overview.ts';
import { bindQueues } from './pages/queues.ts';
import { bindArtifacts } from './pages/run/artifact-bytes.ts';
import { bindReport } from './pages/run/report.ts';
import { bindRun } from './pages/run/run.ts';
import { bindRunsCsv } from './pages/runs/csv.ts';
import { bindRuns } from './pages/runs/runs.ts';
import { bindSchedule } from './pages/schedule.ts';
import { bindSettings } from './pages/settings.ts';
import { answerError, answerNotFound } from './problem.ts';
import { createPages } from './send-page.ts';
import { bindBadge } from './signals/badge.ts';
import { createBadgeKeys } from './signals/badge-keys.ts';
import { bindFeed } from './signals/feed.ts';
import { bindHealth } from './signals/health.ts';
import { bindMetrics } from './signals/metrics.ts';
import { createEndedSessions } from './token/ended-sessions.ts';
import { bindLogin } from './token/login.ts';
import { createTokenGate } from './token/token-gate.ts';

export interface AppOptions {
  readonly store: Store;
  /** What executes runs; left out, nothing here does, and what needs it is refused. */
  readonly executor?: Executor;
  /** What fires schedules; left out, nothing here does. */
  readonly scheduler?: Scheduler;
  /** Changes with every boot of the machine. */
  readonly kernelBootId?: string | null;
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
  /** Room where the database lies, as it is asked for when a page is made. */
  readonly disk?: () => DiskSpace | null;
}

export interface App {
  readonly hono: Hono;
  request(path: string, init?: RequestInit): Promise<Response>;
  /** Ends the event streams. */
  stop(): void;
}

export function createApp(options: AppOptions): App {
  const { store, events, now, version } = options;
  const zone = options.zone ?? Temporal.Now.timeZoneId();
  const places = options.places ?? 10;
  const onFault = options.onFault ?? (() => {});
  const live = createLive({ store, events });
  const pages = createPages({ store, now, version, zone });
  const executor = options.executor ?? noExecutor();
  const parts = { store, now, version, places, scheduler: options.scheduler ?? null };
  const hono = new Hono();

  hono.use(securityHeaders);
  const host = options.host ?? '127.0.0.1';
  const token = isLoopback(host) ? null : (options.token ?? randomUUID());
  const gate = token === null ? null : createTokenGate({ token, now, ended: createEndedSessions(store, now) });
  const badgeKeys = createBadgeKeys({ store, token });
  hono.use(guard({ host, gate, badgeKeys }));
  bindLogin(hono, gate);
  // First: /runs/bulk is no run.
  bindActions(hono, { store, events, now, executor, pages, zone });
  bindOverview(hono, { store, pages, disk: options.disk ?? (() => diskSpace(store.path)) });
  bindRuns(hono, { store, pages });
  bindRunsCsv(hono, { store, now, zone });
  bindRun(hono, { store, pages });
  bindQueues(hono, { store, pages, places });
  bindLogs(hono, { store, live, pages });
  bindSettings(hono, {
    store,
    pages,
    version,
    settings: options.settings ?? [],
    hasToken: options.token != null,
    zone,
  });
  bindKeys(hono, { pages });
  bindSchedule(hono, { store, pages, places });
  bindFlowPages(hono, { store, pages, badgeKeys });
  bindModels(hono, { store, pages });
  bindModel(hono, { store, pages });
  bindModelFile(hono, { store });
  bindArtifacts(hono, { store });
  bindReport(hono, { store, pages });
  bindCompare(hono, { store, pages });
  bindApi(hono, { ...parts, events, live, executor, zone, deployParts: deployPartsOf(options) }, version);
  bindHealth(hono, parts);
  bindMetrics(hono, parts);
  bindBadge(hono, parts);
  bindFeed(hono, parts);
  hono.notFound((c) => answerNotFound(c, pages, methodsAt(hono, c.req.path)));
  hono.onError((error, c) => answerError(error, c, pages, onFault));

  return {
    hono,
    request: async (path, init) => hono.request(path, init),
    stop: () => live.stop(),
  };
}

/** What is bound to a path, but for what every request passes. */
function methodsAt({ router }: Hono, path: string): string[] {
  return ['GET', 'POST'].filter((method) =>
    router.match(method, path)[0].some(([[, route]]) => route.method === method),
  );
}

/** Without a scheduler, due times are answered here before their schedule changes. */
function deployPartsOf({ store, now, scheduler, kernelBootId = null }: AppOptions): DeployParts {
  const answerDue =
    scheduler?.answerDue ??
    ((schedule: ScheduleRow) => void answerDueSlots(store, schedule, null, now(), { isLeaving: true }));
  return { store, now, kernelBootId, answerDue };
}
