/** Why a run failed: the task that raised the run's error, its reason in words, and what it printed last. */

export interface FailureView {
  readonly task: string | null;
  readonly sentence: string;
  readonly hint: string | null;
  readonly lastLines: readonly string[];
  /** Where the error was thrown, when it printed nothing. */
  readonly stack: string | null;
}

export function Failure({ failure, isOver }: { failure: FailureView; isOver: boolean }) {
  const { task, sentence, hint, lastLines, stack } = failure;
  return (
    <>
      <h2>{isOver ? 'Why it failed' : 'Why the last attempt failed'}</h2>
      <div class={isOver ? 'box' : 'box warn'}>
        <p>
          {task === null ? null : <b>{task}: </b>}
          {sentence}
        </p>
        {hint === null ? null : <p class="dim">{hint}</p>}
        {lastLines.length === 0 ? null : <pre>{lastLines.join('\n')}</pre>}
        {stack === null ? null : (
          <details id="stack">
            <summary class="sub">Where it was thrown</summary>
            <pre>{stack}</pre>
          </details>
        )}
      </div>
    </>
  );
}
