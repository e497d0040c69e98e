/** A run: its state in words, why it failed, its tasks over time, what went in and what came out, the end of its log. */
import type { PlainError } from '../../model/plain-error.ts';
import type { PlainJson } from '../../model/plain-json.ts';
import { isFinal, type State, type Timing } from '../../model/state.ts';
import { Gantt, type Span } from '../charts/gantt.tsx';
import { Attempt, type RunLine, runTime, TRIGGERS } from '../run-table.tsx';
import { Glyph, lookOf, StateMark } from '../state-mark.tsx';
import { type Clock, Time, took } from '../time.tsx';
import { Artifact, type ArtifactView } from './artifact.tsx';
import { type LogLine, LogLines, shorten } from './log.tsx';

export interface RunData {
  readonly run: RunLine & {
    readonly name: string;
    readonly error: PlainError | null;
    readonly metrics: Readonly<Record<string, number>>;
    readonly tags: readonly string[];
    readonly slotAt: number | null;
    readonly parentRunId: number | null;
  };
  readonly failure: FailureView | null;
  readonly tasks: readonly TaskLine[];
  /** May be more than `tasks`. */
  readonly taskCount: number;
  /** The latest attempt, which the bars of the tasks share. */
  readonly span: Span | null;
  readonly typicalMs: number | null;
  readonly params: PlainJson;
  /** As text; null when there is none, or it is too large. */
  readonly result: string | null;
  readonly resultSize: number | null;
  readonly artifacts: readonly ArtifactView[];
  readonly log: readonly LogLine[];
  readonly states: readonly (State & { readonly attempt: number })[];
}

export interface TaskLine extends Timing {
  readonly id: number;
  readonly title: string;
  readonly state: State;
  readonly states: readonly State[];
  /** Why it was reused, or ran again. */
  readonly why: string | null;
  readonly cachedFromRun: number | null;
  /** The run of the subflow that it stands for. */
  readonly childRunId: number | null;
  readonly isReused: boolean;
  readonly progress: { readonly done: number; readonly total: number | null; readonly label: string | null } | null;
}

export interface FailureView {
  readonly task: string | null;
  readonly sentence: string;
  readonly hint: string | null;
  readonly lastLines: readonly string[];
  /** Where the error was thrown, when it printed nothing. */
  readonly stack: string | null;
}

const LONGEST_TAIL_LINE = 200;

export function RunPage({ data, clock }: { data: RunData; clock: Clock }) {
  const { run, failure } = data;
  return (
    <>
      <section id="head">
        <Head data={data} clock={clock} />
      </section>
      <section id="why" hidden={failure === null}>
        {failure === null ? null : <Failure failure={failure} isOver={isFinal(run.state.type)} />}
      </section>
      <section id="tasks">
        <Tasks data={data} clock={clock} />
      </section>
      <section id="values">
        <Values data={data} />
      </section>
      <section id="artifacts" hidden={data.artifacts.length === 0}>
        {data.artifacts.length === 0 ? null : <h2>Artifacts</h2>}
        {data.artifacts.map((artifact) => (
          <Artifact artifact={artifact} runId={run.id} />
        ))}
      </section>
      <section id="log">
        <Tail data={data} clock={clock} />
      </section>
      <section id="states">
        <States data={data} clock={clock} />
      </section>
    </>
  );
}

function Head({ data, clock }: { data: RunData; clock: Clock }) {
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
            of <a href={`/runs/${run.parentRunId}`}>run {run.parentRunId}</a>
          </>
        )}
        {run.tags.length === 0 ? '' : `, tagged ${run.tags.join(', ')}`}.
      </p>
    </>
  );
}

