/** The end of a run's log. */
import { logPage } from '../../address.ts';
import type { Clock } from '../../time.tsx';
import { type LogLine, LogLines } from '../log.tsx';

const LONGEST_TAIL_LINE = 200;

interface TailView {
  readonly runId: number;
  readonly lines: readonly LogLine[];
  readonly isOver: boolean;
  /** Its subflows may have printed something that is not shown here. */
  readonly hasMore: boolean;
  readonly clock: Clock;
}

export function Tail({ runId, lines, isOver, hasMore, clock }: TailView) {
  const [first] = lines;
  if (first === undefined)
    return (
      <>
        <h2>Log</h2>
        <p class="dim">
          {hasMore ? (
            <>
              It printed nothing itself; <a href={logPage(runId)}>the log</a> has what its subflows printed.
            </>
          ) : isOver ? (
            'Nothing was printed.'
          ) : (
            'Nothing was printed so far.'
          )}
        </p>
      </>
    );
  // Of subflows each has its own numbers.
  const isPart = hasMore || first.number > 1 || first.runId !== undefined;
  return (
    <>
      <h2>
        Log
        <small>
          {isPart ? `last ${lines.length} lines, ` : ''}
          <a href={logPage(runId)} data-key="l">
            open the log
          </a>
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
