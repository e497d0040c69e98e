/** The queue: who has a place now, who waits and for what, and the limits with what they hold and who stands in line. */

import type { LimitView } from '../../../model/limit-view.ts';
import { flowPage, runPage } from '../../address.ts';
import { Sparkline } from '../../charts/sparkline.tsx';
import { type RunLine, runTime } from '../../run-table.tsx';
import { StateMark } from '../../state-mark.tsx';
import { type Clock, Time, took } from '../../time.tsx';
import { Limits } from './limits.tsx';

export interface QueuesData {
  /** Runs at once on this server. */
  readonly places: number;
  readonly placesTaken: number;
  readonly running: readonly PlaceLine[];
  readonly runningCount: number;
  readonly waiting: readonly WaitingLine[];
  readonly waitingCount: number;
  readonly limits: readonly LimitView[];
  /** May be more than `limits`. */
  readonly limitCount: number;
  /** How long the latest runs waited for their start, in ms, oldest first. */
  readonly waits: readonly number[];
}

export interface PlaceLine {
  readonly run: RunLine;
  /** "this server", "weir run (pid 812)". */
  readonly who: string;
  readonly typicalMs: number | null;
}

export interface WaitingLine {
  readonly run: RunLine;
  readonly dueAt: number | null;
  /** Why it has not begun, in a sentence or two. */
  readonly why: string;
  readonly startsAbout: number | null;
}

export function QueuesPage({ data, clock }: { data: QueuesData; clock: Clock }) {
  return (
    <>
      <section id="head">
        <Head data={data} />
      </section>
      <section id="waiting">
        <Waiting data={data} clock={clock} />
      </section>
      <section id="running" hidden={data.running.length === 0}>
        {data.running.length === 0 ? null : <Running data={data} clock={clock} />}
      </section>
      <section id="limits">
        <Limits data={data} clock={clock} />
      </section>
    </>
  );
}

function Head({ data }: { data: QueuesData }) {
  const { places, placesTaken, waitingCount, waits } = data;
  const sorted = waits.toSorted((a, b) => a - b);
  const at = (part: number) => took(sorted[Math.floor((sorted.length - 1) * part)] ?? 0);
  return (
    <>
      <h1>Queue</h1>
      <p class="lead">
        <b>
          {placesTaken} of {places}
        </b>{' '}
        places in use, <b>{waitingCount === 0 ? 'nothing' : waitingCount}</b> {waitingCount === 1 ? 'waits' : 'waiting'}
        .
      </p>
      {waits.length < 2 ? null : (
        <p class="sub flex">
          <span>
            Of the last {waits.length} runs half waited at most {at(0.5)} for their start, nine of ten at most {at(0.9)}
            .
          </span>
          <Sparkline values={waits} label={`wait of the last ${waits.length} runs, at most ${at(1)}`} />
        </p>
      )}
    </>
  );
}

function Waiting({ data, clock }: { data: QueuesData; clock: Clock }) {
  const { waiting, waitingCount } = data;
  return (
    <>
      <h2>
        Waiting
        {waitingCount > waiting.length ? (
          <small>
            the first {waiting.length} of {waitingCount}
          </small>
        ) : null}
      </h2>
      {waiting.length === 0 ? (
        <p class="dim">Every run that is due has begun.</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th class="n">Run</th>
              <th>Flow</th>
              <th class="w">State</th>
              <th>What it waits for</th>
              <th class="w">Due</th>
              <th class="n w">Starts</th>
            </tr>
          </thead>
          <tbody>
            {waiting.map(({ run, dueAt, why, startsAbout }) => (
              <tr>
                <RunCells run={run} isStateWide />
                <td>{why}</td>
                <td class="w nw">{dueAt === null ? '' : <Time at={dueAt} clock={clock} />}</td>
                <td class="n w nw">
                  {startsAbout === null ? (
                    <span class="dim">not known</span>
                  ) : startsAbout <= clock.now ? (
                    'any moment'
                  ) : (
                    <>
                      about <Time at={startsAbout} clock={clock} />
                    </>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

function Running({ data, clock }: { data: QueuesData; clock: Clock }) {
  const { running, runningCount } = data;
  return (
    <>
      <h2>
        Running
        {runningCount > running.length ? (
          <small>
            {running.length} of {runningCount}
          </small>
        ) : null}
      </h2>
      <table>
        <thead>
          <tr>
            <th class="n">Run</th>
            <th>Flow</th>
            <th>State</th>
            <th class="w">Where</th>
            <th class="n">For</th>
          </tr>
        </thead>
        <tbody>
          {running.map(({ run, who, typicalMs }) => (
            <tr>
              <RunCells run={run} />
              <td class="w dim">{who}</td>
              <td class="n">
                {run.startAt === null ? '' : took(runTime(run, clock.now))}
                {typicalMs === null ? null : <span class="sub">typically {took(typicalMs)}</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

/** What both tables begin with: the run, its flow, its state. `isStateWide`: a small screen has no room for the state. */
function RunCells({ run, isStateWide = false }: { run: RunLine; isStateWide?: boolean }) {
  return (
    <>
      <td class="n">
        <a href={runPage(run.id)}>{run.id}</a>
      </td>
      <th scope="row">
        <a href={flowPage(run.flow)}>{run.flow}</a>
      </th>
      <td {...(isStateWide ? { class: 'w' } : {})}>
        <StateMark name={run.state.name} />
      </td>
    </>
  );
}
