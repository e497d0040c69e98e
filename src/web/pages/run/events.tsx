/** Every state that a run has been in, in order. */
import { StateMark } from '../../state-mark.tsx';
import { type Clock, Time } from '../../time.tsx';
import type { RunData } from './run.tsx';

export function States({ data, clock }: { data: RunData; clock: Clock }) {
  return (
    <details id="state-list">
      <summary class="sub">All states of this run</summary>
      <table>
        <tbody>
          {data.states.map((state) => (
            <tr>
              <td class="nw">
                <Time at={state.at} clock={clock} />
              </td>
              <td>
                <StateMark name={state.name} />
              </td>
              <td>{state.message ?? ''}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
