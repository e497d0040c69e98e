/** The head of a run's page: its state in words, what, when, how long and by whom, and the ways to the runs beside it. */
import { type Action, Actions } from '../../action.tsx';
import { comparePage, flowPage, limitsPage, reportPage, runPage } from '../../address.ts';
import { runTime, TRIGGERS } from '../../run-table.tsx';
import { Glyph, lookOf } from '../../state-mark.tsx';
import { type Clock, clockTime, Time, took } from '../../time.tsx';
import type { RunData } from './run.tsx';

export interface HeadView {
  /** The flow's runs before and after this one. */
  readonly before: number | null;
  readonly after: number | null;
  /** What it may be compared with, newest first. */
  readonly others: readonly { readonly id: number; readonly word: string; readonly startAt: number | null }[];
  readonly deployment: { readonly name: string; readonly version: number | null } | null;
  /** How many attempts its rules allow; null when it has none to repeat. */
  readonly attempts: number | null;
  /** When the latest attempt began. */
  readonly attemptAt: number | null;
  readonly actions: readonly Action[];
}

export function Head({ data, clock }: { data: RunData; clock: Clock }) {
  const { run } = data;
  const message = run.state.message;
  return (
    <>
      <h1>
        <Glyph name={run.state.name} />
        <span>
          <a href={flowPage(run.flow)}>{run.flow}</a>, run {run.id}: {lookOf(run.state.name).word.toLowerCase()}
        </span>
      </h1>
      {message === null || message === run.error?.message ? null : <p>{message}</p>}
      {run.state.type === 'SCHEDULED' ? (
        <p>
          <a href={limitsPage()}>What is before it in the queue</a>
        </p>
      ) : null}
      <Facts data={data} clock={clock} />
    </>
  );
}

function Facts({ data, clock }: { data: RunData; clock: Clock }) {
  const { run, typicalMs, head } = data;
  const { deployment, attempts, attemptAt } = head;
  const trigger = TRIGGERS[run.trigger]?.phrase ?? run.trigger;
  return (
    <p class="lead">
      {run.startAt === null ? (
        <>
          Created <Time at={run.createdAt} clock={clock} withZone />, not started yet
        </>
      ) : (
        <>
          Started <Time at={run.startAt} clock={clock} withZone />,{' '}
          {run.state.type === 'RUNNING' ? 'running for' : 'took'} <b class="nw">{took(runTime(run, clock.now))}</b>
          {run.attempt > 1 ? ' in all' : ''}
          {typicalMs === null ? '' : againstTypical(run, typicalMs)}
        </>
      )}
      {run.attempt > 1 || (attempts !== null && run.attempt > 0)
        ? `, attempt ${run.attempt}${attempts !== null && run.attempt <= attempts ? ` of ${attempts}` : ''}`
        : ''}
      {run.attempt < 2 || attemptAt === null ? null : (
        <>
          {' '}
          at <Time at={attemptAt} clock={clock} withZone />
        </>
      )}
      , {trigger}
      {run.slotAt === null ? null : (
        <>
          {' '}
          for <Time at={run.slotAt} clock={clock} withZone />
        </>
      )}
      {run.parentRunId === null ? null : (
        <>
          {' '}
          of <a href={runPage(run.parentRunId)}>run {run.parentRunId}</a>
        </>
      )}
      {deployment === null
        ? ''
        : `, deployed as ${deployment.name}${deployment.version === null ? '' : ` version ${deployment.version}`}`}
      {run.version === null ? '' : `, flow version ${run.version}`}
      {run.tags.length === 0 ? '' : `, tagged ${run.tags.join(', ')}`}.
    </p>
  );
}

/** " (+9 %, usually 12m 50s)"; while it goes on only what is usual. */
function againstTypical(run: RunData['run'], typicalMs: number): string {
  const change = Math.round((run.runTimeMs / Math.max(1, typicalMs) - 1) * 100);
  if (run.state.type !== 'COMPLETED') return ` (usually ${took(typicalMs)})`;
  const sign = change > 0 ? '+' : '-';
  return change === 0 ? ' (as usual)' : ` (${sign}${Math.abs(change)} %, usually ${took(typicalMs)})`;
}

/** What can be done, the runs beside this one, what to compare it with, and the page as a file. */
export function Ways({ data, clock }: { data: RunData; clock: Clock }) {
  return (
    <div class="flex ways">
      <Actions actions={data.head.actions} />
      <Others data={data} clock={clock} />
    </div>
  );
}

function Others({ data, clock }: { data: RunData; clock: Clock }) {
  const { run, head } = data;
  const { before, after, others } = head;
  return (
    <nav class="flex end" aria-label="Other runs">
      {before === null ? null : (
        <a rel="prev" href={runPage(before)}>
          ← run {before}
        </a>
      )}
      {after === null ? null : (
        <a rel="next" href={runPage(after)}>
          run {after} →
        </a>
      )}
      {others.length === 0 ? null : (
        <form action={comparePage()}>
          <input type="hidden" name="b" value={String(run.id)} />
          <select name="a" aria-label="Compare with">
            {others.map((other) => (
              <option value={String(other.id)} {...(other.id === before ? { selected: true } : {})}>
                run {other.id}, {other.word.toLowerCase()}
                {other.startAt === null ? '' : `, ${clockTime(other.startAt, clock)}`}
              </option>
            ))}
          </select>{' '}
          <button type="submit">Compare</button>
        </form>
      )}
      <a href={reportPage(run.id)} download>
        Export report
      </a>
    </nav>
  );
}
