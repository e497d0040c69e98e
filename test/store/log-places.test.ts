/** Where lines lie: the chunk of each, found in logs of several runs that were written among each other. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { openStore } from '../../src/store/store.ts';

function world() {
  const folder = mkdtempSync(join(tmpdir(), 'weir-log-places-'));
  const store = openStore(join(folder, 'weir.db'));
  store.database.pragma('foreign_keys = off');
  onTestFinished(() => {
    store.close();
    rmSync(folder, { recursive: true });
  });
  const chunk = { attempt: 1, stream: 'stdout', level: 'info', at: 0, fields: null } as const;
  return {
    ...store,
    say: (flowRunId: number, lines: number, leftOut = 0, taskRunId: number | null = null) =>
      store.logs.append(
        { ...chunk, flowRunId, taskRunId, text: Array.from({ length: lines }, () => 'x').join('\n') },
        leftOut,
      ),
  };
}

test('the chunk of every line is found, and the next one for lines that were left out', () => {
  const { logs, logPlaces, database, say } = world();
  const piece = fc.record({
    run: fc.integer({ min: 1, max: 3 }),
    lines: fc.integer({ min: 1, max: 5 }),
    gap: fc.constantFrom(0, 0, 0, 4),
  });
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      database.exec('delete from logs');
      for (const { run, lines, gap } of pieces) say(run, lines, gap);
      for (const run of [1, 2, 3]) {
        const chunks = logs.after(run, 0, 1000);
        const end = chunks.at(-1);
        const last = end === undefined ? 0 : end.firstLine + end.lines - 1;
        for (let line = 1; line <= last + 2; line++) {
          const wanted = chunks.find((each) => line < each.firstLine + each.lines);
          expect(logPlaces.ofLine(run, line)?.id).toBe(wanted?.id);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test('pages of a run, a task or an attempt are read in both directions, and counted up to a bound', () => {
  const { logPlaces, say } = world();
  const own = [1, 2, 3, 4].map((lines) => say(1, lines, 0, lines % 2 === 0 ? 7 : null));
  say(2, 9);
  const run = { runId: 1, taskRunId: null };
  const task = { runId: 1, taskRunId: 7, attempt: null };
  expect(logPlaces.pageAfter(run, own[0] ?? 0, 2).map(({ id }) => id)).toEqual([own[1], own[2]]);
  expect(logPlaces.pageBefore(run, own[3] ?? 0, 2).map(({ id }) => id)).toEqual([own[2], own[1]]);
  expect(logPlaces.pageAfter(task, 0, 9).map(({ lines }) => lines)).toEqual([2, 4]);
  expect(logPlaces.pageAfter({ ...task, attempt: 2 }, 0, 9)).toEqual([]);
  expect(logPlaces.linesBetween(run, 0, 1000, 10)).toBe(10);
  expect(logPlaces.linesBetween(task, 0, own[3] ?? 0, 10)).toBe(2);
  expect(logPlaces.linesBetween(run, 0, 1000, 3)).toBeNull();
  expect(logPlaces.newestId()).toBe(5);
});

test('no question reads more of the file than it must', () => {
  const { database, logPlaces } = world();
  const asked: string[] = [];
  const prepare = database.prepare.bind(database);
  database.prepare = ((sql: string) => {
    asked.push(sql);
    return prepare(sql);
  }) as typeof database.prepare;
  for (const owner of [{ runId: 1, taskRunId: null } as const, { runId: 1, taskRunId: 2, attempt: 1 } as const]) {
    logPlaces.pageAfter(owner, 0, 1);
    logPlaces.pageBefore(owner, 0, 1);
    logPlaces.at(owner, 0);
    logPlaces.before(owner, 0);
    logPlaces.linesBetween(owner, 0, 1, 1);
  }
  logPlaces.newestId();
  expect(asked.length).toBe(11);
  for (const sql of asked) {
    const values = Object.fromEntries([...sql.matchAll(/:(\w+)/g)].map(([, name]) => [name as string, 1]));
    const plan = prepare(`explain query plan ${sql}`).all(values) as { detail: string }[];
    const steps = plan.map(({ detail }) => detail).filter((detail) => /logs/.test(detail));
    expect(steps.join()).toMatch(/^SEARCH logs(?: USING INDEX logs_by_(flow|task)_run .*)?$/);
    expect(plan.map(({ detail }) => detail).join()).not.toMatch(/TEMP B-TREE/);
  }
});
