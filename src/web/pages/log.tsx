/** The log of a run or of a task run: a window of its lines, ways to the others, a search, and what is still to come. */
import { raw } from 'hono/html';
import type { StateName } from '../../model/state.ts';
import { logPage, runPage } from '../address.ts';
import { logHtml, type WindowOptions } from '../log/log-html.ts';
import { type LogLine, NUMBER_WIDTH, widthOf } from '../log/log-line.ts';
import { type LogWays, type SearchView, SearchWords, Ways } from '../log/log-ways.tsx';
import { Glyph, lookOf } from '../state-mark.tsx';

export { type LogLine, LogLines } from '../log/log-line.ts';

export interface LogData {
  readonly runId: number;
  readonly flow: string;
  readonly state: StateName;
  readonly task: { readonly id: number; readonly title: string; readonly attempts: number } | null;
  readonly attempt: number | null;
  /** Of the whole run; the first of them. */
  readonly tasks: readonly { readonly id: number; readonly title: string }[];
  readonly hasMoreTasks: boolean;
  readonly stream: string | null;
  readonly lines: readonly LogLine[];
  /** Null where counting would take long. */
  readonly total: number | null;
  readonly isRunning: boolean;
  readonly ways: LogWays;
  readonly search: SearchView | null;
  /** Where the lines come from that are still to be printed, and after which chunk. */
  readonly follow: { readonly stream: string; readonly after: number } | null;
}

export function LogPage({ data, options }: { data: LogData; options: WindowOptions }) {
  return (
    <>
      <section id="head">
        <LogHead data={data} />
      </section>
      <section id="tabs">
        <Tabs data={data} />
      </section>
      <section>
        <Tools data={data} />
        <Log data={data} options={options} />
      </section>
    </>
  );
}

/** What changes while a log grows, besides its lines. */
export function LogHead({ data }: { data: Pick<LogData, 'runId' | 'flow' | 'state' | 'task' | 'attempt'> }) {
  const { runId, flow, task, attempt, state } = data;
  return (
    <>
      <h1>
        <Glyph name={state} />
        <span>
          Log of {task === null ? `run ${runId}` : task.title}
          {attempt === null ? '' : `, attempt ${attempt}`}
        </span>
      </h1>
      <p class="lead">
        <a href={runPage(runId)}>
          {flow}, run {runId}
        </a>
        {task === null ? null : (
          <>
            {' '}
            / <a href={logPage(runId)}>whole log</a>
          </>
        )}
        , {lookOf(state).word.toLowerCase()}
      </p>
    </>
  );
}

function Tabs({ data }: { data: LogData }) {
  const { runId, task, attempt, tasks, hasMoreTasks } = data;
  if (task === null) {
    if (tasks.length < 2) return null;
    return (
      <nav class="tabs" aria-label="Logs of tasks">
        <a href={logPage(runId)} aria-current="page">
          All tasks
        </a>
        {tasks.map(({ id, title }) => (
          <a href={logPage(runId, id)}>{title}</a>
        ))}
        {hasMoreTasks ? <a href={`${runPage(runId)}#tasks`}>more</a> : null}
      </nav>
    );
  }
  if (task.attempts < 2) return null;
  const first = Math.max(1, task.attempts - MOST_TABS + 1);
  return (
    <nav class="tabs" aria-label="Attempts">
      <Tab to={logPage(runId, task.id)} isCurrent={attempt === null}>
        All attempts
      </Tab>
      {Array.from({ length: task.attempts - first + 1 }, (_, index) => first + index).map((number) => (
        <Tab to={logPage(runId, task.id, number)} isCurrent={attempt === number}>
          Attempt {number}
        </Tab>
      ))}
    </nav>
  );
}

const MOST_TABS = 12;

function Tab({ to, isCurrent, children }: { to: string; isCurrent: boolean; children?: unknown }) {
  return (
    <a href={to} {...(isCurrent ? { 'aria-current': 'page' as const } : {})}>
      {children}
    </a>
  );
}

const STREAM_WORDS = [
  ['', 'all streams'],
  ['stdout', 'stdout'],
  ['stderr', 'stderr'],
  ['log', 'logged'],
] as const;

function Tools({ data }: { data: LogData }) {
  const { stream, search, ways, follow } = data;
  return (
    <form class="acts tools" action={ways.form}>
      <input
        type="search"
        name="q"
        value={search?.text ?? ''}
        placeholder="Find in this log"
        aria-label="Find in this log"
      />
      <select name="stream" aria-label="Stream">
        {STREAM_WORDS.map(([value, word]) => (
          <option value={value} selected={value === (stream ?? '')}>
            {word}
          </option>
        ))}
      </select>
      <button type="submit">Find</button>
      {follow === null ? null : (
        <label id="follow" hidden>
          <input type="checkbox" data-key="f" /> Follow
        </label>
      )}
      {ways.following === null ? null : (
        <noscript>
          <a href={ways.following}>Follow</a>
        </noscript>
      )}
    </form>
  );
}

function Log({ data, options }: { data: LogData; options: WindowOptions }) {
  const { lines, follow, search, isRunning } = data;
  const isEmpty = lines.length === 0;
  // Of a log that goes on more will come, and longer numbers.
  const width = widthOf(lines, follow === null ? 2 : NUMBER_WIDTH);
  return (
    <>
      {search === null ? null : <SearchWords search={search} ways={data.ways} />}
      <Ways {...data} />
      {isEmpty && follow === null ? (
        search === null ? (
          <p class="dim">{emptyWords(data)}</p>
        ) : null
      ) : (
        <div
          class="log all"
          id="lines"
          role="log"
          aria-live="off"
          aria-label="Lines"
          style={`--w:${width}ch`}
          {...(follow === null ? {} : { 'data-stream': follow.stream, 'data-after': follow.after })}
        >
          {raw(logHtml(lines, { ...options, width }))}
        </div>
      )}
      {follow === null ? null : (
        <>
          {isEmpty && isRunning ? (
            <p class="dim" id="none">
              {emptyWords(data)}
            </p>
          ) : null}
          <button type="button" id="pill" hidden />
          <p id="said" role="status" />
        </>
      )}
      {lines.length > 40 && (data.ways.earlier !== null || data.ways.later !== null) ? (
        <Ways {...data} isBelow />
      ) : null}
      <span id="end" />
    </>
  );
}

function emptyWords({ isRunning, stream, ways }: LogData): string {
  if (ways.earlier !== null || ways.isWithin) return 'There are no lines here.';
  if (stream !== null) return `Nothing ${stream === 'log' ? 'was logged' : `came on ${stream}`}.`;
  return isRunning ? 'Nothing was printed so far.' : 'Nothing was printed.';
}

export function shorten(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest)}... (${text.length - longest} more characters)` : text;
}
