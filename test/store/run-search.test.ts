/** Finding runs gives exactly what looking at every run would give, newest first, and reads an index for it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { decode, encode } from '../../src/model/codec.ts';
import { type Comparison, parseRunFilter, type RunFilter } from '../../src/model/run-filter.ts';
import { STATE_NAMES, STATE_TYPES, type StateName, type StateType } from '../../src/model/state.ts';
import type { Database } from '../../src/store/database.ts';
import { openStore } from '../../src/store/store.ts';
import { RULES } from '../support/flow-rules.ts';

const START = 1_000_000_000;
const STATES = STATE_TYPES.flatMap((type) => STATE_NAMES[type].map((name) => [type, name] as const));

interface Sample {
  readonly flow: string;
  readonly state: readonly [StateType, StateName];
  readonly tags: readonly string[];
  readonly trigger: 'cli' | 'schedule';
  readonly rmse: number | null;
  readonly lr: number | string | boolean | null;
  /** Of a task, where the run failed. */
  readonly error: string;
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
    lr: fc.constantFrom(0.003, 0.1, '0.1', true, null, 'SAY "ünï"'),
    error: fc.constantFrom('Connection refused', 'no "space" left', ''),
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
    ...['param.lr:0.003', 'param.lr:<0.05', 'param.lr:0.1', 'param.lr:!=0.1', 'param.lr:true', 'param.l:1'],
    ...['err:connection REFUSED', 'err:"space"', 'err:nowhere', 'text:ünï"', 'text:A-1', 'text:"y"'],
    ...['since:30s', 'until:20s', 'since:10m', 'until:10m'],
  ),
  { maxLength: 4 },
);

test('whatever is asked for, the pages together are the runs that match, newest first', () => {
  const store = world();
  const property = fc.property(samples, words, fc.integer({ min: 1, max: 7 }), (rows, asked, limit) => {
    store.database.exec('delete from task_runs; delete from flow_runs');
    store.overview.inSnapshot(() => {
      for (const [place, { flow, state, tags, trigger, rmse, lr, error }] of rows.entries()) {
        const [type, name] = state;
        const id = store.flowRuns.insert({
          ...{ flow, name: null, deploymentId: null, path: '/f.ts', entry: 'default', codeHash: null, version: null },
          options: RULES,
          ...{
            params: encode({ lr }),
            tags,
            trigger,
            infrastructure: 'thread',
            idempotencyKey: null,
            scheduleId: null,
          },
          ...{ slotAt: null, slotStartAt: null, slotCoversFrom: null, scheduledAt: null, ownerId: null, token: null },
          state: { type, name, message: null, at: START + place * 1000 },
        });
        if (rmse !== null) store.flowRuns.mergeMetrics(id, { rmse });
        if (error !== '') addFailedTask(store.database, id, error);
      }
    });
    const errors = new Map(
      store.flowRuns.latest(1000, null).map((run, place) => [run.id, rows.at(-1 - place)?.error ?? '']),
    );
    const filter = parseRunFilter(asked, START + rows.length * 1000, 'UTC');
    const all = store.flowRuns.latest(1000, null).filter((run) => matches(filter, run, errors));
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

/** Of a task of the run; its own columns do not matter here. */
function addFailedTask(database: Database, id: number, message: string): void {
  database
    .prepare(
      `insert into task_runs (flow_run_id, identity, scope, name, call_index, position, code_hash, state_type, state_name,
         state_at, states, flow_attempt, error)
       values (?, 't', '', 't', 0, 1, 'c', 'FAILED', 'Failed', 0, '[]', 1, ?)`,
    )
    .run(id, JSON.stringify({ name: 'Error', message, stack: null }));
}

function matches(filter: RunFilter, run: Run, errors: ReadonlyMap<number, string>): boolean {
  const { stateTypes, stateNames } = filter;
  const hasState = stateTypes.includes(run.state.type) || stateNames.includes(run.state.name);
  return (
    (filter.flows.length === 0 || filter.flows.includes(run.flow)) &&
    (stateTypes.length + stateNames.length === 0 || hasState) &&
    (filter.tags.length === 0 || filter.tags.some((tag) => run.tags.includes(tag))) &&
    (filter.triggers.length === 0 || filter.triggers.includes(run.trigger)) &&
    (filter.sinceAt === null || run.createdAt >= filter.sinceAt) &&
    (filter.untilAt === null || run.createdAt < filter.untilAt) &&
    filter.errors.every(
      (text) =>
        (run.state.type === 'FAILED' || run.state.type === 'CRASHED') &&
        (errors.get(run.id) ?? '').toLowerCase().includes(text.toLowerCase()),
    ) &&
    filter.texts.every((text) =>
      [
        run.flow,
        run.name,
        ...run.tags,

        String((decode(run.params) as { lr: unknown }).lr),
      ].some((each) => each.toLowerCase().includes(text.toLowerCase())),
    ) &&
    filter.params.every(({ name, comparison, value, text }) => {
      const has = (decode(run.params) as Record<string, number | string | boolean | null>)[name];
      if (has === undefined) return false;
      if (comparison === '=') return typeof has === 'number' ? has === value : String(has) === text;
      if (comparison === '!=') return typeof has === 'number' ? has !== value : String(has) !== text;
      return typeof has === 'number' && value !== null && COMPARE[comparison](has, value);
    }) &&
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
  [['err:x'], 'flow_runs_gone_wrong'],
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
