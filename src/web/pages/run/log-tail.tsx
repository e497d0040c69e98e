/** The end of a run's log. */
import { logPage } from '../../address.ts';
import type { Clock } from '../../time.tsx';
import { type LogLine, LogLines } from '../log.tsx';

const LONGEST_TAIL_LINE = 200;

interface TailView {
  readonly runId: number;
  readonly lines: readonly LogLine[];
  readonly isOver: boolean;
  readonly clock: Clock;
}

export function Tail({ runId, lines, isOver, clock }: TailView) {
  const [first] = lines;
  if (first === undefined)
    return (
      <>
        <h2>Log</h2>
        <p class="dim">{isOver ? 'Nothing was printed.' : 'Nothing was printed so far.'}</p>
      </>
    );
  return (
    <>
      <h2>
        Log
        <small>
          {first.number > 1 ? `last ${lines.length} lines, ` : ''}
          <a href={logPage(runId)}>open the log</a>
        </small>
      </h2>
      <div class="log tail">
        <div>
          <LogLines lines={lines} clock={clock} longest={LONGEST_TAIL_LINE} />
        </div>
      </div>
    </>
  );
}
