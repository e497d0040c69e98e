/** Finding runs gives exactly what looking at every run would give, newest first, and reads an index for it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { encode } from '../../src/model/codec.ts';
import { type Comparison, parseRunFilter, type RunFilter } from '../../src/model/run-filter.ts';
import { STATE_NAMES, STATE_TYPES, type StateName, type StateType } from '../../src/model/state.ts';
import { openStore } from '../../src/store/store.ts';

const START = 1_000_000_000;
const STATES = STATE_TYPES.flatMap((type) => STATE_NAMES[type].map((name) => [type, name] as const));

interface Sample {
  readonly flow: string;
  readonly state: readonly [StateType, StateName];
  readonly tags: readonly string[];
  readonly trigger: 'cli' | 'schedule';
  readonly rmse: number | null;
}

function world() {
  const folder = mkdtempSync(join(tmpdir(), 'weir-search-'));
  const store = openStore(join(folder, 'weir.db'));
  onTestFinished(() => {
    store.close();
    rmSync(folder, { recursive: true });
  });
  return store;
}

const samples = fc.array(
  fc.record<Sample>({
    flow: fc.constantFrom('a', 'b', 'c'),
    state: fc.constantFrom(...STATES),
    tags: fc.subarray(['x', 'y', 'a"x"b', 'ünï']),
    trigger: fc.constantFrom('cli', 'schedule'),
    rmse: fc.option(fc.constantFrom(0, 0.5, 1, 2), { nil: null }),
  }),
  { minLength: 20, maxLength: 60 },
);
const words = fc.uniqueArray(
  fc.constantFrom(
    ...['flow:a', 'flow:a,b', 'flow:none', 'state:failed', 'state:crashed', 'state:cancelled,skipped', 'state:late'],
    ...['state:completed,failed', 'state:unfinished', 'state:timedout,failed', 'state:cached', 'trigger:schedule'],
    ...[
      'tag:x',
      'tag:a"x"b,y',
      'tag:ünï',
      'tag:a',
      'metric.rmse:<1',
      'metric.rmse:1',
      'metric.rmse:!=0',
      'metric.r:>0',
    ],
    ...['since:30s', 'until:20s', 'since:10m', 'until:10m'],
  ),
  { maxLength: 4 },
);

test('whatever is asked for, the pages together are the runs that match, newest first', () => {
  const store = world();
  const property = fc.property(samples, words, fc.integer({ min: 1, max: 7 }), (rows, asked, limit) => {
    store.database.exec('delete from flow_runs');
    for (const [place, { flow, state, tags, trigger, rmse }] of rows.entries()) {
      const [type, name] = state;
      const id = store.flowRuns.insert({
        ...{ flow, name: null, deploymentId: null, path: '/f.ts', entry: 'default', codeHash: null, version: null },
        options: {
          ...{ retries: 0, retryDelay: null, retryJitter: 0, crashRetries: 2, timeoutMs: null },
          ...{ concurrencyLimits: {}, runName: null },
        },
        ...{ params: encode({}), tags, trigger, infrastructure: 'thread', idempotencyKey: null, scheduleId: null },
        ...{ slotAt: null, slotStartAt: null, slotCoversFrom: null, scheduledAt: null, ownerId: null, token: null },
        state: { type, name, message: null, at: START + place * 1000 },
      });
      if (rmse !== null) store.flowRuns.mergeMetrics(id, { rmse });
    }
    const filter = parseRunFilter(asked, START + rows.length * 1000, 'UTC');
    const all = store.flowRuns.latest(1000, null).filter((run) => matches(filter, run));
    const found: number[] = [];
    for (let before: number | null = null; ; before = found.at(-1) ?? null) {
      const page = store.flowRuns.search(filter, { before, limit }).map((run) => run.id);
      found.push(...page);
      if (page.length < limit) break;
    }
    expect(found).toEqual(all.map((run) => run.id));
  });
  fc.assert(property, { numRuns: 60 });
});

type Run = ReturnType<ReturnType<typeof world>['flowRuns']['latest']>[number];

function matches(filter: RunFilter, run: Run): boolean {
  const { stateTypes, stateNames } = filter;
  const hasState = stateTypes.includes(run.state.type) || stateNames.includes(run.state.name);
  return (
    (filter.flows.length === 0 || filter.flows.includes(run.flow)) &&
    (stateTypes.length + stateNames.length === 0 || hasState) &&
    (filter.tags.length === 0 || filter.tags.some((tag) => run.tags.includes(tag))) &&
    (filter.triggers.length === 0 || filter.triggers.includes(run.trigger)) &&
    (filter.sinceAt === null || run.createdAt >= filter.sinceAt) &&
    (filter.untilAt === null || run.createdAt < filter.untilAt) &&
    filter.metrics.every(({ name, comparison, value }) => {
      const has = run.metrics[name];
      return has !== undefined && COMPARE[comparison](has, value);
    })
  );
}

const COMPARE: Readonly<Record<Comparison, (a: number, b: number) => boolean>> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '=': (a, b) => a === b,
  '!=': (a, b) => a !== b,
};

test.each([
  [['state:failed'], 'flow_runs_gone_wrong'],
  [['flow:a', 'state:failed'], 'flow_runs_gone_wrong'],
  [['state:cancelled'], 'flow_runs_stopped'],
  [['flow:a', 'state:running'], 'flow_runs_unfinished'],
  [['flow:a'], 'flow_runs_by_flow'],
  [['tag:x'], 'flow_runs_tagged'],
])('%j reads the index %s', (asked, index) => {
  const store = world();
  const { database } = store;
  const plans: string[] = [];
  const prepare = database.prepare.bind(database);
  database.prepare = ((sql: string) => {
    if (!/created_at from|max\(id\)/.test(sql)) {
      const holes = [...sql.matchAll(/:(\w+)/g)].map(([, name = '']) => [name, null]);
      const plan = prepare(`explain query plan ${sql}`).all(Object.fromEntries(holes)) as { detail: string }[];
      plans.push(...plan.map(({ detail }) => detail));
    }
    return prepare(sql);
  }) as typeof database.prepare;
  store.flowRuns.search(parseRunFilter(asked, START, 'UTC'), { before: null, limit: 1 });
  expect(plans.join('\n')).toContain(index);
});
