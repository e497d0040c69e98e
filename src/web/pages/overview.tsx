/** The first page: can I close the laptop? A sentence, what needs a person, what runs, every flow, the latest runs. */
import type { StateName } from '../../model/state.ts';
import { type Bar, HistoryBars } from '../charts/history-bars.tsx';
import { type RunLine, RunTable, runTime } from '../run-table.tsx';
import { Glyph, StateMark } from '../state-mark.tsx';
import { type Clock, Time, took } from '../time.tsx';

export interface OverviewData {
  readonly attention: readonly AttentionLine[];
  /** May be more than `attention` shows. */
  readonly attentionCount: number;
  readonly running: readonly RunningLine[];
  /** May be more than `running` shows. */
  readonly runningCount: number;
  readonly queuedCount: number;
  readonly next: { readonly flow: string; readonly at: number } | null;
  readonly flows: readonly FlowLine[];
  /** Flows beyond those shown. */
  readonly moreFlows: readonly string[];
  readonly latest: readonly RunLine[];
}

export interface AttentionLine {
  readonly flow: string;
  readonly what: StateName | 'broken' | 'paused' | 'off' | 'clock';
  readonly run: number | null;
  readonly at: number | null;
  readonly task: string | null;
  /** The last line of the error. */
  readonly line: string | null;
}

export interface RunningLine extends RunLine {
  readonly tasks: readonly { readonly name: string; readonly progress: Progress | null }[];
  readonly typicalMs: number | null;
}

export interface Progress {
  readonly done: number;
  readonly total: number | null;
  readonly label: string | null;
}

export interface FlowLine {
  readonly flow: string;
  readonly last: { readonly id: number; readonly name: StateName; readonly at: number | null } | null;
  /** Oldest first. */
  readonly bars: readonly Bar[];
  readonly typicalMs: number | null;
  readonly nextAt: number | null;
  readonly isPaused: boolean;
}

export function OverviewPage({ data, clock }: { data: OverviewData; clock: Clock }) {
  const { attention, running, flows, moreFlows, latest } = data;
  return (
    <>
      <section id="status">
        <Status data={data} clock={clock} />
      </section>
      <section id="attention" hidden={attention.length === 0}>
        {attention.length === 0 ? null : (
          <>
            <h2>
              Needs attention
              {data.attentionCount > attention.length ? (
                <small>{`${attention.length} of ${data.attentionCount}`}</small>
              ) : null}
            </h2>
            {attention.map((line) => (
              <Attention line={line} clock={clock} />
            ))}
          </>
        )}
      </section>
      <section id="running" hidden={running.length === 0}>
        {running.length === 0 ? null : <Running data={data} clock={clock} />}
      </section>
      <section id="flows" hidden={flows.length === 0}>
        {flows.length === 0 ? null : <Flows flows={flows} more={moreFlows} clock={clock} />}
      </section>
      <section id="latest">
        {latest.length === 0 ? (
          <Welcome hasFlows={flows.length > 0} />
        ) : (
          <>
            <h2>Latest runs</h2>
            <RunTable runs={latest} clock={clock} />
            <p class="pages">
              <a href="/runs">All runs</a>
            </p>
          </>
        )}
      </section>
    </>
  );
}

function Status({ data, clock }: { data: OverviewData; clock: Clock }) {
  const { attentionCount, runningCount, queuedCount, next, latest } = data;
  const isBad = attentionCount > 0;
  const facts = [
    `${runningCount === 0 ? 'nothing' : runningCount} running`,
    ...(queuedCount === 0 ? [] : [`${queuedCount} queued`]),
  ].join(', ');
  return (
    <>
      <h1>
        <Glyph name={isBad ? 'Failed' : latest.length === 0 ? 'Scheduled' : 'Completed'} />
        {isBad ? overviewTitle(attentionCount) : latest.length === 0 ? 'Ready' : 'All good'}
      </h1>
      <p class="lead">
        {facts.charAt(0).toUpperCase() + facts.slice(1)}
        {next === null ? (
          '; nothing is scheduled'
        ) : (
          <>
            ; next is <b>{next.flow}</b>
            {next.at <= clock.now ? ' ' : ' at '}
            {next.at <= clock.now ? (
              'now'
            ) : (
              <b>
                <Time at={next.at} clock={clock} withZone />
              </b>
            )}
          </>
        )}
        .
      </p>
    </>
  );
}

function markOf(what: AttentionLine['what']): { name: StateName; word?: string } {
  if (what === 'broken') return { name: 'Failed', word: 'Flow file is broken' };
  if (what === 'clock') return { name: 'Failed', word: 'Clock was set' };
  if (what === 'off') return { name: 'Failed', word: 'Schedule is off' };
  return what === 'paused' ? { name: 'Failed', word: 'Paused after failures' } : { name: what };
}

