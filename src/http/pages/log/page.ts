/** GET /runs/:id/logs and /runs/:id/logs/:task: a window of a log, or what a search finds in it. */
import type { Context, Hono } from 'hono';
import { isFinal, type State } from '../../../model/state.ts';
import { taskTitle } from '../../../model/task-title.ts';
import type { Store } from '../../../store/store.ts';
import type { WindowOptions } from '../../../web/log/log-html.ts';
import { type LogLine, lineAddress } from '../../../web/log/log-line.ts';
import { LOG_STYLE } from '../../../web/log/log-style.ts';
import type { LogWays, SearchView } from '../../../web/log/log-ways.tsx';
import { LOG_SCRIPT } from '../../../web/log-script.ts';
import { type LogData, LogPage } from '../../../web/pages/log.tsx';
import { lookOf } from '../../../web/state-mark.tsx';
import type { Pages } from '../../send-page.ts';
import { distinctTitles } from '../run/tasks.ts';
import { addressIn, isPicked, type LogQuery, parseLogQuery } from './query.ts';
import { createLogReader, type LineAddress, type LogReader } from './reader.ts';
import { isGoingOn, type LogScope, scopeOf } from './scope.ts';
import { type Found, finderOf, searchLog } from './search.ts';
import { createTurnstile, type Turnstile } from './slices.ts';
import { type LogWindow, readBackward, readForward, type WindowLimits } from './window.ts';

const LINES_A_PAGE = 1000;
/** Beyond them a browser is slow, and so is everybody who waits for it. */
const MOST_LINES = 50_000;
const MOST_CHARACTERS = 400_000;
const MOST_CHARACTERS_OF_ALL = 10_000_000;
export const LONGEST_LINE = 2000;
const MATCHES_A_PAGE = 200;
/** What stands before lines that an address points out. */
const LINES_BEFORE_PICKED = 50;
const TASKS_NAMED = 10;
/** The time of each line is left out in longer pages. */
const MOST_TIMES = 5000;

export function bindLogPage(app: Hono, { store, pages }: { store: Store; pages: Pages }): void {
  const searches = createTurnstile();
  const answer = async (c: Context) => {
    const scope = scopeOf(store, c);
    if ('elsewhere' in scope) return c.redirect(scope.elsewhere, 302);
    const query = parseLogQuery(c);
    const view = await gatherView(store, scope, query, { searches, signal: c.req.raw.signal });
    const { run } = scope;
    const { data } = view;
    return pages.send(c, (clock) => ({
      title: titleOf(data),
      active: 'runs',
      runId: run.id,
      isLive: data.follow !== null,
      mood: lookOf(data.state).hue,
      style: LOG_STYLE,
      script: LOG_SCRIPT,
      isDeafTo: data.follow === null ? 'lines' : 'everything',
      content: LogPage({ data, options: { ...view.options, clock } }),
    }));
  };
  app.get('/runs/:id/logs', answer);
  app.get('/runs/:id/logs/:task', answer);
}

function titleOf({ task, runId, flow, attempt, search }: LogData): string {
  const of =
    task === null
      ? `${flow}, run ${runId}`
      : `${task.title}${attempt === null ? '' : `, attempt ${attempt}`}, run ${runId}`;
  return `${search === null ? 'Log' : `"${search.text}" in the log`} of ${of}`;
}

interface View {
  readonly data: LogData;
  readonly options: Omit<WindowOptions, 'clock'>;
}

async function gatherView(
  store: Store,
  scope: LogScope,
  query: LogQuery,
  { searches, signal }: { searches: Turnstile; signal: AbortSignal },
): Promise<View> {
  const { run, task, attempt } = scope;
  const reader = createLogReader(store, scope);
  const { state } = task ?? run;
  const isRunning = isGoingOn(scope);
  const find = query.find === null ? null : finderOf(query.find);
  const found =
    find === null
      ? null
      : await searches.pass(() => searchLog(reader, find, place(reader, query.from), { ...SEARCH_LIMITS, signal }));
  const window = found === null ? await windowOf(reader, state, query, signal) : null;
  const lines = found?.lines ?? window?.lines ?? [];
  const total = reader.count();
  const tasks = task === null ? store.logPlaces.tasksOf(run.id, TASKS_NAMED + 1) : [];
  const titles = distinctTitles(tasks);
  const { picked } = query;
  return {
    data: {
      runId: run.id,
      flow: run.flow,
      state: state.name,
      task: task === null ? null : { id: task.id, title: taskTitle(task), attempts: task.attempt },
      attempt,
      tasks: tasks.slice(0, TASKS_NAMED).map((each) => ({ id: each.id, title: titles.get(each.id) ?? each.name })),
      hasMoreTasks: tasks.length > TASKS_NAMED,
      stream: scope.stream,
      lines,
      total,
      isRunning,
      ways: waysOf(scope, query, { window, total, isRunning, hasDrawings: lines.some(isDrawn) }),
      search: found === null ? null : searchView(scope, query, found),
      follow:
        isRunning && window !== null && !window.hasLater
          ? { stream: addressIn(scope, {}, '/stream'), after: window.lastChunkId }
          : null,
    },
    options: {
      longest: LONGEST_LINE,
      find,
      isPicking: found !== null,
      hasFailed: isFinal(state.type) && state.type !== 'COMPLETED',
      withDrawings: query.withDrawings,
      withoutTimes: lines.length > MOST_TIMES,
      wholeLine: wholeLineIn(scope),
      ...(picked === null ? {} : { isPicked: (line: LogLine) => isPicked(picked, line) }),
    },
  };
}

