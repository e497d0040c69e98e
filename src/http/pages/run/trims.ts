/**
 * What gives way when the page of a run would be too large: what can be read elsewhere first, the end of the log, then old
 * events, then the contents of artifacts and the graph. The order is that of what people miss least.
 */
import type { RunData } from '../../../web/pages/run/run.tsx';
import { TASKS_SHOWN } from './tasks.ts';

type Trim = (data: RunData) => RunData;

export const RUN_TRIMS: readonly Trim[] = [
  tail(60),
  events(20),
  tail(25),
  (data) => ({ ...data, artifacts: { ...data.artifacts, shown: contents(data, 2) } }),
  tail(8),
  (data) => ({ ...data, tasks: { ...data.tasks, graph: data.tasks.graph === null ? null : 'too-many' } }),
  (data) => ({ ...data, artifacts: { ...data.artifacts, shown: contents(data, 0) } }),
  events(5),
  values(30, 60),
  messages(10),
  (data) => ({ ...data, failure: data.failure && { ...data.failure, stack: null } }),
  (data) => ({ ...data, values: { ...data.values, result: null } }),
  tail(3),
  values(10, 30),
  halfOfTasks,
  messages(0),
  (data) => ({ ...data, artifacts: { ...data.artifacts, shown: data.artifacts.shown.slice(0, 5) } }),
];

function tail(lines: number): Trim {
  return (data) => ({ ...data, log: data.log.slice(-lines) });
}

function events(most: number): Trim {
  return (data) => ({ ...data, events: { ...data.events, events: data.events.events.slice(-most) } });
}

/** So many parameters and metrics, each so long. */
function values(most: number, longest: number): Trim {
  const cut = (text: string | null) =>
    text === null || text.length <= longest ? text : `${text.slice(0, longest)}...`;
  return (data) => ({
    ...data,
    values: {
      ...data.values,
      params: data.values.params.slice(0, most).map(({ name, value, was }) => ({
        name: name.slice(0, longest),
        value: cut(value),
        was: was && { ...was, value: cut(was.value) },
      })),
      metrics: data.values.metrics.slice(0, most / 2),
    },
  });
}

/** Of the first tasks alone, short. */
function messages(most: number): Trim {
  return (data) => {
    const lines = data.tasks.lines.map((line, index) => ({
      ...line,
      title: line.title.slice(0, 60),
      message: index < most ? (line.message?.slice(0, 80) ?? null) : null,
    }));
    return { ...data, tasks: { ...data.tasks, lines } };
  };
}

/** The rest is on the next page; only of a long list, whose tasks are not below each other. */
function halfOfTasks(data: RunData): RunData {
  const { lines, half } = data.tasks;
  const own = lines.filter(({ runId }) => runId === data.run.id);
  if (own.length < TASKS_SHOWN || own.some(({ depth }) => depth > 0)) return data;
  return { ...data, tasks: { ...data.tasks, lines: own.slice(0, TASKS_SHOWN / 2), later: half } };
}

/** Of the first ones; a picture is only a link to it. */
function contents({ artifacts }: RunData, most: number) {
  return artifacts.shown.map((artifact, index) =>
    index < most || artifact.shown.kind === 'image' ? artifact : { ...artifact, shown: { kind: 'file' } as const },
  );
}
