/** The end of a run's log. */
import { isFinal } from '../../../model/state.ts';
import { logPage } from '../../address.ts';
import type { Clock } from '../../time.tsx';
import { LogLines } from '../log.tsx';
import type { RunData } from './run.tsx';

const LONGEST_TAIL_LINE = 200;

export function Tail({ data, clock }: { data: RunData; clock: Clock }) {
  const { log, run } = data;
  const [first] = log;
  if (first === undefined)
    return (
      <>
        <h2>Log</h2>
        <p class="dim">{isFinal(run.state.type) ? 'Nothing was printed.' : 'Nothing was printed so far.'}</p>
      </>
    );
  return (
    <>
      <h2>
        Log
        <small>
          {first.number > 1 ? `last ${log.length} lines, ` : ''}
          <a href={logPage(run.id)}>open the log</a>
        </small>
      </h2>
      <div class="log tail">
        <div>
          <LogLines lines={log} clock={clock} longest={LONGEST_TAIL_LINE} />
        </div>
      </div>
    </>
  );
}
