/** `weir cancel`: runs that another process executes, that nobody executes, and that are over. */
import { expect, test } from 'vitest';
import { waitFor, weirWorld } from '../support/weir.ts';

const GRACE_MS = 10_000;

const STUCK = `
  import { appendFileSync } from 'node:fs';
  import { context, flow, sh, task } from 'weir';
  const note = (line: string) => appendFileSync(context().dir + '/trace', line + '\\n');
  const wait = task({ name: 'wait' }, async () => { note('wait'); await new Promise((done) => setTimeout(done, 1e8)); });
  const after = task({ name: 'after' }, (_: unknown) => note('after'));
  export default flow({ name: 'stuck', retries: 3 }, async () => {
    const long = sh({ name: 'long' })\`echo long >> trace; sleep 1001 & sleep 1002\`;
    await after(wait());
    await long;
  });`;

/** Its thread is never given back, and its command is deaf to SIGTERM. */
const DEAF = `
  import { appendFileSync } from 'node:fs';
  import { context, flow, sh, task } from 'weir';
  const spin = task({ name: 'spin' }, async () => {
    await new Promise((done) => setTimeout(done, 300));
    appendFileSync(context().dir + '/trace', 'spin\\n');
    for (;;);
  });
  export default flow({ name: 'deaf' }, async () => {
    const long = sh({ name: 'long' })\`trap "" TERM; echo long >> trace; while :; do sleep 1; done\`;
    await spin();
    await long;
  });`;

test('E53 a run is cancelled from another process: its tasks and commands end, what was not started never starts', async () => {
  const world = weirWorld();
  world.write('flow.ts', STUCK);
  const running = world.start(['run', 'flow.ts']);
  await waitFor('both tasks', () => world.lines('trace').length === 2);
  const told = await world.weir(['cancel', 'stuck']);
  expect(told).toMatchObject({ code: 0, stdout: '' });
  expect(told.stderr).toContain('stuck, run 1: Cancelled: cancelled by weir cancel');
  expect(world.commands().filter((line) => line.includes('sleep 100'))).toEqual([]);
  const outcome = await running.ended;
  expect(outcome.code).toBe(6);
  expect(outcome.stderr).toContain('run 1 is being stopped: cancelled by weir cancel');
  const run = await world.show(1);
  expect(run.states.map((state) => state.name)).toEqual(['Pending', 'Running', 'Cancelling', 'Cancelled']);
  expect(run.tasks.map((task) => task.state.type)).not.toContain('COMPLETED');
  expect(world.lines('trace').sort()).toEqual(['long', 'wait']);
});

test('E53 code that keeps its thread, and a command deaf to signals, are over within the grace and a moment', async () => {
  const world = weirWorld();
  world.write('flow.ts', DEAF);
  const running = world.start(['run', 'flow.ts']);
  await waitFor('both tasks', () => world.lines('trace').length === 2);
  const { items } = await world.json<{ items: { id: number; state: { name: string } }[] }>(['cancel', '@running']);
  expect(items).toMatchObject([{ id: 1, state: { name: 'Cancelled' } }]);
  expect((await running.ended).code).toBe(6);
  const [asked, over] = (await world.show(1)).states.slice(-2).map((state) => Date.parse(state.at));
  // Twice the grace is what it would take if the command heard of it only after the thread.
  expect((over ?? 0) - (asked ?? 0)).toBeLessThan(1.8 * GRACE_MS);
});

test('E53 what nobody executes is cancelled at once, also when its process has died; what is over is refused', async () => {
  const world = weirWorld();
  world.write('flow.ts', STUCK);
  world.write('fine.ts', "import { flow } from 'weir'; export default flow({ name: 'fine' }, () => 1);");
  await world.weir(['run', 'fine.ts']);
  const running = world.start(['run', 'flow.ts']);
  await waitFor(
    'both tasks, known to run',
    () =>
      world.lines('trace').length === 2 &&
      world.rows("select 1 from task_runs where state_type = 'RUNNING'").length === 2,
  );
  running.kill('SIGKILL');
  await running.ended;
  const several = await world.weir(['cancel', '1', 'stuck']);
  expect(several.code).toBe(1);
  expect(several.stderr).toContain('run 1 is Completed already and stays so');
  expect(several.stderr).toContain('stuck, run 2: Cancelled');
  expect(world.lines('trace').length).toBe(2);
  const stuck = await world.show(2);
  expect(stuck.states.map((state) => state.name)).toEqual(['Pending', 'Running', 'AwaitingResume', 'Cancelled']);
  expect(stuck.tasks.map(({ state, end_time }) => [state.name, end_time !== null])).toEqual([
    ['Cancelled', true],
    ['Cancelled', true],
  ]);
  expect((await world.weir(['resume', '2'])).code).toBe(1);
  expect(await world.weir(['cancel', '7', '2'])).toMatchObject({ code: 1 });
  expect(await world.weir(['cancel'])).toMatchObject({ code: 2 });
});
