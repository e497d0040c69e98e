/** What can be done with deployments: start a run, pause, resume, roll back, backfill, delete. Runs and history stay. */
import { z } from 'zod';
import { carryOut, isUnchanged, planRollback, takeAway } from '../../engine/deploy/deploy.ts';
import { findDeployment } from '../../engine/deploy/find-deployment.ts';
import { versionToGoTo } from '../../engine/deploy/version-to-go-to.ts';
import { carryOutBackfill } from '../../engine/schedule/backfill.ts';
import { backfillWish, planBackfillOf } from '../../engine/schedule/backfill-wish.ts';
import { type PauseTarget, parsePauseEnd, pause, pauseTarget, resume } from '../../engine/schedule/pausing.ts';
import { backfillJson } from '../../engine/tell/backfill-json.ts';
import { deletedDeploymentJson, deploymentPlanJson } from '../../engine/tell/deployment-plan-json.ts';
import { pauseJson } from '../../engine/tell/pause-json.ts';
import type { DeploymentRow } from '../../store/deployments.ts';
import { backfilled, deletedDeployment, deploymentPlan, pausedDeployment } from './deployment-shapes.ts';
import { DEPLOYMENTS, ofDeployment, titleOf } from './deployments.ts';
import { name, text } from './fields.ts';
import { type ApiParts, BY } from './parts.ts';
import { readerZone, toReader } from './reader-zone.ts';
import { type Reply, type Route, route } from './route.ts';
import { run } from './run-shapes.ts';
import { startBody, startDeployment, startHeaders } from './start-run.ts';

const ofSchedule = { schedule: name('only of this one of its schedules, by its name or text').optional() };
const MOST_AT_ONCE = 10_000;

