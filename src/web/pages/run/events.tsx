/** What happened to a run and its tasks, one line for each change of a state, in the order of time. Nothing is ever taken out. */
import { type Clock, clockTime, secondsTime } from '../../time.tsx';

export interface EventsView {
  readonly events: readonly EventLine[];
  /** May be more than are shown: the latest are. */
  readonly count: number;
}

export interface EventLine {
  readonly at: number;
  /** A task; null: the run itself. */
  readonly of: string | null;
  /** The state that it went into, or what else happened. */
  readonly words: string;
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
            <th scope="col">Time, {clock.zone}</th>
            <th scope="col">Of</th>
            <th scope="col">State</th>
            <th scope="col">Message</th>
          </tr>
        </thead>
        <tbody>
          {events.map(({ at, of, words, message }) => (
            <tr>
              <td class="nw">
                <time datetime={new Date(at).toISOString()}>
                  {clockTime(at, clock).replace(/\d\d:\d\d$/, secondsTime(at, clock.zone))}
                </time>
              </td>
              <td>{of ?? 'the run'}</td>
              <td>{words}</td>
              <td>{message ?? ''}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
