/** The time between the death of a process and the next look at its file belongs to no run. */
import { readdirSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lockFolder } from '../../src/store/database.ts';
import { waitFor, weirWorld } from '../support/weir.ts';

test('a run whose process was killed is interrupted at its last sign of life, and has run until then, as its tasks and subflows have', async () => {
  const world = weirWorld();
  world.write(
    'flow.ts',
    `import { flow, task } from 'weir';
    const waits = task({ name: 'waits' }, () => new Promise(() => setInterval(() => {}, 1000)));
    const inner = flow({ name: 'inner' }, async () => { await waits(); });
    export default flow({ name: 'outer' }, async () => { await inner(); });`,
  );
  const running = world.start(['run', 'flow.ts']);
  const [{ at: startedAt }] = (await waitFor('the task runs', () => {
    const rows = world.rows<{ at: number }>(
      "select state_at as at from task_runs where name = 'waits' and state_type = 'RUNNING'",
    );
    return rows.length > 0 && rows;
  })) as [{ at: number }];
  const beatAt = await waitFor('a sign of life', () => {
    const at = lockedAt(world.db);
    return at > startedAt + 1 && at;
  });
  running.kill('SIGKILL');
  await running.ended;
  // It may have given another one before it was killed.
  const livedUntil = Math.max(beatAt, lockedAt(world.db));
  await waitFor('time passes', () => Date.now() > livedUntil + 10);

  const { states, total_run_time_ms: took } = await world.show(1);
  expect(states.at(-1)).toMatchObject({ name: 'AwaitingResume', at: new Date(livedUntil).toISOString() });
  expect(took).toBe(livedUntil - Date.parse(states.find(({ name }) => name === 'Running')?.at ?? ''));
  const inner = await world.show(2);
  expect(inner.states.at(-1)).toMatchObject({ name: 'AwaitingResume', at: new Date(livedUntil).toISOString() });
  expect(inner.tasks[0]).toMatchObject({ name: 'waits', total_run_time_ms: livedUntil - startedAt });
});

test('without a sign of life the last that is known of the run tells, and states stay in order', async () => {
  const world = weirWorld();
  world.write(
    'flow.yaml',
    'name: says\ntasks: { first: { run: echo one }, then: { needs: first, run: "echo two; sleep 600" } }',
  );
  const running = world.start(['run', 'flow.yaml']);
  await waitFor('its last line', () => world.rows("select 1 from logs where text = 'two'").length > 0);
  running.kill('SIGKILL');
  await running.ended;
  utimesSync(lockOf(world.db), 0, 0);
  const [line] = world.rows<{ at: number }>("select at from logs where text = 'two'");
  const run = await world.show(1);
  const times = run.states.map(({ at }) => Date.parse(at));
  expect(times.at(-1)).toBe(line?.at);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(run.tasks.map(({ states }) => states.at(-1)?.name)).toEqual(['Completed', 'AwaitingResume']);
});

/** The file by which the one process of the world shows that it lives. */
function lockOf(db: string): string {
  const folder = lockFolder(db);
  return join(folder, readdirSync(folder).find((name) => name.endsWith('.lock')) ?? '');
}

const lockedAt = (db: string) => Math.round(statSync(lockOf(db)).mtimeMs);
