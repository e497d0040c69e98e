/** GET /runs: runs by what is asked for, with their counts. A filter that cannot be read is shown with what is wrong. */
import type { Context, Hono } from 'hono';
import { WeirError } from '../../../model/errors.ts';
import { joinFilter } from '../../../model/filter-text.ts';
import { parseRunFilter, type RunFilter } from '../../../model/run-filter.ts';
import { taskTitle } from '../../../model/task-title.ts';
import type { FlowRunRow } from '../../../store/flow-runs.ts';
import type { Store } from '../../../store/store.ts';
import { runsWhere } from '../../../web/address.ts';
import { MOST_BARS } from '../../../web/charts/history-bars.tsx';
import type { FilterData } from '../../../web/pages/runs/filter-form.tsx';
import { type FoundRun, type FoundRuns, RUNS_STYLE, RunsPage } from '../../../web/pages/runs/runs.tsx';
import type { Clock } from '../../../web/time.tsx';
import { parseNumber } from '../../query.ts';
import { listRuns, type Place } from '../../run-list.ts';
import { queryWords } from '../../run-query.ts';
import type { Pages } from '../../send-page.ts';
import { typicalMs } from '../typical.ts';
import { chipsOf, fieldsOf, lineOf } from './filter-fields.ts';
import { summaryOf } from './summary.ts';

const RUNS_A_PAGE = 50;
const FLOWS_OFFERED = 20;

export function bindRuns(app: Hono, { store, pages }: { store: Store; pages: Pages }): void {
  app.get('/runs', (c) => {
    const fields = c.req.queries();
    const { words, error } = readWords(fields);
    const filter = joinFilter(words);
    // A form sends its empty fields as well: the address that is kept and passed on is the short one.
    if (error === null && Object.values(fields).some((values) => values.includes('')))
      return c.redirect(runsWhere(filter), 302);
    const place = placeOf(c);
    // Whether it can be read does not hang on the clock.
    const isReadable = error === null && readFilter(words, { now: 0, zone: 'UTC' }).error === null;
    const render = (clock: Clock) => {
      const asked = error === null ? readFilter(words, clock) : { filter: null, error };
      const found = asked.filter === null ? null : find(store, asked.filter, { words, place, clock });
      const form: FilterData = {
        fields: error === null ? fieldsOf(words) : { ...fieldsOf([]), q: (fields.q ?? []).join(' ') },
        chips: chipsOf(words),
        flows: store.overview.flowsWithRuns(FLOWS_OFFERED),
        error: asked.error === null ? null : { sentence: asked.error.message, hint: asked.error.hint ?? null },
      };
      return {
        title: words.length === 0 ? 'Runs' : `Runs: ${lineOf(words)}`,
        active: 'runs' as const,
        filter: lineOf(words),
        style: RUNS_STYLE,
        isLive: place === null && (found?.runs.some(({ state }) => state.type === 'RUNNING') ?? false),
        content: RunsPage({ data: { filter, form, found }, clock }),
      };
    };
    return pages.send(c, render, isReadable ? 200 : 400);
  });
}

function placeOf(c: Context): Place {
  const numberOf = (name: string) => parseNumber(name, c.req.query(name), 1, Number.MAX_SAFE_INTEGER, null);
  const [before, after] = [numberOf('before'), numberOf('after')];
  return before !== null ? { before } : after !== null ? { after } : null;
}

function readWords(fields: Readonly<Record<string, string[]>>): { words: string[]; error: WeirError | null } {
  try {
    return { words: queryWords(fields), error: null };
  } catch (error) {
    if (error instanceof WeirError) return { words: [], error };
    throw error;
  }
}

function readFilter(words: readonly string[], { now, zone }: Clock) {
  try {
    return { filter: parseRunFilter(words, now, zone), error: null };
  } catch (error) {
    if (error instanceof WeirError) return { filter: null, error };
    throw error;
  }
}

function find(
  store: Store,
  filter: RunFilter,
  { words, place, clock }: { words: readonly string[]; place: Place; clock: Clock },
): FoundRuns {
  const summary = summaryOf(store, filter, clock);
  const { rows, ...list } = listRuns(store, filter, place, RUNS_A_PAGE);
  const typical = new Map([...new Set(rows.map(({ flow }) => flow))].map((flow) => [flow, typicalOf(store, flow)]));
  const others = words.filter((word) => !word.startsWith('state:'));
  return {
    summary: { ...summary, filterOfOthers: joinFilter(others), hasStates: others.length < words.length },
    runs: rows.map((row) => ({ ...row, where: whereOf(store, row), typicalMs: typical.get(row.flow) ?? null })),
    ...list,
    isFurther: place !== null && list.newer !== null,
  };
}

function typicalOf(store: Store, flow: string): number | null {
  return typicalMs(store.overview.history(flow, MOST_BARS));
}

/** The task at which the run stands. */
function whereOf(store: Store, { id, state }: FlowRunRow): FoundRun['where'] {
  if (state.type === 'RUNNING' || state.type === 'CANCELLING') {
    const tasks = store.overview.runningTasks(id, 3).map(taskTitle);
    return tasks.length < 3 ? tasks.join(', ') : `${tasks.slice(0, 2).join(', ')}, ...`;
  }
  if (state.type !== 'FAILED' && state.type !== 'CRASHED') return null;
  const task = store.overview.failedTask(id);
  return task === null ? null : taskTitle(task);
}
