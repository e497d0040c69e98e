/** What can be done with runs: start, cancel, retry, rerun, resume. Nothing here waits for a run. */
import type { Context } from 'hono';
import { z } from 'zod';
import { findDeployment } from '../../engine/deploy/find-deployment.ts';
import { runJson } from '../../engine/tell/run-json.ts';
import { askToCancel } from '../../engine/verbs/cancel.ts';
import { flowAsItIsNow, paramsOf, rerun } from '../../engine/verbs/rerun.ts';
import { retryRun } from '../../engine/verbs/retry-run.ts';
import { selectRun } from '../../engine/verbs/select-run.ts';
import { WeirError } from '../../model/errors.ts';
import { refuseParamFaults } from '../../model/param-faults.ts';
import { name } from './fields.ts';
import { ofRun, RUNS } from './flow-runs.ts';
import { type ApiParts, BY } from './parts.ts';
import { toReader } from './reader-zone.ts';
import { type Route, route } from './route.ts';
import { run } from './run-shapes.ts';
import { readParams, startBody, startDeployment, startHeaders } from './start-run.ts';

const params = z.record(z.string(), z.unknown());
const created = { 201: { description: 'the new run', schema: run, headers: { Location: 'where it is' } } };

export function flowRunVerbs(parts: ApiParts): Route[] {
  const { store, events, now, executor } = parts;
  const tell = (c: Context, id: number, status: 200 | 201 | 202 = 200) => ({
    json: toReader(c, () => store.overview.inSnapshot(() => runJson(store, selectRun(store, String(id))))),
    status,
  });
  const withHost = { ...parts, describe: executor.describe };

  return [
    route({
      method: 'post',
      path: '/api/flow-runs',
      tag: RUNS,
      summary: 'Start a run of a deployment',
      headers: startHeaders,
      body: startBody.extend({ deployment: name('FLOW/NAME, or FLOW where it has one deployment') }),
      answers: { 200: { description: 'the run that has this idempotency key already', schema: run }, ...created },
      refuses: ['not-found', 'conflict', 'invalid-parameters'],
      handle: ({ body: { deployment, ...wish }, headers }, c) =>
        startDeployment(parts, findDeployment(store, deployment), wish, headers['idempotency-key'], c),
    }),
    route({
      method: 'post',
      path: '/api/flow-runs/{run}/cancel',
      tag: RUNS,
      summary: 'Cancel a run',
      params: ofRun,
      answers: {
        200: { description: 'it is cancelled', schema: run },
        202: { description: 'the process that executes it is told, and ends it', schema: run },
      },
      refuses: ['not-found', 'conflict'],
      async handle({ params: { run: text } }, c) {
        const { id, state } = selectRun(store, text);
        const { kind } = await askToCancel({ store, events, now }, id, BY);
        if (kind === 'final')
          throw new WeirError('conflict', `run ${id} is ${state.name} already and stays so`, {
            hint: `weir show ${id}`,
          });
        return tell(c, id, kind === 'cancelled' ? 200 : 202);
      },
    }),
    route({
      method: 'post',
      path: '/api/flow-runs/{run}/retry',
      tag: RUNS,
      summary: 'Run what failed, and what did not run, once more',
      description: 'The same run, with the next attempt. A subflow is retried inside of the run that called it.',
      params: ofRun,
      body: z
        .strictObject({
          from: name('this task and everything downstream of it runs again').optional(),
          only: name('only this task runs again').optional(),
          same_code: z.boolean().optional().meta({ description: 'with the code that the run had' }),
        })
        .optional(),
      answers: { 202: { description: 'it waits for its next attempt', schema: run } },
      refuses: ['not-found', 'conflict', 'invalid-flow', 'file-system'],
      async handle({ params: { run: text }, body = {} }, c) {
        const { from, only, same_code: sameCode = false } = body;
        const wish = { ...(from === undefined ? {} : { from }), ...(only === undefined ? {} : { only }), sameCode };
        const { row } = await retryRun(withHost, selectRun(store, text), wish, BY);
        executor.nudge();
        return tell(c, row.id, 202);
      },
    }),
    route({
      method: 'post',
      path: '/api/flow-runs/{run}/rerun',
      tag: RUNS,
      summary: 'Run all of it again as a new run, with the file as it is now',
      params: ofRun,
      body: z
        .strictObject({ params: params.optional().meta({ description: 'instead of the same ones of the run' }) })
        .optional(),
      answers: created,
      refuses: ['not-found', 'conflict', 'invalid-flow', 'invalid-parameters', 'file-system'],
      async handle({ params: { run: text }, body = {} }, c) {
        const row = selectRun(store, text);
        const flow = await flowAsItIsNow(withHost, row);
        const all = { ...paramsOf(row), ...readParams(body.params ?? {}, flow.paramsSchema) };
        refuseParamFaults(all, flow.paramsSchema);
        const id = await rerun(parts, row, { flow, params: all, trigger: 'api' });
        executor.nudge();
        return { ...tell(c, id, 201), headers: { location: `/api/flow-runs/${id}` } };
      },
    }),
    route({
      method: 'post',
      path: '/api/flow-runs/{run}/resume',
      tag: RUNS,
      summary: 'Go on with an interrupted run now',
      params: ofRun,
      answers: { 202: { description: 'it goes on', schema: run } },
      refuses: ['not-found', 'conflict'],
      async handle({ params: { run: text } }, c) {
        const row = selectRun(store, text);
        await executor.resume(row);
        return tell(c, row.id, 202);
      },
    }),
  ];
}
