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
  '/runs/1/report.html',
  '/compare?a=1&b=2',
  '/flows',
  '/flows/nightly',
  '/flows/nightly?runs=60',
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
/** Indexes that hold only a few of the runs. */
const SMALL = /INDEX flow_runs_(unfinished|gone_wrong|stopped|tagged|claimable|owned|in_turn)/;

/** Walks a small index, or all from the newest until it has as many as it wants, whatever they are. */
function isBounded(detail: string, sql: string): boolean {
  return SMALL.test(detail) || /from \w+\s+order by id desc\s+limit/.test(sql);
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
  const scans = asked.plans().filter(({ detail, sql }) => LARGE.test(detail) && !isBounded(detail, sql));
  expect(scans).toEqual([]);
});

test('what commands ask of all runs', () => {
  const { store } = appWorld();
  const asked = spy(store.database);
  const { flowRuns, overview } = store;
  flowRuns.claimable(0, 10);
  flowRuns.nextDue();
  flowRuns.ownedBy(1);
  flowRuns.cancellingOf(1);
  flowRuns.unfinishedParents();
  flowRuns.awaitingResume();
  flowRuns.awaitingRetry();
  flowRuns.latestOfFlow('nightly', 1);
  flowRuns.latestFailed();
  flowRuns.latestRunning();
  flowRuns.newestCompletedSlot('nightly', 0);
  overview.flowsWithRuns(10);
  overview.unfinishedCounts();
  overview.unfinished(10, { withSubflows: true });
  overview.createdAfter(5, 10);
  overview.newestId();
  store.deploymentRuns.history(1, 10);
  store.deploymentRuns.inFlight(1);
  store.typicalTimes.latestOf(1);
  store.typicalTimes.runningSince(1);
  expect(asked.plans().filter(({ detail, sql }) => LARGE.test(detail) && !isBounded(detail, sql))).toEqual([]);
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
