/** What happened to a run and its tasks, one line for each change of a state, in the order of time. Nothing is ever taken out. */
import type { StateName } from '../../../model/state.ts';
import { lookOf } from '../../state-mark.tsx';
import { type Clock, clockTime, secondsTime } from '../../time.tsx';

export interface EventsView {
  readonly events: readonly EventLine[];
  /** May be more than are shown: the latest are. */
  readonly count: number;
}

export interface EventLine {
  readonly at: number;
  /** null: the run itself. */
  readonly task: string | null;
  readonly state: StateName;
  readonly message: string | null;
}

export function Events({ view, clock }: { view: EventsView; clock: Clock }) {
  const { events, count } = view;
  return (
    <details id="state-list">
      <summary class="sub">
        All states of this run{count > events.length ? `: the last ${events.length} of ${count}` : ''}
      </summary>
      <table>
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Of</th>
            <th scope="col">State</th>
            <th scope="col">Message</th>
          </tr>
        </thead>
        <tbody>
          {events.map(({ at, task, state, message }) => (
            <tr>
              <td class="nw">
                <time datetime={new Date(at).toISOString()} title={clockTime(at, clock)}>
                  {secondsTime(at, clock.zone)}
                </time>
              </td>
              <td>{task ?? 'the run'}</td>
              <td>{lookOf(state).word}</td>
              <td>{message ?? ''}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
