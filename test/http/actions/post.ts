/** Posts forms as a browser does, to an app without a socket, and counts what its executor was asked for. */
import type { Executor } from '../../../src/engine/verbs/executor.ts';
import { WeirError } from '../../../src/model/errors.ts';
import type { FlowDescription } from '../../../src/model/flow-description.ts';
import { resolveSchedules } from '../../../src/model/schedule-spec.ts';
import type { Store } from '../../../src/store/store.ts';
import { RULES } from '../../support/flow-rules.ts';
import { appWorld } from '../world.ts';

export const SCHEMA = {
  type: 'object',
  properties: {
    epochs: { type: 'integer', minimum: 1, maximum: 100 },
    lr: { type: 'number', default: 0.1, description: 'How far a step goes' },
    model: { enum: ['ridge', 'forest'], default: 'ridge' },
    shuffle: { type: 'boolean', default: true },
    since: { type: 'string', format: 'date' },
    layers: { type: 'array', items: { type: 'integer' } },
    note: { type: 'string' },
  },
  required: ['epochs'],
  additionalProperties: false,
};

/** The flow that every file holds here. */
export function described(overrides: Partial<FlowDescription> = {}): FlowDescription {
  return {
    name: 'nightly',
    entry: 'default',
    description: '',
    version: null,
    tags: [],
    schedules: [],
    paramsSchema: null,
    options: RULES,
    codeHash: 'now',
    code: null,
    files: [],
    packages: [],
    taskCodes: {},
    ...overrides,
  } as FlowDescription;
}

export function actionWorld(flow: FlowDescription | WeirError = described()) {
  const asked = { described: [] as string[], resumed: [] as number[], nudges: 0 };
  const executor: Executor = {
    async describe(path) {
      asked.described.push(path);
      if (flow instanceof WeirError) throw flow;
      return [flow];
    },
    async resume(row) {
      if (row.state.name !== 'AwaitingRetry') throw new WeirError('conflict', `run ${row.id} cannot be resumed`);
      asked.resumed.push(row.id);
    },
    nudge: () => void asked.nudges++,
  };
  const world = appWorld({ executor });
  return {
    ...world,
    asked,
    post: (
      path: string,
      fields: Record<string, string> | [string, string][] = {},
      headers: Record<string, string> = {},
    ) =>
      world.app.request(path, {
        method: 'POST',
        body: new URLSearchParams(fields),
        headers: {
          host: 'localhost:4200',
          origin: 'http://localhost:4200',
          'sec-fetch-site': 'same-origin',
          ...headers,
        },
      }),
    state: (id: number) => world.store.flowRuns.byId(id)?.state,
    runs: () => world.store.flowRuns.latest(1000, null).length,
    /** Deploys the flow; gives the deployment's number. */
    deploy: (schema: object | null = SCHEMA, more: Deployed = {}) => putDeployment(world.store, schema, more),
  };
}

interface Deployed {
  readonly name?: string;
  readonly params?: Record<string, unknown>;
  readonly flow?: string;
}

/** A deployment as `weir up` would have left it; gives its number. */
export function putDeployment(store: Store, schema: object | null = SCHEMA, more: Deployed = {}): number {
  return store.deployments.put({
    flow: more.flow ?? 'nightly',
    name: more.name ?? 'default',
    path: '/flows/flow.ts',
    entry: 'default',
    codeHash: 'deployed',
    description: '',
    version: null,
    options: RULES,
    tags: [],
    paramsSchema: schema as Record<string, unknown> | null,
    params: more.params ?? {},
    schedules: [],
    overrides: {},
    number: 1,
    setAside: null,
    now: 1,
  } as Parameters<typeof store.deployments.put>[0]);
}

/** One of its schedules, deployed at `now` and due an hour later. */
export function putSchedule(store: Store, deploymentId: number, cron: string, now: number): void {
  const spec = resolveSchedules([{ cron, timezone: 'UTC' }], { machineZone: 'UTC', seed: 'x', createdAt: now })[0];
  store.deployments.putSchedule({
    deploymentId,
    identity: cron,
    spec: JSON.stringify(spec),
    timezone: 'UTC',
    nextAt: now + 3_600_000,
    wakeAt: now + 3_600_000,
    nextNote: null,
    bootId: null,
    now,
  } as Parameters<typeof store.deployments.putSchedule>[0]);
}
