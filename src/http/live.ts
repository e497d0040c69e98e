/**
 * What changed, as the numbers of runs, for every open page: told by this process's engine at once, and noticed about
 * twice a second when other processes have written the file. Costs nothing while nobody listens.
 */
import type { EngineEvent, Events } from '../engine/events.ts';
import type { Store } from '../store/store.ts';

export interface Change {
  /** Null when something else than a run changed. */
  readonly run: number | null;
  readonly flow: string | null;
  /** Only lines of the log came. */
  readonly log: boolean;
}

export interface Live {
  /** Gives the function that ends it; `end` is called when the server stops. */
  subscribe(listener: { change(change: Change): void; end(): void }): () => void;
  readonly listeners: number;
  stop(): void;
}

const POLL_MS = 500;
/** Changes of one moment are told once. */
const GATHER_MS = 100;
/** Of other processes; beyond these a page hears of the newest. */
const MOST_WATCHED = 200;

type Listener = Parameters<Live['subscribe']>[0];

export function createLive({ store, events }: { store: Store; events: Events }): Live {
  const listeners = new Set<Listener>();
  const gathered = new Map<number, boolean>();
  let gathering: NodeJS.Timeout | null = null;
  let stopWatching: (() => void) | null = null;

  function hear(runId: number, log: boolean): void {
    gathered.set(runId, log && (gathered.get(runId) ?? true));
    gathering ??= setTimeout(tell, GATHER_MS);
  }

  function tell(): void {
    gathering = null;
    const changes = [...gathered].map(([run, log]) => ({ run, flow: store.overview.flowOf(run), log }));
    gathered.clear();
    for (const change of changes) tellAll(change);
  }

  function tellAll(change: Change): void {
    for (const listener of listeners) listener.change(change);
  }

  function watch(): () => void {
    let heard = false;
    const note = (runId: number, log: boolean) => {
      heard = true;
      hear(runId, log);
    };
    const unsubscribe = events.subscribe((event) => note(runOf(event), event.kind === 'log'));
    const look = watchOthers(store, (runId) => note(runId, false));
    let changes = store.changeCount();
    const poll = setInterval(() => {
      const isByOthers = look();
      const count = store.changeCount();
      // Somebody wrote, and it was about no run: a pause, a limit, a model, a deployment.
      if (!heard && (isByOthers || count !== changes)) tellAll({ run: null, flow: null, log: false });
      heard = false;
      changes = count;
    }, POLL_MS);
    poll.unref();
    return () => {
      unsubscribe();
      clearInterval(poll);
      if (gathering !== null) clearTimeout(gathering);
      gathering = null;
      gathered.clear();
    };
  }

  return {
    subscribe(listener) {
      listeners.add(listener);
      stopWatching ??= watch();
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        stopWatching?.();
        stopWatching = null;
      };
    },
    get listeners() {
      return listeners.size;
    },
    stop() {
      for (const listener of [...listeners]) listener.end();
      listeners.clear();
      stopWatching?.();
      stopWatching = null;
    },
  };
}

function runOf(event: EngineEvent): number {
  return event.kind === 'log' ? event.chunk.flowRunId : event.runId;
}

/**
 * Gives a function that compares with the last look and tells of runs that appeared, ended, or run while somebody wrote;
 * true when somebody else wrote at all.
 */
function watchOthers(store: Store, changed: (runId: number) => void): () => boolean {
  let version = store.dataVersion();
  let newest = store.overview.newestId();
  let unfinished = new Set(store.overview.unfinished(MOST_WATCHED, { withSubflows: true }).map((run) => run.id));
  return () => {
    const current = store.dataVersion();
    if (current === version) return false;
    version = current;
    const now = store.overview.unfinished(MOST_WATCHED, { withSubflows: true });
    const still = new Set(now.map((run) => run.id));
    for (const run of now) if (run.type !== 'SCHEDULED' || !unfinished.has(run.id)) changed(run.id);
    for (const id of unfinished) if (!still.has(id)) changed(id);
    for (const run of store.overview.createdAfter(newest, MOST_WATCHED)) changed(run.id);
    newest = store.overview.newestId();
    unfinished = still;
    return true;
  };
}