/** One line is shown as far as there is room for it; this is where all of it is. */
export function wholeLineIn(scope: LogScope): (line: LogLine) => string {
  return (line) => addressIn(scope, { l: lineAddress(line) }, '.txt');
}

const SEARCH_LIMITS = { matches: MATCHES_A_PAGE, characters: MOST_CHARACTERS, longest: LONGEST_LINE };

function windowOf(reader: LogReader, state: State, query: LogQuery, signal: AbortSignal): Promise<LogWindow> {
  const { picked, from, before, isAll } = query;
  const limits: WindowLimits = {
    lines: isAll ? MOST_LINES : LINES_A_PAGE,
    characters: isAll ? MOST_CHARACTERS_OF_ALL : MOST_CHARACTERS,
    longest: LONGEST_LINE,
    signal,
  };
  if (before !== null) return readBackward(reader, place(reader, before), limits);
  const first =
    picked === null ? from : { runId: picked.runId, number: Math.max(1, picked.first - LINES_BEFORE_PICKED) };
  const start = from !== null ? place(reader, from) : place(reader, first);
  if (start !== null || isAll) return readForward(reader, start, limits);
  // How it ended is what people ask of a log that did not go well, or that has not ended.
  if (first !== null || state.type !== 'COMPLETED') return readBackward(reader, null, limits);
  return readForward(reader, null, limits);
}

function place(reader: LogReader, line: LineAddress | null) {
  return line === null ? null : reader.place(line);
}

function isDrawn({ text }: LogLine): boolean {
  return text.includes('\r') && text.replace(/\r+$/, '').includes('\r') && !/section_(?:start|end):/.test(text);
}

function waysOf(
  scope: LogScope,
  { withDrawings, isAll, from, before }: LogQuery,
  {
    window,
    total,
    isRunning,
    hasDrawings,
  }: { window: LogWindow | null; total: number | null; isRunning: boolean; hasDrawings: boolean },
): LogWays {
  const drawings = withDrawings ? { drawings: 1 } : {};
  const first = window?.lines[0];
  const last = window?.lines.at(-1);
  const isPart = window !== null && (window.hasEarlier || window.hasLater);
  const behind = (line: LogLine) => lineAddress({ ...line, number: line.number + 1 });
  return {
    earlier: window?.hasEarlier && first ? addressIn(scope, { before: lineAddress(first), ...drawings }) : null,
    later: window?.hasLater && last ? addressIn(scope, { from: behind(last), ...drawings }) : null,
    all: isPart && !isAll && total !== null && total <= MOST_LINES ? addressIn(scope, { all: 1, ...drawings }) : null,
    raw: addressIn(scope, {}, '.txt'),
    zipped: addressIn(scope, {}, '.txt.gz'),
    following: isRunning ? addressIn(scope, { follow: 1 }) : null,
    drawings:
      hasDrawings || withDrawings
        ? { to: addressIn(scope, withDrawings ? {} : { drawings: 1 }), areShown: withDrawings }
        : null,
    form: addressIn({ ...scope, stream: null }),
    isWithin: from !== null || before !== null,
  };
}

function searchView(scope: LogScope, { find, from }: LogQuery, found: Found): SearchView {
  const { shown, matches, next, lastLooked } = found;
  return {
    text: find ?? '',
    shown,
    matches,
    isLater: from !== null,
    next: next === null ? null : addressIn(scope, { q: find, from: next }),
    cut: lastLooked === null ? null : { line: lastLooked, to: addressIn(scope, { q: find, from: lastLooked }) },
  };
}
