/** /api/status: how things stand, on one screen. */
import { gatherStatus } from '../../engine/tell/status.ts';
import { statusJson } from '../../engine/tell/status-json.ts';
import { status } from './model-shapes.ts';
import type { ApiParts } from './parts.ts';
import { type Route, route } from './route.ts';

export function statusRoutes({ store, now }: ApiParts): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/status',
      tag: 'status',
      summary: 'What needs attention, what is deployed with its last runs, who serves',
      answers: { 200: { description: 'as weir status --json', schema: status } },
      handle: () => store.overview.inSnapshot(() => ({ json: statusJson(store, gatherStatus(store, now())) })),
    }),
  ];
}
