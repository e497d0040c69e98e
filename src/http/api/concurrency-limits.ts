/** /api/concurrency-limits: capacities, who holds them, who waits; created and changed by PUT. */
import { z } from 'zod';
import { limitNames, limitView } from '../../engine/tell/limit-view.ts';
import {
  LARGEST_CAPACITY,
  putLimit,
  refuseBadName,
  refuseUnknownLimit,
  removeLimit,
} from '../../engine/verbs/limit-changes.ts';
import { partOf } from './cursor.ts';
import { deletedLimit, limit, limitItem } from './deployment-shapes.ts';
import { name, paged } from './fields.ts';
import type { ApiParts } from './parts.ts';
import { toReader } from './reader-zone.ts';
import { type Route, route } from './route.ts';
import { listOf } from './shapes.ts';

const LIMITS = 'concurrency-limits';
const SCHEMA = 'weir.concurrency-limit/1';
const ofLimit = z.strictObject({ limit: name('the name of the limit, such as gpu or tag:slow') });

export function concurrencyLimitRoutes({ store, now, executor }: ApiParts): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/concurrency-limits',
      tag: LIMITS,
      summary: 'Limits that were created, are declared by a flow, or are in use',
      query: z.strictObject(paged(100, 1000)),
      answers: { 200: { description: 'a page of limits', schema: listOf('weir.concurrency-limits/1', limitItem) } },
      handle: ({ query }) =>
        store.overview.inSnapshot(() => {
          const json = (each: string) => limitView(store, each);
          return { json: partOf('weir.concurrency-limits/1', 'limits', limitNames(store), query, json) };
        }),
    }),
    route({
      method: 'get',
      path: '/api/concurrency-limits/{limit}',
      tag: LIMITS,
      summary: 'A limit',
      params: ofLimit,
      answers: { 200: { description: 'the limit', schema: limit } },
      refuses: ['not-found'],
      handle: ({ params }) =>
        store.overview.inSnapshot(() => ({
          json: { schema: SCHEMA, ...(limitView(store, params.limit) ?? refuseUnknownLimit(store, params.limit)) },
        })),
    }),
    route({
      method: 'put',
      path: '/api/concurrency-limits/{limit}',
      tag: LIMITS,
      summary: 'Create a limit, or change its capacity; 0 stops what occupies it',
      params: ofLimit,
      body: z.strictObject({ capacity: z.int().min(0).max(LARGEST_CAPACITY) }),
      answers: {
        200: { description: 'it has that capacity now', schema: limit },
        201: { description: 'it was created', schema: limit },
      },
      async handle({ params, body: { capacity } }, c) {
        refuseBadName(params.limit);
        const former = await putLimit({ store, now }, params.limit, capacity);
        executor.nudge();
        const json = toReader(c, () => ({ schema: SCHEMA, ...limitView(store, params.limit) }));
        return { json, status: former === null ? 201 : 200 };
      },
    }),
    route({
      method: 'delete',
      path: '/api/concurrency-limits/{limit}',
      tag: LIMITS,
      summary: 'Delete a limit that was created; what is held stays held',
      params: ofLimit,
      answers: { 200: { description: 'what is left of it', schema: deletedLimit } },
      refuses: ['not-found', 'conflict'],
      async handle({ params }) {
        const left = await removeLimit(store, params.limit);
        executor.nudge();
        return { json: { schema: SCHEMA, ...(left ?? { name: params.limit, capacity: null }) } };
      },
    }),
  ];
}
