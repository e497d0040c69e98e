/** /api/work-queues: how much runs and waits, and why each run waits. */
import { z } from 'zod';
import { QUEUE_NAME, queueJson, waitingJson } from '../../engine/tell/queue-json.ts';
import { WeirError } from '../../model/errors.ts';
import { cursorOf, pageOf, placeOf } from './cursor.ts';
import { queue, waitingRun } from './deployment-shapes.ts';
import { name, paged } from './fields.ts';
import type { ApiParts } from './parts.ts';
import { type Route, route } from './route.ts';
import { listOf } from './shapes.ts';

const QUEUES = 'work-queues';
const ofQueue = z.strictObject({ queue: name('the name of the queue: default') });

export function workQueueRoutes({ store, now, places }: ApiParts): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/work-queues',
      tag: QUEUES,
      summary: 'The queues, with how much runs and waits',
      answers: { 200: { description: 'all of them', schema: listOf('weir.work-queues/1', queue) } },
      handle: () => ({ json: { schema: 'weir.work-queues/1', items: [queueJson(store, places)], next: null } }),
    }),
    route({
      method: 'get',
      path: '/api/work-queues/{queue}',
      tag: QUEUES,
      summary: 'A queue',
      params: ofQueue,
      answers: { 200: { description: 'the queue', schema: queue.extend({ schema: z.literal('weir.work-queue/1') }) } },
      refuses: ['not-found'],
      handle({ params }) {
        refuseUnknown(params.queue);
        return { json: { schema: 'weir.work-queue/1', ...queueJson(store, places) } };
      },
    }),
    route({
      method: 'get',
      path: '/api/work-queues/{queue}/runs',
      tag: QUEUES,
      summary: 'Runs that wait, the longest due first, and why each does',
      params: ofQueue,
      query: z.strictObject(paged(50, 200)),
      answers: { 200: { description: 'a page of them', schema: listOf('weir.waiting-runs/1', waitingRun) } },
      refuses: ['not-found'],
      handle({ params, query: { limit, cursor } }) {
        refuseUnknown(params.queue);
        const [dueAt = 0, id = 0] = placeOf('waiting', cursor, 2) ?? [];
        return store.overview.inSnapshot(() => {
          const rows = store.flowRuns.waiting({ dueAt, id }, limit + 1);
          const json = (row: (typeof rows)[number]) => waitingJson(store, row, now());
          const next = (row: (typeof rows)[number]) => cursorOf('waiting', row.scheduledAt ?? 0, row.id);
          return { json: pageOf('weir.waiting-runs/1', rows, limit, json, next) };
        });
      },
    }),
  ];
}

function refuseUnknown(queueName: string): void {
  if (queueName !== QUEUE_NAME)
    throw new WeirError('not-found', `there is no queue "${queueName.slice(0, 200)}"`, {
      hint: `there is ${QUEUE_NAME}`,
    });
}
