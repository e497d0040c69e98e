/** /api/deployments: what is deployed, when it is due, what it was. Only reads; deployment-verbs.ts changes. */
import { z } from 'zod';
import { findDeployment } from '../../engine/deploy/find-deployment.ts';
import { deploymentJson, deploymentSummaryJson, deploymentVersionJson } from '../../engine/tell/deployment-json.ts';
import type { DeploymentRow } from '../../store/deployments.ts';
import { cursorOf, pageOf, partOf, placeOf } from './cursor.ts';
import { deployment, deploymentSummary, deploymentVersion, slot } from './deployment-shapes.ts';
import { name, paged } from './fields.ts';
import type { ApiParts } from './parts.ts';
import { type Route, route } from './route.ts';
import { listOf } from './shapes.ts';
import { slotFilter, slotPage } from './slots.ts';

export const DEPLOYMENTS = 'deployments';

/** In the path of what belongs to one deployment. */
export const ofDeployment = z.strictObject({ flow: name('its flow'), name: name('its name; mostly default') });

export function titleOf({ flow, name: own }: z.output<typeof ofDeployment>): string {
  return `${flow}/${own}`;
}

export function deploymentRoutes(parts: ApiParts): Route[] {
  const { store } = parts;
  return [
    route({
      method: 'get',
      path: '/api/deployments',
      tag: DEPLOYMENTS,
      summary: 'What is deployed, by flow and name',
      query: z.strictObject(paged(100, 1000)),
      answers: {
        200: { description: 'a page of deployments', schema: listOf('weir.deployments/1', deploymentSummary) },
      },
      handle: ({ query }) =>
        store.overview.inSnapshot(() => {
          const json = (row: DeploymentRow) => deploymentSummaryJson(store, row);
          return { json: partOf('weir.deployments/1', 'deployments', store.deployments.all(), query, json) };
        }),
    }),
    route({
      method: 'get',
      path: '/api/deployments/{flow}/{name}',
      tag: DEPLOYMENTS,
      summary: 'A deployment, also one that was deleted',
      params: ofDeployment,
      answers: { 200: { description: 'the deployment', schema: deployment } },
      refuses: ['not-found'],
      handle: ({ params }) =>
        store.overview.inSnapshot(() => ({
          json: deploymentJson(store, findDeployment(store, titleOf(params), { withDeleted: true })),
        })),
    }),
    route({
      method: 'get',
      path: '/api/deployments/{flow}/{name}/history',
      tag: DEPLOYMENTS,
      summary: 'Its versions, newest first: when, what changed, which code',
      params: ofDeployment,
      query: z.strictObject(paged(20, 200)),
      answers: {
        200: {
          description: 'a page of versions',
          schema: listOf('weir.deployment-versions/1', deploymentVersion).extend({ deployment: z.string() }),
        },
      },
      refuses: ['not-found'],
      handle: ({ params, query: { limit, cursor } }) =>
        store.overview.inSnapshot(() => {
          const row = findDeployment(store, titleOf(params), { withDeleted: true });
          const [before = Number.MAX_SAFE_INTEGER] = placeOf('versions', cursor, 1) ?? [];
          const found = store.deploymentVersions.of(row.id, limit + 1, before);
          const json = (version: (typeof found)[number]) => deploymentVersionJson(version, row.number);
          const page = pageOf('weir.deployment-versions/1', found, limit, json, (last) =>
            cursorOf('versions', last.number),
          );
          return { json: { ...page, deployment: titleOf(row) } };
        }),
    }),
    route({
      method: 'get',
      path: '/api/deployments/{flow}/{name}/slots',
      tag: DEPLOYMENTS,
      summary: 'What became of each of its due times, newest first',
      params: ofDeployment,
      query: z.strictObject(slotFilter),
      answers: { 200: { description: 'a page of the ledger', schema: listOf('weir.slots/1', slot) } },
      refuses: ['not-found'],
      handle: ({ params, query }) =>
        slotPage(parts, [findDeployment(store, titleOf(params), { withDeleted: true })], query),
    }),
  ];
}
