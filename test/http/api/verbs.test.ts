/** What can be changed through the API, as scenarios: a request, its status, what the answer has, and what changed. */
import { describe, expect, it } from 'vitest';
import type { Executor } from '../../../src/engine/verbs/executor.ts';
import { NOW } from '../world.ts';
import { apiWorld, type Call } from './world.ts';

type World = ReturnType<typeof apiWorld>;

interface Scenario {
  readonly title: string;
  readonly given?: (world: World) => unknown;
  readonly path: string;
  readonly call: Call;
  readonly status: number;
  readonly has?: object;
  /** What is different afterwards; `runs` and the like count rows before and after. */
  readonly changed?: (world: World) => unknown;
  readonly newRuns?: number;
}

const SCHEMA = {
  type: 'object',
  properties: { week: { type: 'integer' }, mode: { type: 'string', enum: ['fast', 'exact'] } },
  required: ['week'],
  additionalProperties: false,
};

const deployed = (world: World) =>
  world.deploy('nightly', { cron: '0 2 * * *', paramsSchema: SCHEMA, params: { week: 1 } });
const post = (body?: unknown, headers: Record<string, string> = {}): Call => ({
  method: 'POST',
  ...(body === undefined ? {} : { body }),
  headers,
});

const SCENARIOS: readonly Scenario[] = [
  {
    title: 'a run of a deployment is started with its parameters',
    given: deployed,
    path: '/api/deployments/nightly/default/runs',
    call: post({ params: { week: 7 }, tags: ['by-api'], slot: '2026-01-04T02:00Z' }),
    status: 201,
    has: {
      id: 1,
      trigger: 'api',
      params: { week: 7 },
      tags: ['by-api'],
      slot: '2026-01-04T02:00:00.000Z',
      state: { name: 'Scheduled' },
    },
    newRuns: 1,
  },
  {
    title: 'a run is started without a body, with the parameters of the deployment',
    given: deployed,
    path: '/api/deployments/nightly/default/runs',
    call: post(),
    status: 201,
    has: { params: { week: 1 } },
    newRuns: 1,
  },
  {
    title: 'a run is started by the name of its deployment',
    given: deployed,
    path: '/api/flow-runs',
    call: post({ deployment: 'nightly' }),
    status: 201,
    has: { deployment: 'nightly/default' },
    newRuns: 1,
  },
  {
    title: 'parameters that do not validate are refused without a run, each field named',
    given: deployed,
    path: '/api/deployments/nightly/default/runs',
    call: post({ params: { week: 'soon', mode: 'slow', weak: 1 } }),
    status: 422,
    has: {
      code: 'invalid-parameters',
      field: 'week',
      errors: [
        { field: 'week' },
        { field: 'mode' },
        { field: 'weak', message: expect.stringContaining('did you mean week?') },
      ],
    },
    newRuns: 0,
  },
  {
    title: 'a field that a request does not have is named, with the nearest that it has',
    given: deployed,
    path: '/api/deployments/nightly/default/runs',
    call: post({ parms: {} }),
    status: 400,
    has: { field: 'parms', detail: 'did you mean params?' },
    newRuns: 0,
  },
  {
    title: 'a time that is none is refused',
    given: deployed,
    path: '/api/deployments/nightly/default/runs',
    call: post({ slot: 'tomorrow' }),
    status: 400,
    newRuns: 0,
  },
  {
    title: 'a deployment that is not there starts nothing',
    path: '/api/deployments/a/b/runs',
    call: post(),
    status: 404,
    newRuns: 0,
  },
  {
    title: 'a waiting run is cancelled at once',
    given: (world) => world.seed({ state: 'scheduled' }),
    path: '/api/flow-runs/1/cancel',
    call: post(),
    status: 200,
    has: { state: { name: 'Cancelled', message: 'cancelled by the API' } },
  },
  {
    title: 'a run that is over is not cancelled',
    given: (world) => world.seed(),
    path: '/api/flow-runs/1/cancel',
    call: post(),
    status: 409,
    has: { code: 'conflict' },
    changed: (world) => expect(world.store.flowRuns.byId(1)?.state.name).toBe('Completed'),
  },
  {
    title: 'a completed run is not retried: the answer names the command that would do what was meant',
    given: (world) => world.seed(),
    path: '/api/flow-runs/1/retry',
    call: post({}),
    status: 409,
    has: { detail: expect.stringContaining('weir rerun 1') },
  },
  {
    title: 'from and only exclude each other',
    given: (world) => world.seed({ state: 'failed' }),
    path: '/api/flow-runs/1/retry',
    call: post({ from: 'a', only: 'b' }),
    status: 400,
  },
  {
    title: 'a completed run is not resumed',
    given: (world) => world.seed(),
    path: '/api/flow-runs/1/resume',
    call: post(),
    status: 409,
  },
  {
    title: 'a deployment is paused with a reason and an end',
    given: deployed,
    path: '/api/deployments/nightly/default/pause',
    call: post({ reason: 'migration', until: '2h' }),
    status: 200,
    has: { paused: { by: 'the API', reason: 'migration', until: '2026-01-05T13:00:00.000Z' } },
    changed: (world) => expect(world.store.deployments.named('nightly', 'default')?.pausedReason).toBe('migration'),
  },
  {
    title: 'one of its schedules is paused alone',
    given: deployed,
    path: '/api/deployments/nightly/default/pause',
    call: post({ schedule: '0 2 * * * UTC' }),
    status: 200,
    has: { schedule: '0 2 * * * UTC', paused: { reason: null } },
    changed: (world) => expect(world.store.deployments.named('nightly', 'default')?.pausedAt).toBeNull(),
  },
  {
    title: 'a pause that is over already is refused',
    given: deployed,
    path: '/api/deployments/nightly/default/pause',
    call: post({ until: '2020-01-01' }),
    status: 400,
  },
  {
    title: 'what is not paused may be resumed',
    given: deployed,
    path: '/api/deployments/nightly/default/resume',
    call: post(),
    status: 200,
    has: { paused: null },
  },
  {
    title: 'there is no version before the first',
    given: deployed,
    path: '/api/deployments/nightly/default/rollback',
    call: post({}),
    status: 409,
  },
  {
    title: 'a backfill makes runs for due times that have none',
    given: deployed,
    path: '/api/deployments/nightly/default/backfill',
    call: post({ from: '2026-01-02', to: '2026-01-03', max: 2 }),
    status: 200,
    has: { dry_run: false, max: 2, items: [{ run: 1 }, { run: 2 }] },
    newRuns: 2,
  },
  {
    title: 'a dry backfill only tells which',
    given: deployed,
    path: '/api/deployments/nightly/default/backfill',
    call: post({ from: '3d', dry_run: true, newest_first: true }),
    status: 200,
    has: { dry_run: true, items: [{ slot: '2026-01-05T02:00:00.000Z', run: null }, {}, {}] },
    newRuns: 0,
  },
  {
    title: 'a deployment is deleted, and its runs stay',
    given: (world) => [deployed(world), world.seed()],
    path: '/api/deployments/nightly/default',
    call: { method: 'DELETE' },
    status: 200,
    has: { deployment: 'nightly/default' },
    changed: (world) =>
      expect([world.store.deployments.all(), world.store.flowRuns.byId(1)?.flow]).toEqual([[], 'nightly']),
  },
  {
    title: 'a limit is created by PUT',
    path: '/api/concurrency-limits/gpu',
    call: { method: 'PUT', body: { capacity: 2 } },
    status: 201,
    has: { name: 'gpu', capacity: 2, declared_by: 'user' },
    changed: (world) => expect(world.store.limits.created()).toMatchObject([{ name: 'gpu', capacity: 2 }]),
  },
  {
    title: 'a capacity is changed by PUT',
    given: (world) => world.store.limits.put('gpu', 1, NOW),
    path: '/api/concurrency-limits/gpu',
    call: { method: 'PUT', body: { capacity: 0 } },
    status: 200,
    has: { capacity: 0 },
  },
  {
    title: 'a capacity below nothing is refused',
    path: '/api/concurrency-limits/gpu',
    call: { method: 'PUT', body: { capacity: -1 } },
    status: 400,
    has: { field: 'capacity' },
    changed: (world) => expect(world.store.limits.created()).toEqual([]),
  },
  {
    title: 'a limit is deleted',
    given: (world) => world.store.limits.put('gpu', 1, NOW),
    path: '/api/concurrency-limits/gpu',
    call: { method: 'DELETE' },
    status: 200,
    has: { name: 'gpu', capacity: null },
  },
  {
    title: 'a limit that is not there is not deleted',
    path: '/api/concurrency-limits/gpu',
    call: { method: 'DELETE' },
    status: 404,
  },
  {
    title: 'a variable is set to any JSON',
    path: '/api/variables/threshold',
    call: { method: 'PUT', body: { value: { a: [1, null, 'ü'] } } },
    status: 201,
    has: { name: 'threshold', value: { a: [1, null, 'ü'] } },
    changed: (world) => expect(world.store.variables.byName('threshold')?.value).toBe('{"a":[1,null,"ü"]}'),
  },
  {
    title: 'a variable may be null, and must be said',
    path: '/api/variables/threshold',
    call: { method: 'PUT', body: {} },
    status: 400,
    has: { field: 'value' },
  },
  {
    title: 'a variable is forgotten',
    given: (world) => world.store.variables.put('threshold', '7', NOW),
    path: '/api/variables/threshold',
    call: { method: 'DELETE' },
    status: 200,
    has: { name: 'threshold', value: null },
    changed: (world) => expect(world.store.variables.all()).toEqual([]),
  },
  {
    title: 'a version is promoted by hand, and the log says by whom',
    given: register,
    path: '/api/models/temperature/promote',
    call: post({ version: 2 }),
    status: 200,
    has: { name: 'temperature', version: 2, stage: 'Production' },
    changed: (world) => expect(world.store.registry.decisions('temperature')[0]?.decided_by).toBe('the API'),
  },
  {
    title: 'a stage that is none is refused',
    given: register,
    path: '/api/models/temperature/promote',
    call: post({ version: 'latest', stage: 'Prod' }),
    status: 400,
    has: { code: 'invalid-value' },
  },
  {
    title: 'there is nothing to roll back to before a promotion',
    given: register,
    path: '/api/models/temperature/rollback',
    call: post(),
    status: 409,
  },
];

