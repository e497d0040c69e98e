/** What is asked about runs besides what they are: why, how two differ, what a retry would do. Nothing here changes them. */
import { z } from 'zod';
import { comparisonJson } from '../../engine/tell/comparison-json.ts';
import { retryForecastJson } from '../../engine/tell/retry-forecast-json.ts';
import { whyAsked } from '../../engine/tell/why-asked.ts';
import { planRetry } from '../../engine/verbs/retry-run.ts';
import { selectRun } from '../../engine/verbs/select-run.ts';
import { flag, name, text } from './fields.ts';
import { ofRun, RUNS } from './flow-runs.ts';
import type { ApiParts } from './parts.ts';
import { comparison, retryForecast, whyRun, whySlots } from './question-shapes.ts';
import { type Route, route } from './route.ts';

export function questionRoutes({ store, now, executor }: ApiParts): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/why',
      tag: RUNS,
      summary: 'Why a run stands as it does, or what became of a due time',
      query: z.strictObject({
        of: text(
          'a run, as in a path; FLOW@TIME or FLOW/NAME@TIME for a due time; left out, the latest run',
        ).optional(),
      }),
      answers: { 200: { description: 'the reason, and the next step', schema: z.union([whyRun, whySlots]) } },
      refuses: ['not-found', 'usage'],
      handle: ({ query }) => store.overview.inSnapshot(() => ({ json: whyAsked(store, query.of, now()) })),
    }),
    route({
      method: 'get',
      path: '/api/flow-runs/{run}/comparison',
      tag: RUNS,
      summary: 'Two runs side by side: what was given, what came out, how each task fared',
      params: ofRun,
      query: z.strictObject({ with: name('the other run, as in the path') }),
      answers: { 200: { description: 'both', schema: comparison } },
      refuses: ['not-found'],
      handle: ({ params, query }) =>
        store.overview.inSnapshot(() => ({
          json: comparisonJson(store, [selectRun(store, params.run), selectRun(store, query.with)]),
        })),
    }),
    route({
      method: 'get',
      path: '/api/flow-runs/{run}/retry',
      tag: RUNS,
      summary: 'What a retry would reuse and what it would run; nothing is changed',
      params: ofRun,
      query: z.strictObject({
        from: name('this task and everything downstream of it would run again').optional(),
        only: name('only this task would run again').optional(),
        same_code: flag().optional().meta({ type: 'boolean', description: 'with the code that the run had' }),
      }),
      answers: { 200: { description: 'task by task', schema: retryForecast } },
      refuses: ['not-found', 'usage', 'conflict', 'invalid-flow', 'file-system'],
      async handle({ params, query: { from, only, same_code: sameCode = false } }) {
        const asked = selectRun(store, params.run);
        const wish = { ...(from === undefined ? {} : { from }), ...(only === undefined ? {} : { only }), sameCode };
        const plan = await planRetry({ store, describe: executor.describe }, asked, wish);
        return { json: retryForecastJson(store, asked, plan) };
      },
    }),
  ];
}