export function deploymentVerbs(parts: ApiParts): Route[] {
  const { store, now, zone, executor, scheduler, deployParts } = parts;
  const find = (params: z.output<typeof ofDeployment>): DeploymentRow => findDeployment(store, titleOf(params));
  const again = ({ deployment }: PauseTarget, schedule: string | undefined) =>
    pauseJson(store, pauseTarget(store, store.deployments.byId(deployment.id) ?? deployment, schedule));

  return [
    route({
      method: 'post',
      path: '/api/deployments/{flow}/{name}/runs',
      tag: DEPLOYMENTS,
      summary: 'Start a run with its parameters and the code that is deployed',
      params: ofDeployment,
      headers: startHeaders,
      body: startBody.optional(),
      answers: {
        200: { description: 'the run that has this idempotency key already', schema: run },
        201: { description: 'the new run', schema: run, headers: { Location: 'where it is' } },
      },
      refuses: ['not-found', 'conflict', 'invalid-parameters'],
      handle: ({ params, headers, body = {} }, c) =>
        startDeployment(parts, find(params), body, headers['idempotency-key'], c),
    }),
    route({
      method: 'post',
      path: '/api/deployments/{flow}/{name}/pause',
      tag: DEPLOYMENTS,
      summary: 'Skip what is due until it is resumed, with the reason',
      params: ofDeployment,
      body: z
        .strictObject({
          reason: z.string().max(1000).optional(),
          until: text('a time, or how long from now such as 2h').optional(),
          ...ofSchedule,
        })
        .optional(),
      answers: { 200: { description: 'it is paused', schema: pausedDeployment } },
      refuses: ['not-found', 'conflict'],
      async handle({ params, body: { reason = null, until, schedule } = {} }, c) {
        const target = pauseTarget(store, find(params), schedule);
        const end = until === undefined ? null : parsePauseEnd(until, now(), readerZone(c)?.zone ?? zone, 'until');
        await pause({ store, now }, target, { by: BY, reason, until: end });
        scheduler?.nudge();
        return { json: toReader(c, () => again(target, schedule)) };
      },
    }),
    route({
      method: 'post',
      path: '/api/deployments/{flow}/{name}/resume',
      tag: DEPLOYMENTS,
      summary: 'Answer its due times again',
      params: ofDeployment,
      body: z.strictObject(ofSchedule).optional(),
      answers: { 200: { description: 'it is not paused', schema: pausedDeployment } },
      refuses: ['not-found'],
      async handle({ params, body: { schedule } = {} }, c) {
        const target = pauseTarget(store, find(params), schedule);
        await resume({ store, now }, target);
        scheduler?.nudge();
        return { json: toReader(c, () => again(target, schedule)) };
      },
    }),
    route({
      method: 'post',
      path: '/api/deployments/{flow}/{name}/rollback',
      tag: DEPLOYMENTS,
      summary: 'Go back to an earlier version, code and schedule',
      params: ofDeployment,
      body: z
        .strictObject({
          to: z.int().min(1).optional().meta({ description: 'the version; left out, the one before' }),
          dry_run: z.boolean().optional().meta({ description: 'only tell what would change' }),
        })
        .optional(),
      answers: { 200: { description: 'what changed', schema: deploymentPlan } },
      refuses: ['not-found', 'conflict'],
      async handle({ params, body: { to, dry_run: isDry = false } = {} }, c) {
        const row = find(params);
        const plan = planRollback(store, row, versionToGoTo(store, row, to ?? null), now());
        const tell = (version: number, isApplied: boolean) =>
          toReader(c, () => deploymentPlanJson(store, plan, { version, isApplied, now: now() }));
        if (isDry || isUnchanged(plan)) return { json: tell(row.number, false) };
        const inFlight = store.deploymentRuns.inFlight(row.id).map(({ id }) => id);
        const { number } = await store.writer.write(() => carryOut(deployParts, plan));
        scheduler?.nudge();
        return { json: { ...tell(number, true), in_flight: inFlight } };
      },
    }),
    route({
      method: 'post',
      path: '/api/deployments/{flow}/{name}/backfill',
      tag: DEPLOYMENTS,
      summary: 'Make runs for due times of the past that have none',
      params: ofDeployment,
      body: z.strictObject({
        from: text('since then: a time, a date, or how long ago such as 7d'),
        to: text('until then, included; left out, now').optional(),
        max: z.int().min(1).max(MOST_AT_ONCE).optional().meta({ description: 'how many go on at once (1)' }),
        newest_first: z.boolean().optional(),
        dry_run: z.boolean().optional().meta({ description: 'only tell which' }),
        ...ofSchedule,
      }),
      answers: { 200: { description: 'the due times, with the runs that they got', schema: backfilled } },
      refuses: ['not-found', 'conflict'],
      async handle({ params, body }, c): Promise<Reply> {
        const { from, to, schedule, max = 1, newest_first: newestFirst = false, dry_run: isDry = false } = body;
        const reader = readerZone(c);
        const words = { from, max, newestFirst, ...optional('to', to), ...optional('schedule', schedule) };
        const wish = backfillWish(store, find(params), words, {
          now: now(),
          zone: reader?.isAsked ? reader.zone : null,
        });
        const plan = planBackfillOf(store, wish, now());
        const tell = (slots: Parameters<typeof backfillJson>[3], dry: boolean) =>
          toReader(c, () => backfillJson(store, wish, plan, slots, dry));
        if (isDry || plan.slots.length === 0) return { json: tell(plan.slots, isDry) };
        const done = await carryOutBackfill(store, wish, plan, now());
        executor.nudge();
        return { json: tell(done, false) };
      },
    }),
    route({
      method: 'delete',
      path: '/api/deployments/{flow}/{name}',
      tag: DEPLOYMENTS,
      summary: 'Take it away; its runs and their history stay',
      params: ofDeployment,
      answers: { 200: { description: 'it is deleted', schema: deletedDeployment } },
      refuses: ['not-found'],
      async handle({ params }) {
        const row = find(params);
        await store.writer.write(() => takeAway(deployParts, row));
        scheduler?.nudge();
        return { json: deletedDeploymentJson(store, row) };
      },
    }),
  ];
}

function optional<Key extends string>(key: Key, value: string | undefined): { readonly [K in Key]?: string } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [K in Key]?: string };
}
