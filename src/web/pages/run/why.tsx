/** Why a run failed: the task that raised the run's error, its reason in words, what it printed last, and where else. */
import { formatBytes } from '../../../model/bytes.ts';
import { logLine, logPage, runPage } from '../../address.ts';

export interface FailureView {
  readonly task: string | null;
  readonly sentence: string;
  readonly hint: string | null;
  readonly lastLines: readonly string[];
  /** Where the error was thrown, when it printed nothing. */
  readonly stack: string | null;
  /** Of a task that was killed, as far as it was sampled; bytes. */
  readonly peakMemory: number | null;
  /** The run (a subflow's maybe), the task in it, and the last line that it printed. */
  readonly log: { readonly runId: number; readonly taskId: number; readonly line: number | null } | null;
  /** Earlier runs of the flow that failed of the same. */
  readonly similar: readonly number[];
  /** It has ended by it; else it waits for another try. */
  readonly isOver: boolean;
}

export function Failure({ failure }: { failure: FailureView }) {
  const { task, sentence, hint, lastLines, stack, peakMemory, log, similar, isOver } = failure;
  return (
    <>
      <h2>{isOver ? 'Why it failed' : 'Why the last attempt failed'}</h2>
      <div class={isOver ? 'box' : 'box warn'} role="alert">
        <p>
          {task === null ? null : <b>{task}: </b>}
          {sentence}
          {peakMemory === null ? '' : `; its memory peaked at ${formatBytes(peakMemory)}`}
        </p>
        {hint === null ? null : <p class="dim">{hint}</p>}
        {lastLines.length === 0 ? null : <pre>{lastLines.join('\n')}</pre>}
        {stack === null ? null : (
          <details id="stack">
            <summary class="sub">Where it was thrown</summary>
            <pre>{stack}</pre>
          </details>
        )}
        {log === null && similar.length === 0 ? null : (
          <p class="sub">
            {log === null ? null : (
              <a href={log.line === null ? logPage(log.runId, log.taskId) : logLine(log.runId, log.line, log.taskId)}>
                {log.line === null ? 'Its log' : `Line ${log.line} of the log`}
              </a>
            )}
            {similar.length === 0 ? null : <Similar runs={similar} isFirst={log === null} />}
          </p>
        )}
      </div>
    </>
  );
}

/** "The same error in 1031 and 1019". */
function Similar({ runs, isFirst }: { runs: readonly number[]; isFirst: boolean }) {
  return (
    <>
      {isFirst ? '' : '. '}The same error in{' '}
      {runs.map((id, index) => (
        <>
          {index === 0 ? '' : index === runs.length - 1 ? ' and ' : ', '}
          <a href={runPage(id)}>run {id}</a>
        </>
      ))}
    </>
  );
}
