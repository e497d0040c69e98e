/** The states that a run and its tasks have been in, in the order of time; of tasks those that the page lists. */
import type { FlowRunRow } from '../../../store/flow-runs.ts';
import type { Store } from '../../../store/store.ts';
import { shorten } from '../../../web/pages/log.tsx';
import type { EventLine, EventsView } from '../../../web/pages/run/events.tsx';
import type { TaskLine } from '../../../web/pages/run/tasks.tsx';

const EVENTS_SHOWN = 60;
const LONGEST_MESSAGE = 200;

export function gatherEvents(store: Store, run: FlowRunRow, tasks: readonly TaskLine[]): EventsView {
  const own = store.flowRuns.states(run.id).map(({ at, name, message }) => ({ at, task: null, state: name, message }));
  const ofTasks = tasks
    .filter((task) => task.runId === run.id)
    .flatMap(({ title, states }) => states.map(({ at, name, message }) => ({ at, task: title, state: name, message })));
  const all: EventLine[] = [...own, ...ofTasks].sort((a, b) => a.at - b.at);
  return {
    count: all.length,
    events: all
      .slice(-EVENTS_SHOWN)
      .map((event) => ({ ...event, message: event.message && shorten(event.message, LONGEST_MESSAGE) })),
  };
}
