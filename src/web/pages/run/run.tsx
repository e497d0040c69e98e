/** A run: its state in words, why it failed, its tasks over time, what went in and what came out, the end of its log. */
import type { PlainError } from '../../../model/plain-error.ts';
import { isFinal } from '../../../model/state.ts';
import type { RunLine } from '../../run-table.tsx';
import type { Clock } from '../../time.tsx';
import type { LogLine } from '../log.tsx';
import { Artifacts, type ArtifactsView } from './artifact.tsx';
import { Environment, type Fact } from './environment.tsx';
import { Events, type EventsView } from './events.tsx';
import { Head, type HeadView, Ways } from './head.tsx';
import { Tail } from './log-tail.tsx';
import { Tasks, type TasksView } from './tasks.tsx';
import { Values, type ValuesView } from './values.tsx';
import { Failure, type FailureView } from './why.tsx';

export interface RunData {
  readonly run: RunLine & {
    readonly name: string;
    readonly error: PlainError | null;
    readonly tags: readonly string[];
    readonly version: string | null;
    readonly slotAt: number | null;
    readonly parentRunId: number | null;
  };
  readonly head: HeadView;
  readonly typicalMs: number | null;
  readonly failure: FailureView | null;
  readonly tasks: TasksView;
  readonly values: ValuesView;
  readonly artifacts: ArtifactsView;
  readonly log: readonly LogLine[];
  /** There are subflows, too many to look into the logs of all of them here. */
  readonly hasMoreLogs: boolean;
  readonly environment: readonly Fact[];
  readonly events: EventsView;
}

export function RunPage({ data, clock }: { data: RunData; clock: Clock }) {
  return (
    <>
      <section id="head">
        <Head data={data} clock={clock} />
      </section>
      <section id="ways">
        <Ways data={data} clock={clock} />
      </section>
      <Story data={data} clock={clock} />
    </>
  );
}

/** The same without anything to press, to be kept as a file. */
export function RunReport({ data, clock }: { data: RunData; clock: Clock }) {
  const tasks = { ...data.tasks, retryTo: null };
  return (
    <>
      <section id="head">
        <Head data={data} clock={clock} />
      </section>
      <Story data={{ ...data, tasks }} clock={clock} />
    </>
  );
}

function Story({ data, clock }: { data: RunData; clock: Clock }) {
  const { run, failure, artifacts } = data;
  return (
    <>
      <section id="why" hidden={failure === null}>
        {failure === null ? null : <Failure failure={failure} />}
      </section>
      <section id="tasks">
        <Tasks view={data.tasks} clock={clock} />
      </section>
      <section id="values">
        <Values values={data.values} runId={run.id} />
      </section>
      <section id="artifacts" hidden={artifacts.count === 0}>
        {artifacts.count === 0 ? null : <Artifacts artifacts={artifacts} runId={run.id} />}
      </section>
      <section id="log">
        <Tail
          runId={run.id}
          lines={data.log}
          isOver={isFinal(run.state.type)}
          hasMore={data.hasMoreLogs}
          clock={clock}
        />
      </section>
      <section id="environment">
        <Environment facts={data.environment} />
      </section>
      <section id="states">
        <Events view={data.events} clock={clock} />
      </section>
    </>
  );
}
