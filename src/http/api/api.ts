/** All resources under /api, and their description. */
import type { Hono } from 'hono';
import { z } from 'zod';
import { WeirError } from '../../model/errors.ts';
import { artifactRoutes } from './artifacts.ts';
import { bindRoutes } from './bind-routes.ts';
import { concurrencyLimitRoutes } from './concurrency-limits.ts';
import { deploymentVerbs } from './deployment-verbs.ts';
import { deploymentRoutes } from './deployments.ts';
import { eventRoutes } from './events.ts';
import { flowRunVerbs } from './flow-run-verbs.ts';
import { flowRunRoutes } from './flow-runs.ts';
import { logRoutes } from './logs.ts';
import { modelRoutes } from './models.ts';
import { describeApi } from './openapi.ts';
import type { ApiParts } from './parts.ts';
import { questionRoutes } from './questions.ts';
import { type Reply, type Route, route } from './route.ts';
import { slotRoutes } from './slots.ts';
import { statusRoutes } from './status.ts';
import { taskRunRoutes } from './task-runs.ts';
import { tellingRoutes } from './telling.ts';
import { variableRoutes } from './variables.ts';
import { workQueueRoutes } from './work-queues.ts';

export function bindApi(app: Hono, parts: ApiParts, version: string): void {
  bindRoutes(app, apiRoutes(parts, version));
  app.all('/api/*', (c) => {
    throw new WeirError('not-found', `there is nothing at ${c.req.path.slice(0, 200)}`, {
      hint: 'GET /api/openapi.json describes what there is',
    });
  });
}

/** The table of all resources, with the one that describes them. */
export function apiRoutes(parts: ApiParts, version: string): Route[] {
  const routes: Route[] = [
    ...flowRunRoutes(parts),
    ...flowRunVerbs(parts),
    ...questionRoutes(parts),
    ...tellingRoutes(parts),
    ...taskRunRoutes(parts),
    ...logRoutes(parts),
    ...deploymentRoutes(parts),
    ...deploymentVerbs(parts),
    ...slotRoutes(parts),
    ...workQueueRoutes(parts),
    ...concurrencyLimitRoutes(parts),
    ...modelRoutes(parts),
    ...artifactRoutes(parts),
    ...variableRoutes(parts),
    ...statusRoutes(parts),
    ...eventRoutes(parts),
  ];
  let description: object | null = null;
  const describing: Route = route({
    method: 'get',
    path: '/api/openapi.json',
    tag: 'status',
    summary: 'This description',
    answers: { 200: { description: 'OpenAPI 3.1', schema: z.record(z.string(), z.unknown()) } },
    handle(): Reply {
      // Made when it is asked for: most servers never are.
      description ??= describeApi([...routes, describing], version);
      return { json: description };
    },
  });
  return [...routes, describing];
}