function Failure({ failure, isOver }: { failure: FailureView; isOver: boolean }) {
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

function Tasks({ data, clock }: { data: RunData; clock: Clock }) {
  const { tasks, taskCount, span, run } = data;
  if (taskCount === 0) return isFinal(run.state.type) ? null : <p class="dim">No task was called so far.</p>;
  return (
    <>
      <h2>
        Tasks
        <small>
          {tasks.length === taskCount
            ? taskCount
            : `${tasks.length} of ${taskCount}: what did not succeed, then the first`}
        </small>
      </h2>
      <table>
        <thead>
          <tr>
            <th>Task</th>
            <th>State</th>
            <th class="n">Took</th>
            <th class="w" style="width:34%">
              {run.attempt > 1 ? `Time of attempt ${run.attempt}` : 'Time'}
            </th>
          </tr>
        </thead>
        <tbody>
          {tasks.map((task) => (
            <TaskRow task={task} span={span} clock={clock} />
          ))}
        </tbody>
      </table>
    </>
  );
}

function TaskRow({ task, span, clock }: { task: TaskLine; span: Span | null; clock: Clock }) {
  const { progress, cachedFromRun, childRunId, why } = task;
  return (
    <tr>
      <th scope="row">
        {task.title}
        {childRunId === null ? null : (
          <span class="sub">
            <a href={`/runs/${childRunId}`}>run {childRunId}</a>
          </span>
        )}
        {why === null ? null : <span class="sub">{why}</span>}
        {cachedFromRun === null ? null : (
          <span class="sub">
            result of <a href={`/runs/${cachedFromRun}`}>run {cachedFromRun}</a>
          </span>
        )}
      </th>
      <td>
        <StateMark name={task.isReused ? 'Cached' : task.state.name} {...(task.isReused ? { word: 'Reused' } : {})} />
        <Attempt count={task.attempt} />
        {progress === null ? null : (
          <span class="sub">
            {progress.done}
            {progress.total === null ? '' : ` of ${progress.total}`} {progress.label ?? ''}
          </span>
        )}
      </td>
      <td class="n">{task.startAt === null ? '' : took(runTime(task, clock.now))}</td>
      <td class="w">
        {span === null || task.isReused ? null : <Gantt states={task.states} span={span} now={clock.now} />}
      </td>
    </tr>
  );
}

function Values({ data }: { data: RunData }) {
  const { params, result, resultSize, run } = data;
  const fields = params !== null && typeof params === 'object' && !Array.isArray(params) ? Object.entries(params) : [];
  const metrics = Object.entries(run.metrics);
  return (
    <div class="half">
      {metrics.length === 0 ? null : (
        <Pairs title="Metrics" pairs={metrics.map(([name, value]) => [name, formatMetric(value)])} />
      )}
      {fields.length === 0 ? null : (
        <Pairs title="Parameters" pairs={fields.map(([name, value]) => [name, shorten(JSON.stringify(value), 500)])} />
      )}
      {resultSize === null || result === 'null' ? null : (
        <div>
          <h2>Result</h2>
          {result === null ? <p class="dim">{resultSize} bytes, too large to show</p> : <pre>{result}</pre>}
        </div>
      )}
    </div>
  );
}

function Pairs({ title, pairs }: { title: string; pairs: readonly (readonly [string, string])[] }) {
  return (
    <div>
      <h2>{title}</h2>
      <table>
        <tbody>
          {pairs.map(([name, value]) => (
            <tr>
              <th scope="row">{name}</th>
              <td>
                <code>{value}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Tail({ data, clock }: { data: RunData; clock: Clock }) {
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
          <a href={`/runs/${run.id}/logs`}>open the log</a>
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

function States({ data, clock }: { data: RunData; clock: Clock }) {
  return (
    <details id="state-list">
      <summary class="sub">All states of this run</summary>
      <table>
        <tbody>
          {data.states.map((state) => (
            <tr>
              <td class="nw">
                <Time at={state.at} clock={clock} />
              </td>
              <td>
                <StateMark name={state.name} />
              </td>
              <td>{state.message ?? ''}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

/** Seven digits tell two models apart; more are noise of the arithmetic. */
function formatMetric(value: number): string {
  return String(Number(value.toPrecision(7)));
}
