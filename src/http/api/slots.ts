/** /api/slots: the ledger, what became of each due time, newest first; ranges are told slot by slot. */
import { z } from 'zod';
import { deploymentsEver, findDeployment } from '../../engine/deploy/find-deployment.ts';
import { zoneOfSchedules } from '../../engine/schedule/backfill-wish.ts';
import { type LedgerPlace, lookThroughLedger } from '../../engine/tell/ledger.ts';
import { SLOT_OUTCOMES, slotJson } from '../../engine/tell/slot-json.ts';
import { zoneAsked } from '../../engine/tell/told-times.ts';
import { ordered, parseFrom, parseTo } from '../../model/time-range.ts';
import type { DeploymentRow } from '../../store/deployments.ts';
import { cursorOf, pageOf, placeOf } from './cursor.ts';
import { slot } from './deployment-shapes.ts';
import { name, paged, text } from './fields.ts';
import type { ApiParts } from './parts.ts';
import { type Reply, type Route, route } from './route.ts';
import { listOf } from './shapes.ts';

export const slotFilter = {
  from: text('not before: a time, a date, or how long ago such as 7d').optional(),
  to: text('not after: a time, a date with its whole day, or how long after `from`').optional(),
  outcome: z.array(z.enum(SLOT_OUTCOMES)).max(20).optional().meta({ description: 'only these; may be given again' }),
  ...paged(20, 1000),
};

/** Of what is rare among very many a page may hold less than it could: the next one looks further. */
const MOST_LOOKED_AT = 5000;

const filter = z.strictObject(slotFilter);

export function slotRoutes(parts: ApiParts): Route[] {
  const { store } = parts;
  return [
    route({
      method: 'get',
      path: '/api/slots',
      tag: 'slots',
      summary: 'What became of each due time, newest first',
      description: 'Of outcomes that are rare a page may hold less than `limit`, and still have a next one.',
      query: filter.extend({ deployment: name('FLOW/NAME, or FLOW where it has one deployment').optional() }),
      answers: { 200: { description: 'a page of the ledger', schema: listOf('weir.slots/1', slot) } },
      refuses: ['not-found'],
      handle: ({ query: { deployment, ...wish } }) =>
        slotPage(
          parts,
          deployment === undefined
            ? deploymentsEver(store)
            : [findDeployment(store, deployment, { withDeleted: true })],
          wish,
        ),
    }),
  ];
}

export function slotPage(
  { store, now }: ApiParts,
  deployments: readonly DeploymentRow[],
  { from, to, outcome = [], limit, cursor }: z.output<typeof filter>,
): Reply {
  const place = placeOf('slots', cursor, 2);
  const behind = place === null ? null : { at: place[0] ?? 0, scheduleId: place[1] ?? 0 };
  return store.overview.inSnapshot(() => {
    const deploymentIds = deployments.map(({ id }) => id);
    const zone = zoneAsked() ?? zoneOfSchedules(deploymentIds.flatMap((id) => store.deployments.schedulesOf(id)));
    const begin = from === undefined ? 0 : parseFrom(from, zone, 'from', now());
    const end = to === undefined ? Number.MAX_SAFE_INTEGER - 1 : parseTo(to, zone, 'to', { from: begin, now: now() });
    const range = ordered({ from: begin, to: end }, zone, 'to');
    const query = { deploymentIds, ...range, outcomes: outcome, behind, limit: limit + 1 };
    const { slots, stoppedAt } = lookThroughLedger(store, query, MOST_LOOKED_AT);
    const next = ({ at, scheduleId }: LedgerPlace) => cursorOf('slots', at, scheduleId);
    const page = pageOf('weir.slots/1', slots, limit, slotJson, ({ slot: each }) => next(each));
    return { json: stoppedAt === null ? page : { ...page, next: next(stoppedAt) } };
  });
}
