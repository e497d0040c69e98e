/** What the page of a run asks of the file: right answers, bounded reads, and an index for each. */
import { expect, test } from 'vitest';
import { appWorld, type Seed } from '../http/world.ts';

test('every read finds its rows by an index, never by looking at all runs or tasks', () => {
  const { store, seed } = appWorld();
  const id = seed({ tasks: [{ name: 'a' }] });
  const { database, taskOutlines, runArtifacts, runNeighbours } = store;
  const plans = new Map<string, string[]>();
  const prepare = database.prepare.bind(database);
  database.prepare = ((sql: string) => {
    const holes = [...sql.matchAll(/:(\w+)/g)].map(([, name = '']) => [name, name === 'ids' ? '[]' : 1]);
    const plan = prepare(`explain query plan ${sql}`).all(Object.fromEntries(holes)) as { detail: string }[];
    plans.set(
      sql,
      plan.map(({ detail }) => detail),
    );
    return prepare(sql);
  }) as typeof database.prepare;

  taskOutlines.ofRun(id);
  taskOutlines.hasEdges(id);
  taskOutlines.inFull([1]);
  taskOutlines.timesBefore('nightly', id + 1);
  runArtifacts.count(id);
  runArtifacts.ofRun(id, 1);
  runArtifacts.byKey(id, 'a');
  runArtifacts.data(1);
  runArtifacts.before('nightly', id, 'a');
  runArtifacts.after('nightly', id, 'a');
  runNeighbours.before('nightly', id);
  runNeighbours.after('nightly', id);
  runNeighbours.latest('nightly', id, 5);
  runNeighbours.figures('nightly', id, 5);
  runNeighbours.failedBefore('nightly', id, 5);
  runNeighbours.guiltyTask(id);
  runNeighbours.decisions(id);
  runNeighbours.secretNames(id);
  runNeighbours.versionOfCode(1, 'a', 1);
  runNeighbours.process(1);

  expect(plans.size).toBe(21);
  for (const [sql, plan] of plans) {
    expect(plan.join('\n'), sql).toMatch(/SEARCH/);
    // A list of ids that was given, and the few rows that an inner query has found.
    const scans = plan.filter((detail) => detail.startsWith('SCAN') && !/json_each|subquery|SCAN runs|\(/.test(detail));
    expect(scans, sql).toEqual([]);
  }
});

test('what runs before and after gave is found within thirty of them, and looks no further', () => {
  const { store, seedMany } = appWorld();
  const artifact: Seed = { artifacts: [{ key: 'report', text: 'x' }] };
  const ids = seedMany([artifact, ...Array.from({ length: 30 }, () => ({})), artifact, {}, artifact]);
  const [first = 0, , , , , , , , , , , , , , , , , , , , , , , , , , , , , , , middle = 0, , last = 0] = ids;
  const { runArtifacts } = store;
  expect(runArtifacts.after('nightly', middle, 'report')?.runId).toBe(last);
  expect(runArtifacts.before('nightly', last, 'report')?.runId).toBe(middle);
  expect(runArtifacts.before('nightly', middle, 'report')).toBeNull();
  expect(runArtifacts.before('nightly', first + 30, 'report')?.runId).toBe(first);
  expect(runArtifacts.before('other', last, 'report')).toBeNull();
});

test('usual times come from runs that completed, and not from calls that were reused', () => {
  const { store, seed } = appWorld();
  seed({ tasks: [{ name: 'a', tookMs: 10 }] });
  seed({ state: 'failed', tasks: [{ name: 'a', tookMs: 99 }] });
  seed({
    tasks: [
      { name: 'a', tookMs: 20, reusedFrom: 1 },
      { name: 'a', label: 'x', tookMs: 30 },
    ],
  });
  const id = seed({ tasks: [{ name: 'a', tookMs: 77 }] });
  const times = store.taskOutlines.timesBefore('nightly', id);
  expect(times.map(({ label, runTimeMs }) => [label, runTimeMs])).toEqual([
    ['x', 30],
    [null, 10],
  ]);
});
