/**
 * The states that a run and its tasks have been in, in the order of time; of tasks those that the page lists. Hooks are told
 * as long as they are due.
 */
import type { State } from '../../../model/state.ts';
import type { FlowRunRow } from '../../../store/flow-runs.ts';
import type { Store } from '../../../store/store.ts';
import { shorten } from '../../../web/pages/log.tsx';
import type { EventLine, EventsView } from '../../../web/pages/run/events.tsx';
import type { TaskLine } from '../../../web/pages/run/tasks.tsx';
import { lookOf } from '../../../web/state-mark.tsx';

const EVENTS_SHOWN = 60;
const LONGEST_MESSAGE = 200;

export function gatherEvents(store: Store, run: FlowRunRow, tasks: readonly TaskLine[]): EventsView {
  const own = store.flowRuns.states(run.id).map((state) => eventOf(state, null));
  const ofTasks = tasks
    .filter((task) => task.runId === run.id)
    .flatMap(({ title, states }) => states.map((state) => eventOf(state, title)));
  const hooks = store.hooks.dueOf(run.id).map(({ hook, state, task }): EventLine => {
    return { at: state.at, of: task?.name ?? null, words: `${hook} is due`, message: null };
  });
  const all = [...own, ...ofTasks, ...hooks].sort((a, b) => a.at - b.at);
  return { count: all.length, events: all.slice(-EVENTS_SHOWN) };
}

function eventOf({ at, name, message }: State, of: string | null): EventLine {
  return { at, of, words: lookOf(name).word, message: message && shorten(message, LONGEST_MESSAGE) };
}
