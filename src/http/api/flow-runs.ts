/** /api/flow-runs: runs by what is asked for, and one of them with all that it did. Only reads; flow-run-verbs.ts changes. */
import { z } from 'zod';
import { runJson, runSummaryJson, stateJson } from '../../engine/tell/run-json.ts';
import { zoneOfReader } from '../../engine/tell/told-times.ts';
import { selectRun } from '../../engine/verbs/select-run.ts';
import { parseRunFilter, TRIGGERS } from '../../model/run-filter.ts';
import { listRuns } from '../run-list.ts';
import { queryWords } from '../run-query.ts';
import { cursorOf, placeOf } from './cursor.ts';
import { name, paged, repeated, text } from './fields.ts';
import type { ApiParts } from './parts.ts';
import { type Route, route } from './route.ts';
import { run, runSummary } from './run-shapes.ts';
import { listOf, state } from './shapes.ts';

export const RUNS = 'flow-runs';
const DEFAULT_LIMIT = 50;
const LARGEST_LIMIT = 1000;

/** In the path of what belongs to one run. */
export const ofRun = z.strictObject({
  run: name('the number of the run; also FLOW for its latest, FLOW~1 for the one before, @latest, @failed, @running'),
});

const filter = {
  flow: repeated(z.string().min(1), 'runs of this flow').optional(),
  state: repeated(z.string().min(1), 'in this state: a type or a name, also failed, finished, unfinished').optional(),
  tag: repeated(z.string().min(1), 'with this tag').optional(),
  trigger: repeated(z.string().min(1), `by this trigger: ${TRIGGERS.join(', ')}`).optional(),
  deployment: repeated(z.string().min(1), 'of this deployment, FLOW/NAME').optional(),
  metric: repeated(z.string().min(1), 'by a metric: NAME:<1.3, with <, <=, >, >=, = or !=').optional(),
  since: text('created at or after: a time, a date, or how long ago such as 7d').optional(),
  until: text('created before').optional(),
  param: repeated(z.string().min(1), 'by a parameter: NAME:0.003, also with a comparison').optional(),
  q: repeated(z.string().min(1), 'a filter as on the command line: flow:etl state:failed since:7d').optional(),
};

export function flowRunRoutes({ store, now, zone }: ApiParts): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/flow-runs',
      tag: RUNS,
      summary: 'Runs, newest first',
      description:
        'Values of one parameter are alternatives, different parameters must all match. One answer looks at a bounded number of runs: it may hold fewer than its limit, or none, and still name the next page.',
      query: z.strictObject({ ...filter, ...paged(DEFAULT_LIMIT, LARGEST_LIMIT) }),
      answers: { 200: { description: 'a page of runs', schema: listOf('weir.runs/1', runSummary) } },
      handle({ query: { limit, cursor, ...given } }) {
        const [before = null] = placeOf('runs', cursor, 1) ?? [];
        const wanted = parseRunFilter(wordsOf(given), now(), zoneOfReader() ?? zone);
        return store.overview.inSnapshot(() => {
          const { rows, older } = listRuns(store, wanted, before === null ? null : { before }, limit);
          const next = older === null ? null : cursorOf('runs', older);
          const json = { schema: 'weir.runs/1', items: rows.map((row) => runSummaryJson(store, row)), next };
          return { json };
        });
      },
    }),
    route({
      method: 'get',
      path: '/api/flow-runs/{run}',
      tag: RUNS,
      summary: 'A run with its tasks, states and artifacts',
      params: ofRun,
      answers: { 200: { description: 'the run', schema: run } },
      refuses: ['not-found'],
      handle: ({ params }) => store.overview.inSnapshot(() => ({ json: runJson(store, selectRun(store, params.run)) })),
    }),
    route({
      method: 'get',
      path: '/api/flow-runs/{run}/states',
      tag: RUNS,
      summary: 'The states that a run was in, oldest first',
      params: ofRun,
      answers: { 200: { description: 'all of them', schema: listOf('weir.states/1', state) } },
      refuses: ['not-found'],
      handle: ({ params }) =>
        store.overview.inSnapshot(() => {
          const { id } = selectRun(store, params.run);
          return { json: { schema: 'weir.states/1', items: store.flowRuns.states(id).map(stateJson), next: null } };
        }),
    }),
  ];
}

type Filter = Partial<Record<keyof typeof filter, string | string[] | undefined>>;

/** As `weir runs` is given them. */
function wordsOf({ metric = [], param = [], ...given }: Filter): string[] {
  const fields = Object.fromEntries(Object.entries(given).map(([key, values]) => [key, [values ?? []].flat()]));
  const conditions = [metric].flat().map((each) => `metric.${each}`);
  return [...queryWords(fields), ...conditions, ...[param].flat().map((each) => `param.${each}`)];
}
