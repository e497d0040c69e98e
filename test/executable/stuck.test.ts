/** Processes that stand still or cannot write: nobody takes their runs from them, and nobody waits for ever. */
import SqliteDatabase from 'better-sqlite3';
import { expect, test } from 'vitest';
import { waitFor, weirWorld } from '../support/weir.ts';

const GATED = `
  import { appendFileSync, existsSync } from 'node:fs';
  import { flow, task } from 'weir';
  const wait = task({ name: 'wait' }, async () => {
    appendFileSync('trace', 'entered\\n');
    while (!existsSync('go')) await new Promise((done) => setTimeout(done, 5));
    return 'done';
  });
  export default flow({ name: 'gated' }, async () => wait());`;

test('a process that is stopped by SIGSTOP keeps its run, whoever looks, and goes on with it after SIGCONT', async () => {
  const world = weirWorld();
  world.write('flow.ts', GATED);
  const running = world.start(['run', 'flow.ts']);
  const recorded = "select 1 from task_runs where state_type = 'RUNNING'";
  await waitFor('the task to run', () => world.lines('trace').length === 1 && world.rows(recorded).length === 1);
  running.kill('SIGSTOP');
  const server = world.start(['up', '.', '--port', '0']);
  await server.until(/shows what runs/);
  expect(await world.weir(['runs'])).toMatchObject({ code: 0, stderr: '' });
  expect((await world.weir(['resume', '1'])).stderr).toContain('executed by another process already');
  // A server looks for the dead when it starts and every few seconds: it has looked twice when it ends.
  const startedAt = Date.now();
  await waitFor('the server to have looked again', () => Date.now() - startedAt > 6000);
  expect(world.rows('select state_name as state, crashes, owner_id is null as free from flow_runs')).toEqual([
    { state: 'Running', crashes: 0, free: 0 },
  ]);
  running.kill('SIGCONT');
  world.write('go', '');
  expect(await running.ended).toMatchObject({ code: 0, stdout: 'done\n' });
  server.kill('SIGTERM');
  expect(await server.ended).toMatchObject({ code: 0 });
  expect(world.lines('trace')).toEqual(['entered']);
  expect(world.rows('select state_name as state, attempt, crashes from flow_runs')).toEqual([
    { state: 'Completed', attempt: 1, crashes: 0 },
  ]);
});

test('weir run does not wait for ever for a run whose end cannot be written: it says so, and the run can be resumed', async () => {
  const world = weirWorld();
  world.write('flow.ts', GATED);
  world.write('go', '');
  expect(await world.weir(['run', 'flow.ts'])).toMatchObject({ code: 0 });
  const database = new SqliteDatabase(world.db);
  database.exec(
    "create trigger jam before update of owner_id on flow_runs when new.owner_id is null begin select raise(abort, 'jammed'); end",
  );
  const { code, stdout, stderr } = await world.weir(['run', 'flow.ts']);
  expect({ code, stdout }, stderr).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain('the end of run 2 could not be written: when the cause is mended, weir resume 2');
  database.exec('drop trigger jam');
  database.close();
  expect(await world.weir(['resume', '2'])).toMatchObject({ code: 0, stdout: 'done\n' });
});
