/** How a flow's last run went, in a cell of a table of flows. */
import type { StateName } from '../model/state.ts';
import { runPage } from './address.ts';
import { StateMark } from './state-mark.tsx';
import { type Clock, Time } from './time.tsx';

export interface LastRunView {
  readonly id: number;
  readonly name: StateName;
  readonly at: number | null;
}

export function LastRun({ last, clock }: { last: LastRunView | null; clock: Clock }) {
  if (last === null) return <span class="dim">never ran</span>;
  return (
    <>
      <a href={runPage(last.id)}>
        <StateMark name={last.name} />
      </a>
      {last.at === null ? null : (
        <span class="sub">
          <Time at={last.at} clock={clock} ago />
        </span>
      )}
    </>
  );
}
