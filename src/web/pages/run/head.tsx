/** The head of a run's page: its state in words, and one line of what, when, how long and by whom. */
import { runPage } from '../../address.ts';
import { runTime, TRIGGERS } from '../../run-table.tsx';
import { Glyph, lookOf } from '../../state-mark.tsx';
import { type Clock, Time, took } from '../../time.tsx';
import type { RunData } from './run.tsx';

export function Head({ data, clock }: { data: RunData; clock: Clock }) {
  const { run, typicalMs } = data;
  const message = run.state.message;
  return (
    <>
      <h1>
        <Glyph name={run.state.name} />
        <span>
          {run.flow}, run {run.id}: {lookOf(run.state.name).word.toLowerCase()}
        </span>
      </h1>
      {message === null || message === run.error?.message ? null : <p>{message}</p>}
      <p class="lead">
        {run.startAt === null ? (
          <>
            Created <Time at={run.createdAt} clock={clock} withZone />, not started yet
          </>
        ) : (
          <>
            Started <Time at={run.startAt} clock={clock} withZone />,{' '}
            {run.state.type === 'RUNNING' ? 'running for' : 'took'} <b>{took(runTime(run, clock.now))}</b>
            {typicalMs === null ? '' : ` (typically ${took(typicalMs)})`}
          </>
        )}
        {run.attempt > 1 ? `, attempt ${run.attempt}` : ''}, {TRIGGERS[run.trigger]?.phrase ?? run.trigger}
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
        {run.tags.length === 0 ? '' : `, tagged ${run.tags.join(', ')}`}.
      </p>
    </>
  );
}
