/** What pages ask of one flow's past: exact where it is counted, and by an index each. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openStore } from '../../src/store/store.ts';
import { seedRun } from '../http/world.ts';

const NOW = 1_760_000_000_000;

function world() {
  const folder = mkdtempSync(join(tmpdir(), 'weir-flow-history-'));
  const store = openStore(join(folder, 'weir.db'));
  onTestFinished(async () => {
    await store.writer.stop();
    store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return store;
}

test('runs since a time are counted by how they ended, also where numbers are missing', () => {
  const store = world();
  const states = ['completed', 'failed', 'completed', 'crashed', 'cancelled', 'running', 'scheduled'] as const;
  store.overview.inSnapshot(() => {
    for (let index = 0; index < 70; index++)
      seedRun(store, {
        startAt: NOW + index * 1000,
        state: states[index % 7] ?? 'completed',
        flow: index % 2 === 0 ? 'a' : 'b',
      });
    // every fifth is gone, as after a retention
    store.database.exec('delete from flow_runs where id % 5 = 0');
  });
  const rows = store.database.prepare('select flow, state_type as type, created_at as at from flow_runs').all() as {
    flow: string;
    type: string;
    at: number;
  }[];
  for (const since of [0, NOW, NOW + 20_000, NOW + 33_333, NOW + 69_000, NOW + 1_000_000]) {
    const counted = rows.filter(({ flow, at }) => flow === 'a' && at >= since);
    const of = (...types: string[]) => counted.filter(({ type }) => types.includes(type)).length;
    expect(store.flowHistory.endsSince('a', since), String(since)).toEqual({
      runs: counted.length,
      failed: of('FAILED', 'CRASHED'),
      cancelled: of('CANCELLED'),
      unfinished: of('RUNNING', 'SCHEDULED'),
      isCapped: false,
    });
  }
});

test('an empty file counts nothing', () => {
  expect(world().flowHistory.endsSince('a', NOW)).toEqual({
    runs: 0,
    failed: 0,
    cancelled: 0,
    unfinished: 0,
    isCapped: false,
  });
});

test('each query of a page has its index', () => {
  const store = world();
  const plans: string[] = [];
  const prepare = store.database.prepare.bind(store.database);
  store.database.prepare = ((sql: string) => {
    const holes = [...sql.matchAll(/:(\w+)/g)].map(([, name = '']) => [name, null]);
    const plan = prepare(`explain query plan ${sql}`).all(Object.fromEntries(holes)) as { detail: string }[];
    plans.push(...plan.map(({ detail }) => detail));
    return prepare(sql);
  }) as typeof store.database.prepare;
  store.flowHistory.endsSince('a', NOW);
  store.flowHistory.runs('a', 10);
  store.flowHistory.tasks(1, 10);
  store.flowHistory.latestCode('a');
  store.modelLists.versions('m', 10, 10);
  store.modelLists.decisions('m', 10);
  store.modelLists.decisionsOfRuns([1]);
  store.modelLists.promotionOf('m', 1);
  expect(plans.filter((plan) => /^SCAN (?!\(subquery|json_each|CONSTANT|each)/.test(plan))).toEqual([]);
  expect(plans.join('\n')).toContain('USING COVERING INDEX flow_runs_gone_wrong_by_flow (flow=? AND id>?)');
  expect(plans.join('\n')).toContain('USING COVERING INDEX flow_runs_by_flow (flow=? AND id>?)');
});