describe('through the API', () => {
  it.each(SCENARIOS)('$title', async ({ given, path, call, status, has, changed, newRuns }) => {
    const world = apiWorld();
    await given?.(world);
    const before = world.store.overview.newestId();
    const answer = await world.call(path, call);
    expect([answer.status, answer.json]).toEqual([status, expect.anything()]);
    if (has !== undefined) expect(answer.json).toMatchObject(has);
    if (newRuns !== undefined) expect(world.store.overview.newestId() - before).toBe(newRuns);
    changed?.(world);
  });

  it('the same Idempotency-Key starts one run, also when both ask at once', async () => {
    const world = apiWorld();
    deployed(world);
    const path = '/api/deployments/nightly/default/runs';
    const ask = (week: number) => world.call(path, post({ params: { week } }, { 'idempotency-key': 'order-7' }));
    const answers = await Promise.all([ask(1), ask(2), ask(3)]);
    expect(answers.map((answer) => answer.json.id)).toEqual([1, 1, 1]);
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 200, 201]);
    expect(answers[0]?.headers.get('location')).toBe('/api/flow-runs/1');
    expect((await world.call(path, post({}, { 'idempotency-key': 'a key' }))).json).toMatchObject({
      status: 400,
      field: 'idempotency-key',
    });
    expect(world.store.overview.newestId()).toBe(1);
  });

  it('a failed run is retried with the code as it is now, and a rerun gets other parameters', async () => {
    const nudged: string[] = [];
    const flow = {
      ...{ name: 'nightly', entry: 'default', version: null, codeHash: 'new', code: null, tags: ['t'], taskCodes: {} },
      ...{ options: { runName: null }, paramsSchema: SCHEMA, schedules: [], description: '', packages: {} },
    };
    const executor = {
      describe: async () => [flow],
      resume: async () => {},
      nudge: () => void nudged.push('nudge'),
    } as unknown as Executor;
    const world = apiWorld({ executor });
    world.seed({ state: 'failed', params: { week: 1 } });
    const rerun = await world.call('/api/flow-runs/1/rerun', post({ params: { week: 9 } }));
    expect([rerun.status, rerun.json.params, rerun.json.trigger]).toEqual([201, { week: 9 }, 'api']);
    expect((await world.call('/api/flow-runs/1/rerun', post({ params: { week: 'x' } }))).json).toMatchObject({
      status: 422,
      field: 'week',
    });
    const retried = await world.call('/api/flow-runs/1/retry', post());
    expect([retried.status, retried.json.state]).toEqual([202, expect.objectContaining({ name: 'AwaitingRetry' })]);
    expect(nudged).toHaveLength(2);
    expect((await world.call('/api/flow-runs/1/retry', post())).status).toBe(409);
  });
});

function register(world: World): Promise<unknown> {
  const { content, registry, writer } = world.store;
  return writer.write(() => {
    for (const text of ['one', 'two']) {
      const { hash, size } = content.put(new TextEncoder().encode(text));
      const labels = { metrics: {}, params: {}, tags: {} };
      registry.register({
        model: 'temperature',
        format: 'file',
        fileName: 'm.pkl',
        contentHash: hash,
        size,
        labels,
        origin: null,
        now: NOW,
      });
    }
  });
}
