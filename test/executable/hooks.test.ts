/** Hooks as a user meets them: `weir run` waits for them, and a run that crashed once too often still has its onFailure. */
import { expect, test } from 'vitest';
import { type Running, type World, waitFor, weirWorld } from '../support/weir.ts';

/** A flow that never ends by itself, with hooks that leave a line each. */
const STUCK = `
  import { appendFileSync } from 'node:fs';
  import { context, flow, task } from 'weir';
  const note = (line: string) => appendFileSync(context().dir + '/trace', line + '\\n');
  const wait = task({ name: 'wait', onFailure: ({ taskRun }) => note('task ' + taskRun?.name) }, async () => {
    note('wait');
    await new Promise((done) => setTimeout(done, 1e8));
  });
  export default flow(
    { name: 'stuck', onFailure: ({ state, error, flowRun }) => { note('flow ' + flowRun.id + ' ' + state.name); console.log(error?.message); } },
    async () => { await wait(); },
  );`;

test('E36 weir run waits for its hooks, prints what they print, and ends as the run did', async () => {
  const world = weirWorld();
  world.write(
    'flow.ts',
    `import { flow } from 'weir';
     import { setTimeout as sleep } from 'node:timers/promises';
     export default flow({
       name: 'told',
       onFailure: [
         async ({ error }) => { await sleep(50); console.log('mail: ' + error?.message); },
         () => { throw new Error('no mail today'); },
       ],
     }, () => { throw new Error('the disk is full'); });`,
  );
  const { code, stderr } = await world.weir(['run', 'flow.ts']);
  expect(code).toBe(5);
  expect(stderr).toContain('mail: the disk is full');
  expect(stderr).toContain('onFailure of flow "told" failed, which changes nothing: Error: no mail today');
  expect((await world.weir(['logs', '1'])).stdout).toContain('mail: the disk is full');
});

test('a server that finds a run crashed for the third time by kill -9 runs its onFailure, and that of its task, once', async () => {
  const world = weirWorld();
  world.write('flow.ts', STUCK);
  const serve = ['up', 'nothing', '--port', '0'];
  world.write('nothing/README.md', '');
  for (const [crash, args] of [['run', 'flow.ts'], serve, serve].entries())
    await killWhen(world, world.start(args), crash + 1);
  const server = world.start(serve);
  await waitFor('the lines of both hooks', () => world.lines('trace').length === 5);
  await waitFor('their end', () => world.rows('select 1 from hooks where ran_at is null').length === 0);
  expect(world.lines('trace').slice(3).toSorted()).toEqual(['flow 1 Crashed', 'task wait']);
  expect((await world.weir(['logs', '1'])).stdout).toMatch(/died; crash 3 of 3, parked/);
  server.kill('SIGTERM');
  expect((await server.ended).code).toBe(0);
});

test('without a server, weir resume runs the hooks of a run that crashed once too often', async () => {
  const world = weirWorld();
  world.write('flow.ts', STUCK.replace("name: 'stuck',", "name: 'stuck', crashRetries: 0,"));
  await killWhen(world, world.start(['run', 'flow.ts']), 1);
  // Who only looks runs nothing.
  expect((await world.runs())[0]?.state.name).toBe('Crashed');
  expect((await world.weir(['show'])).stderr).toContain('hooks of run 1 have not run yet: weir resume');
  expect(world.lines('trace')).toEqual(['wait']);
  const resumed = await world.weir(['resume']);
  expect(resumed.code).toBe(0);
  expect(resumed.stderr).toMatch(
    /^run 1 of stuck is Crashed; its hooks run now: (onFailure|onFailure of task wait|, )+\n/,
  );
  expect(resumed.stderr).toContain('no other run is interrupted');
  expect(world.lines('trace').slice(1).toSorted()).toEqual(['flow 1 Crashed', 'task wait']);
  expect(await world.weir(['resume'])).toMatchObject({ code: 0 });
  expect(world.lines('trace').length).toBe(3);
});

test('Ctrl-C while a handler runs says what is waited for; the second ends at once, and weir resume runs it again', async () => {
  const world = weirWorld();
  world.write(
    'flow.yaml',
    "name: told\ntasks: { a: { run: 'false' } }\non_failure:\n  run: 'echo begun >> trace; test -e go || sleep 100'\n",
  );
  const running = world.start(['run', 'flow.yaml']);
  await waitFor('the handler', () => world.lines('trace').length === 1);
  running.kill('SIGINT');
  await running.until(
    /run 1 is Failed already and waits for on_failure to end; press Ctrl-C again to end at once: weir resume, or a server, then runs again/,
  );
  running.kill('SIGINT');
  expect((await running.ended).code).toBe(130);
  await waitFor('its command to be gone', () => world.commands().every((line) => !line.includes('sleep 100')));
  world.write('go', '');
  expect((await world.weir(['resume'])).stderr).toContain('run 1 of told is Failed; its hooks run now: on_failure\n');
  expect(world.lines('trace')).toEqual(['begun', 'begun']);
  expect((await world.show(1)).state.name).toBe('Failed');
});

/** Kills when the task has begun so many times and is known to run. */
async function killWhen(world: World, running: Running, times: number): Promise<void> {
  await waitFor(
    `the task to run for the ${times}. time`,
    () =>
      world.lines('trace').length === times &&
      world.rows(
        "select 1 from task_runs join flow_runs on flow_runs.id = flow_run_id where task_runs.state_type = 'RUNNING' and flow_runs.state_type = 'RUNNING'",
      ).length === 1,
  );
  running.kill('SIGKILL');
  await running.ended;
}
