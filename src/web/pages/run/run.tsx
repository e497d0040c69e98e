/** A run: its state in words, why it failed, its tasks over time, what went in and what came out, the end of its log. */
import type { PlainError } from '../../../model/plain-error.ts';
import type { PlainJson } from '../../../model/plain-json.ts';
import { isFinal, type State } from '../../../model/state.ts';
import type { Span } from '../../charts/gantt.tsx';
import type { RunLine } from '../../run-table.tsx';
import type { Clock } from '../../time.tsx';
import type { LogLine } from '../log.tsx';
import { Artifact, type ArtifactView } from './artifact.tsx';
import { States } from './events.tsx';
import { Head } from './head.tsx';
import { Tail } from './log-tail.tsx';
import { type TaskLine, Tasks } from './tasks.tsx';
import { Values } from './values.tsx';
import { Failure, type FailureView } from './why.tsx';

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
