/** Lines of a log: numbers that are links but are not copied, and text without terminal codes. */
import { type Clock, secondsTime } from '../time.tsx';

export interface LogLine {
  readonly number: number;
  readonly at: number;
  /** Whose line it is; null for the flow itself. */
  readonly task: string | null;
  readonly isError: boolean;
  /** Without codes for terminals. */
  readonly text: string;
}

export interface LogData {
  readonly runId: number;
  readonly flow: string;
  readonly lines: readonly LogLine[];
  readonly isRunning: boolean;
}

/** One line should not make a page too large; the whole of it is in `weir logs`. */
const LONGEST_LINE = 2000;

export function LogPage({ data, clock }: { data: LogData; clock: Clock }) {
  const { runId, flow, lines } = data;
  const [first] = lines;
  return (
    <>
      <h1>Log of run {runId}</h1>
      <p class="lead">
        <a href={`/runs/${runId}`}>
          {flow}, run {runId}
        </a>
      </p>
      <section id="log">
        {lines.length === 0 ? <p>{data.isRunning ? 'Nothing was printed so far.' : 'Nothing was printed.'}</p> : null}
        {first === undefined ? null : (
          <>
            <p class="pages">
              {first.number > 1 ? <a href={`/runs/${runId}/logs?before=${first.number}`}>Earlier lines</a> : null}
              <span class="dim">
                lines {first.number} to {lines.at(-1)?.number}
              </span>
            </p>
            <div class="log all">
              <LogLines lines={lines} clock={clock} longest={LONGEST_LINE} />
            </div>
          </>
        )}
      </section>
    </>
  );
}

export function LogLines({ lines, clock, longest }: { lines: readonly LogLine[]; clock: Clock; longest: number }) {
  return (
    <>
      {lines.map((line, index) => {
        const time = secondsTime(line.at, clock.zone);
        const before = lines[index - 1];
        // Said once for neighbours: less to read, and less to send.
        const isNew = before === undefined || before.task !== line.task;
        return (
          <p id={`L${line.number}`} {...(line.isError ? { class: 'e' } : {})}>
            <a href={`#L${line.number}`} title={time}>
              {line.number}
            </a>
            {line.task !== null && isNew ? <i>{line.task} </i> : null}
            {shorten(line.text, longest)}
          </p>
        );
      })}
    </>
  );
}

export function shorten(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest)}... (${text.length - longest} more characters)` : text;
}
