/**
 * No page reads all runs, task runs, log chunks, slots or figures: every statement that it asks finds what it wants by an
 * index, or walks one from its end and stops. Held against the plans of SQLite for a file that was never analysed: Weir
 * never does.
 */
import { expect, test } from 'vitest';
import { appWorld } from '../world.ts';

const PAGES = [
  '/',
  '/runs',
  '/runs?q=flow:nightly',
  '/runs?q=flow:nightly+flow:etl',
  '/runs?q=state:failed',
  '/runs?q=state:failed+flow:nightly',
  '/runs?q=state:completed',
  '/runs?q=state:running',
  '/runs?q=tag:x',
  '/runs?q=trigger:cli',
  '/runs?q=since:7d+until:1d',
  '/runs?q=err:x',
  '/runs?q=some+text',
  '/runs?q=param.lr:1',
  '/runs?q=metric.rmse:1',
  '/runs?q=deployment:nightly/default',
  '/runs?before=2',
  '/runs?after=1',
  '/runs.csv?q=state:failed',
  '/runs/1',
  '/runs/1/logs',
  '/schedule',
  '/schedule?stretch=week',
  '/models',
  '/queues',
  '/settings',
  '/feed.atom',
  '/metrics',
  '/health',
  '/badge/nightly.svg',
  '/status/nightly.txt',
  '/api/flow-runs',
  '/api/flow-runs/1',
  '/api/task-runs',
  '/api/deployments',
  '/api/slots',
];

/** Tables that grow with every run. */
const LARGE = /^SCAN (flow_runs|flow_run_states|task_runs|logs|metrics|slots|artifacts|run|task|t|k)\b/;
/** Walks from one end, and takes what it finds until it has enough; a covering index holds no more than is asked for. */
function isBounded(detail: string, sql: string): boolean {
  if (/from \w+\s+order by id desc\s+limit/.test(sql)) return true;
  const hasLimit = /\blimit\b/i.test(sql) || /\bm(ax|in)\(/i.test(sql);
  return hasLimit && (!/\bwhere\b/i.test(sql) || / USING (COVERING )?INDEX (?!sqlite_)/.test(detail));
}

test.each(PAGES)('%s', async (path) => {
  const world = appWorld();
  world.seedMany(
    Array.from({ length: 40 }, (_, index) => ({
      flow: index % 2 === 0 ? 'nightly' : 'etl',
      state: (['completed', 'failed', 'running', 'scheduled'] as const)[index % 4] ?? 'completed',
      tags: index % 3 === 0 ? ['x'] : [],
      tasks: [{ name: 'load', state: 'failed' as const }],
      log: 'one',
      metrics: { rmse: 1 },
    })),
  );
  // As in a file of many: what looks at the newest so many has an end.
  world.store.database.exec('update sqlite_sequence set seq = 50000');
  world.seed();
  const asked = spy(world.store.database);
  const answer = await world.get(path);
  await answer.text();
  expect(answer.status, path).toBe(200);
  expect(asked.size).toBeGreaterThan(0);
  // What has no condition, or one that an index cannot answer, must say where it stops: by number or by count.
  const scans = asked.plans().filter(({ detail, sql }) => LARGE.test(detail) && !isBounded(detail, sql));
  expect(scans).toEqual([]);
});

/** Every statement that is prepared from now on; the plans are asked for afterwards. */
function spy(database: { prepare: (sql: string) => unknown }) {
  const statements = new Set<string>();
  const prepare = database.prepare.bind(database);
  database.prepare = (sql: string) => {
    if (!/^explain/.test(sql)) statements.add(sql);
    return prepare(sql);
  };
  return {
    get size() {
      return statements.size;
    },
    plans: () =>
      [...statements].flatMap((sql) => {
        const holes = Object.fromEntries([...sql.matchAll(/[:@](\w+)/g)].map(([, name = '']) => [name, null]));
        const explained = prepare(`explain query plan ${sql}`) as { all: (holes: object) => { detail: string }[] };
        return explained.all(holes).map(({ detail }) => ({ detail, sql }));
      }),
  };
}
