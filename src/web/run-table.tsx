/** Runs as rows, newest first: the overview's latest ones and the list of all. */
import { isFinal, type RunStanding } from '../model/state.ts';
import { flowPage } from './address.ts';
import { StateMark } from './state-mark.tsx';
import { type Clock, Time, took } from './time.tsx';

export interface RunLine extends RunStanding {
  readonly id: number;
  readonly flow: string;
  readonly trigger: string;
  readonly createdAt: number;
}

/** How a run came about: in a column, and in a sentence. */
export const TRIGGERS: Readonly<Record<string, { readonly word: string; readonly phrase: string }>> = {
  cli: { word: 'command line', phrase: 'from the command line' },
  api: { word: 'API', phrase: 'over the API' },
  page: { word: 'page', phrase: 'from the page' },
  schedule: { word: 'schedule', phrase: 'by its schedule' },
  catchup: { word: 'caught up', phrase: 'to catch up' },
  backfill: { word: 'backfill', phrase: 'to fill in' },
  subflow: { word: 'subflow', phrase: 'as a part' },
};

export function RunTable({ runs, clock }: { runs: readonly RunLine[]; clock: Clock }) {
  return (
    <table>
      <thead>
        <tr>
          <th class="n">Run</th>
          <th>Flow</th>
          <th>State</th>
          <th class="w">Trigger</th>
          <th class="w">Started</th>
          <th class="n">Took</th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <tr>
            <td class="n">
              <a href={`/runs/${run.id}`}>{run.id}</a>
            </td>
            <th scope="row">
              <a href={flowPage(run.flow)}>{run.flow}</a>
            </th>
            <td>
              <StateMark name={run.state.name} />
              <Attempt count={run.attempt} />
            </td>
            <td class="w nw dim">{TRIGGERS[run.trigger]?.word ?? run.trigger}</td>
            <td class="w nw">
              {run.startAt === null ? <span class="dim">not yet</span> : <Time at={run.startAt} clock={clock} />}
            </td>
            <td class="n">{run.startAt === null ? '' : took(runTime(run, clock.now))}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Only time in RUNNING, with what goes on at this moment; running ones in whole seconds. */
export function runTime(run: Pick<RunStanding, 'runTimeMs' | 'state'>, now: number): number {
  if (run.state.type !== 'RUNNING' || isFinal(run.state.type)) return run.runTimeMs;
  return Math.floor((run.runTimeMs + Math.max(0, now - run.state.at)) / 1000) * 1000;
}

/** Only where there was more than one. */
export function Attempt({ count }: { count: number }) {
  return count > 1 ? <span class="sub nw">attempt {count}</span> : null;
}