function Attention({ line, clock }: { line: AttentionLine; clock: Clock }) {
  return (
    <article class="box">
      <p class="flex">
        <b>{line.flow}</b>
        <StateMark {...markOf(line.what)} />
        {line.task === null ? null : <span class="sub">in task {line.task}</span>}
        <span class="sub end">
          {line.at === null ? null : <Time at={line.at} clock={clock} ago />}
          {line.run === null ? null : (
            <>
              {', '}
              <a href={`/runs/${line.run}`}>run {line.run}</a>
            </>
          )}
        </span>
      </p>
      {line.line === null ? null : <pre>{line.line}</pre>}
    </article>
  );
}

function Running({ data, clock }: { data: OverviewData; clock: Clock }) {
  const { running, runningCount } = data;
  return (
    <>
      <h2>
        Running now
        {runningCount > running.length ? (
          <small>
            {running.length} of {runningCount}
          </small>
        ) : null}
      </h2>
      <table>
        <tbody>
          {running.map((run) => (
            <tr>
              <th scope="row">
                <StateMark name={run.state.name} word={run.flow} />
              </th>
              <td>
                <a href={`/runs/${run.id}`}>run {run.id}</a>
              </td>
              <td class="w">{run.tasks.map((task) => task.name).join(', ')}</td>
              <td class="w">
                <ProgressBar run={run} />
              </td>
              <td class="n">
                {run.startAt === null ? '' : took(runTime(run, clock.now))}
                {run.typicalMs === null ? null : <span class="sub">typically {took(run.typicalMs)}</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function ProgressBar({ run }: { run: RunningLine }) {
  const progress = run.tasks.find((task) => task.progress !== null)?.progress;
  if (progress === undefined || progress === null) return null;
  const { done, total, label } = progress;
  const words = `${done}${total === null ? '' : ` of ${total}`}${label === null ? '' : ` ${label}`}`;
  return (
    <span class="sub nw">
      {total === null || total <= 0 ? null : <progress value={done} max={total} aria-label={words} />} {words}
    </span>
  );
}

function Flows({ flows, more, clock }: { flows: readonly FlowLine[]; more: readonly string[]; clock: Clock }) {
  return (
    <>
      <h2>
        Flows<small>{flows.length + more.length}</small>
      </h2>
      <table>
        <thead>
          <tr>
            <th>Flow</th>
            <th>Last run</th>
            <th class="n w">Typically</th>
            <th class="w">Next</th>
            <th class="n">History</th>
          </tr>
        </thead>
        <tbody>
          {flows.map((line) => (
            <FlowRow line={line} clock={clock} />
          ))}
        </tbody>
      </table>
      {more.length === 0 ? null : (
        <details id="more-flows">
          <summary>{more.length} more</summary>
          <p class="flex">
            {more.map((flow) => (
              <a href={runsOf(flow)}>{flow}</a>
            ))}
          </p>
        </details>
      )}
    </>
  );
}

function FlowRow({ line, clock }: { line: FlowLine; clock: Clock }) {
  const { flow, last, bars, typicalMs, nextAt, isPaused } = line;
  return (
    <tr>
      <th scope="row">
        <a href={runsOf(flow)}>{flow}</a>
      </th>
      <td>
        {last === null ? (
          <span class="dim">never ran</span>
        ) : (
          <>
            <a href={`/runs/${last.id}`}>
              <StateMark name={last.name} />
            </a>
            {last.at === null ? null : (
              <span class="sub">
                <Time at={last.at} clock={clock} ago />
              </span>
            )}
          </>
        )}
      </td>
      <td class="n w">{typicalMs === null ? '' : took(typicalMs)}</td>
      <td class="w nw">
        {isPaused ? (
          <StateMark name="Paused" />
        ) : nextAt === null ? (
          <span class="dim">by hand</span>
        ) : (
          <Time at={nextAt} clock={clock} />
        )}
      </td>
      <td>{bars.length === 0 ? null : <HistoryBars bars={bars} />}</td>
    </tr>
  );
}

function Welcome({ hasFlows }: { hasFlows: boolean }) {
  return (
    <>
      <h2>{hasFlows ? 'Latest runs' : 'Begin'}</h2>
      <p>
        No runs yet: <code>weir run flow.ts</code>
      </p>
      {hasFlows ? null : (
        <p class="dim">
          No flow at hand? <code>weir init</code> writes one to try.
        </p>
      )}
    </>
  );
}

export function runsOf(flow: string): string {
  return `/runs?flow=${encodeURIComponent(flow)}`;
}

/** What the tab says, and the first line. */
export function overviewTitle(attention: number): string {
  return attention === 0 ? 'Weir' : `${attention} ${attention === 1 ? 'needs' : 'need'} attention`;
}
