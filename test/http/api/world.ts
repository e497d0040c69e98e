/**
 * The API over a fresh file. Every answer is held against the table of routes on its way: a status that is not described,
 * or a field that its schema does not know, fails the test.
 */
import { expect } from 'vitest';
import { noExecutor } from '../../../src/engine/verbs/executor.ts';
import { apiRoutes } from '../../../src/http/api/api.ts';
import { describeApi } from '../../../src/http/api/openapi.ts';
import type { ApiParts } from '../../../src/http/api/parts.ts';
import type { AppOptions } from '../../../src/http/app.ts';
import { resolveSchedules, scheduleIdentity } from '../../../src/model/schedule-spec.ts';
import { RULES } from '../../support/flow-rules.ts';
import { appWorld, NOW } from '../world.ts';

export interface Call {
  readonly method?: string;
  readonly body?: unknown;
  /** As it is, not as JSON. */
  readonly raw?: string | Uint8Array;
  readonly headers?: Record<string, string>;
}

export interface Answered {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into any JSON
  readonly json: any;
  readonly text: string;
  readonly headers: Headers;
}

const ROUTES = apiRoutes({ store: { registry: {} }, executor: noExecutor() } as unknown as ApiParts, '1.2.3');
export const DESCRIPTION = describeApi(ROUTES, '1.2.3') as {
  paths: Record<string, Record<string, { responses: Record<string, unknown> }>>;
};

export function apiWorld(options: Partial<AppOptions> = {}) {
  const world = appWorld(options);
  return {
    ...world,
    async call(path: string, { method = 'GET', body, raw, headers = {} }: Call = {}): Promise<Answered> {
      const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body));
      const type = body === undefined ? {} : { 'content-type': 'application/json' };
      const init = { method, headers: { ...type, ...headers }, ...(sent === undefined ? {} : { body: sent }) };
      const answer = await world.app.request(path, init as RequestInit);
      const text = await answer.text();
      const isJson = /[/+]json$/.test(answer.headers.get('content-type') ?? '');
      const json = isJson && text !== '' ? (JSON.parse(text) as unknown) : null;
      if (path.startsWith('/api/')) holdAgainstRoutes(method, path, answer, json);
      expect(world.faults, `${method} ${path}`).toEqual([]);
      return { status: answer.status, json, text, headers: answer.headers };
    },
    /** Writes a deployment with its schedules as `weir up` would have left it; gives its number. */
    deploy(flow: string, { cron, paramsSchema = null, params = {} }: Deploy = {}): number {
      const { store } = world;
      return store.overview.inSnapshot(() => {
        const base = {
          path: '/flows/flow.ts',
          entry: 'default',
          description: '',
          options: RULES,
          tags: [],
          paramsSchema,
          params,
        };
        const id = store.deployments.put({ flow, name: 'default', ...base, now: NOW, number: 1, codeHash: 'c0de' });
        const seed = { machineZone: 'UTC', seed: flow, createdAt: NOW };
        for (const spec of cron === undefined ? [] : resolveSchedules([{ cron, timezone: 'UTC' }], seed))
          store.deployments.putSchedule({
            ...{
              deploymentId: id,
              identity: scheduleIdentity(spec),
              spec: JSON.stringify(spec),
              timezone: spec.timezone,
            },
            ...{ nextAt: NOW + 3_600_000, nextNote: null, now: NOW },
          });
        return id;
      });
    },
  };
}

interface Deploy {
  readonly cron?: string;
  readonly paramsSchema?: Record<string, unknown> | null;
  readonly params?: Record<string, unknown>;
}

function holdAgainstRoutes(method: string, path: string, answer: Response, json: unknown): void {
  const { pathname } = new URL(path, 'http://localhost');
  const template = Object.keys(DESCRIPTION.paths)
    .sort((a, b) => (a.includes('{') ? 1 : 0) - (b.includes('{') ? 1 : 0))
    .find((each) => new RegExp(`^${each.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(pathname));
  const verb = method === 'HEAD' ? 'get' : method.toLowerCase();
  const operation = template === undefined ? undefined : DESCRIPTION.paths[template]?.[verb];
  if (operation === undefined) return;
  expect(Object.keys(operation.responses), `${method} ${template} answers ${answer.status}`).toContain(
    String(answer.status),
  );
  if (json === null) return;
  const route = ROUTES.find((each) => each.path === template && each.method === verb);
  const schema = answer.status < 400 ? route?.answers[answer.status]?.schema : undefined;
  // What the schema does not know is taken out by it, and missed then.
  if (schema !== undefined) expect(json, `${method} ${template}`).toEqual(schema.parse(json));
}
