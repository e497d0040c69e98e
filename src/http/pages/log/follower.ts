/**
 * What is printed while somebody looks on: new lines in the order of the log, soon after they were written, by whatever
 * process. A reader who takes less than is printed is not waited for: lines are left out, and counted.
 *
 *   wait for news, at least 100 ms -> read what came -> room for it? deliver : deliver the newest, tell how many not
 *
 * It goes on from any place of the log, so that a reader who was away gets every line once.
 */
import type { Store } from '../../../store/store.ts';
import type { LogLine } from '../../../web/log/log-line.ts';
import type { Live } from '../../live.ts';
import { createLogReader, type LogReader, type ReadChunk } from './reader.ts';
import { isGoingOn, type LogScope } from './scope.ts';

export interface Delivery {
  readonly lines: readonly LogLine[];
  /** Everything up to this chunk is told with it. */
  readonly lastChunkId: number;
  /** Lines before them that were left out; null where there were too many to be counted. */
  readonly leftOut: number | null;
}

export interface FollowerOptions {
  readonly store: Store;
  readonly live: Live;
  readonly scope: LogScope;
  /** The chunk that was seen last; 0 for none. */
  readonly after: number;
  /** Gives how many bytes it sent. */
  deliver(delivery: Delivery): number;
  /** What runs has moved on to another state. */
  changed(scope: LogScope): void;
  /** False while what was delivered before has not been taken. */
  isReady(): boolean;
  /** Nothing more will come, or the server stops. */
  ended(isOver: boolean): void;
}

const BATCH_MS = 100;
/** Where nobody tells of news: another process may have written. */
const LOOK_MS = 1000;
const BYTES_A_SECOND = 200_000;
/** Left out up to the newest of about so many characters. */
const NEWEST_CHARACTERS = 50_000;

/** Gives the function that ends it. */
export function followLog(options: FollowerOptions): () => void {
  const { store, live, isReady } = options;
  let { scope, after } = options;
  let room = BYTES_A_SECOND;
  let filledAt = performance.now();
  let newest = -1;
  const titles = new Map<number, string>();
  let timer: NodeJS.Timeout | null = null;
  let isOpen = true;
  let hasNews = false;

  const unsubscribe = live.subscribe({
    change: ({ run, log }) => {
      if (!log && run !== scope.run.id) return;
      hasNews = true;
      schedule(BATCH_MS);
    },
    end: () => stop(false),
  });

  function stop(isOver: boolean): void {
    if (!isOpen) return;
    close();
    options.ended(isOver);
  }

  function close(): void {
    isOpen = false;
    if (timer !== null) clearTimeout(timer);
    unsubscribe();
  }

  let due = Number.POSITIVE_INFINITY;
  function schedule(ms: number): void {
    const at = performance.now() + ms;
    if (!isOpen || at >= due) return;
    if (timer !== null) clearTimeout(timer);
    due = at;
    timer = setTimeout(look, ms);
    timer.unref();
  }

  function look(): void {
    timer = null;
    due = Number.POSITIVE_INFINITY;
    hasNews = false;
    try {
      lookOnce();
    } catch {
      // The file is locked for this moment, or the run was deleted: the next look tells.
    }
    schedule(hasNews ? BATCH_MS : LOOK_MS);
  }

  function lookOnce(): void {
    const now = performance.now();
    room = Math.min(BYTES_A_SECOND, room + ((now - filledAt) / 1000) * BYTES_A_SECOND);
    filledAt = now;
    const isRoom = room > 0 && isReady();
    // One state of the file: else a chunk of another process could come in between with a smaller id than one seen. The
    // run is part of it: when it is over by then, its last line is in the file already.
    const { isOver, isDone, hasMoved } = store.overview.inSnapshot(() => {
      const hasMoved = refreshScope();
      return { hasMoved, isOver: !isGoingOn(scope), isDone: isOpen && isRoom && tell() };
    });
    if (!isOpen) return;
    if (hasMoved) options.changed(scope);
    if (isOver && isDone) stop(true);
    else if (!isDone) hasNews = true;
  }

  function refreshScope(): boolean {
    const run = store.flowRuns.byId(scope.run.id);
    // Deleted: nothing will come, and nothing is left to be told of.
    if (run === null) {
      stop(true);
      return false;
    }
    const task = scope.task === null ? null : (store.taskRuns.byId(scope.task.id) ?? scope.task);
    const hasMoved = run.state.name !== scope.run.state.name || task?.state.name !== scope.task?.state.name;
    scope = { ...scope, run, task };
    return hasMoved;
  }

  /** Delivers what has come. Gives true: then that was everything. */
  function tell(): boolean {
    const current = store.logPlaces.newestId();
    if (current === newest) return true;
    // All streams: what is seen of others need not be looked at again.
    const reader = createLogReader(store, { ...scope, stream: null }, titles);
    const come: ReadChunk[] = [];
    let characters = 0;
    let last = after;
    for (const read of reader.forward(after + 1)) {
      last = read.chunk.id;
      if (!isWanted(read)) continue;
      come.push(read);
      characters += read.chunk.text.length;
      if (characters > BYTES_A_SECOND) return skip(reader);
    }
    newest = current;
    send(reader, come, last, 0);
    return true;
  }

  /** More than may be sent in a second: only the newest of it, and that is everything then. */
  function skip(reader: LogReader): boolean {
    const come: ReadChunk[] = [];
    let characters = 0;
    let last = after;
    for (const read of reader.backward(Number.MAX_SAFE_INTEGER - 1)) {
      if (read.chunk.id <= after) break;
      last = Math.max(last, read.chunk.id);
      if (!isWanted(read)) continue;
      come.unshift(read);
      characters += read.chunk.text.length;
      if (characters > NEWEST_CHARACTERS) break;
    }
    const until = come[0]?.chunk.id ?? last;
    send(reader, come, last, scope.stream === null ? reader.countBetween(after, until) : null);
    return true;
  }

  function isWanted({ chunk }: ReadChunk): boolean {
    return scope.stream === null || chunk.stream === scope.stream;
  }

  function send(reader: LogReader, come: readonly ReadChunk[], lastChunkId: number, leftOut: number | null): void {
    after = lastChunkId;
    if (come.length === 0 && leftOut === 0) return;
    room -= options.deliver({ lines: come.flatMap(reader.lines), lastChunkId, leftOut });
  }

  schedule(0);
  return close;
}

/** What a reader is told of lines that were left out, and where they are. */
export function leftOutWords(leftOut: number | null, where: string): string {
  const count = leftOut === null ? 'many lines' : `${leftOut} ${leftOut === 1 ? 'line' : 'lines'}`;
  return `skipped ${count}, ${where}`;
}
