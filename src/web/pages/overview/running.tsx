/** What runs now: at which tasks, how far it is by what it says or by how long it usually takes, and a way to stop it. */
import { type Action, PostButton } from '../../action.tsx';
import { flowPage, runPage, runsWhere } from '../../address.ts';
import { type RunLine, runTime } from '../../run-table.tsx';
import { Glyph, StateMark } from '../../state-mark.tsx';
import { type Clock, Time, took } from '../../time.tsx';

export interface RunningLine extends RunLine {
  readonly tasks: readonly {
    readonly name: string;
    readonly progress: Progress | null;
    /** It failed, and waits until then. */
    readonly retryAt: number | null;
  }[];
  readonly typicalMs: number | null;
  /** Null where it is being cancelled already. */
  readonly cancel: Action | null;
}

export interface Progress {
  readonly done: number;
  readonly total: number | null;
  readonly label: string | null;
}

export function Running({ lines, count, clock }: { lines: readonly RunningLine[]; count: number; clock: Clock }) {
  return (
    <>
      <h2>
        Running now
        {count > lines.length ? (
          <small>
            {lines.length} of <a href={runsWhere('state:running')}>{count}</a>
          </small>
        ) : null}
      </h2>
      <table class="now">
        <thead>
          <tr>
            <th scope="col">Flow</th>
            <th class="w" scope="col">
              At
            </th>
            <th scope="col">How far</th>
            <th scope="col">
              <span class="unseen">Stop</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {lines.map((run) => (
            <Line run={run} clock={clock} />
          ))}
        </tbody>
      </table>
    </>
  );
}

function Line({ run, clock }: { run: RunningLine; clock: Clock }) {
  const elapsed = runTime(run, clock.now);
  return (
    <tr>
      <th scope="row">
        <a href={flowPage(run.flow)}>
          <Glyph name={run.state.name} />
          {run.flow}
        </a>
        <span class="sub">
          <a href={runPage(run.id)}>run {run.id}</a>
          {run.startAt === null ? '' : `, for ${took(elapsed)}`}
        </span>
      </th>
      <td class="w">{run.tasks.map((task) => task.name).join(', ')}</td>
      <td>
        <HowFar run={run} elapsed={elapsed} clock={clock} />
      </td>
      <td class="n">
        {run.cancel?.kind === 'post' ? <PostButton action={run.cancel} about={`run ${run.id}`} /> : null}
      </td>
    </tr>
  );
}

/** What it waits for, where nothing of it runs; what a task says of itself; else how long the flow usually takes. */
function HowFar({ run, elapsed, clock }: { run: RunningLine; elapsed: number; clock: Clock }) {
  const waiting = run.tasks.every(({ retryAt }) => retryAt !== null) ? run.tasks[0] : undefined;
  const progress = run.tasks.find((task) => task.progress !== null)?.progress;
  const words = leftWords(elapsed, run.typicalMs);
  if (waiting?.retryAt != null)
    return (
      <>
        <StateMark name="AwaitingRetry" word={`${waiting.name} failed`} />
        <span class="sub">
          again at <Time at={waiting.retryAt} clock={clock} withZone />
        </span>
      </>
    );
  if (progress !== undefined && progress !== null) {
    const { done, total, label } = progress;
    const said = `${done}${total === null ? '' : ` of ${total}`}${label === null ? '' : ` ${label}`}`;
    return (
      <>
        {total === null || total <= 0 ? null : <progress value={done} max={total} aria-label={said} />} {said}
        {words === null ? null : <span class="sub">{words}</span>}
      </>
    );
  }
  if (words === null || run.typicalMs === null) return null;
  return (
    <>
      <progress value={Math.min(elapsed, run.typicalMs)} max={Math.max(1, run.typicalMs)} aria-label={words} />
      <span class="sub">{words}</span>
    </>
  );
}

/** "about 4m left, typically 14m"; null where nothing is known. */
export function leftWords(elapsed: number, typicalMs: number | null): string | null {
  if (typicalMs === null) return null;
  const left = typicalMs - elapsed;
  const typically = `typically ${took(typicalMs)}`;
  return left > 0 ? `about ${took(roughly(left))} left, ${typically}` : `longer than usual, ${typically}`;
}

/** In steps of about a tenth, so that the words do not change with every look. */
function roughly(ms: number): number {
  const step = ms < 10_000 ? 1000 : ms < 60_000 ? 5000 : ms < 3_600_000 ? 60_000 : 300_000;
  return Math.max(step, Math.round(ms / step) * step);
}
