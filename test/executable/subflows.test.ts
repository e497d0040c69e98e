/** Flows that call flows, under kill -9 and Ctrl-C: what is reused on both levels, and that nothing is left alive. */
import { expect, test } from 'vitest';
import { waitFor, weirWorld } from '../support/weir.ts';

const FAMILY = `
  import { appendFileSync, existsSync } from 'node:fs';
  import { context, flow, sh, task, z } from 'weir';
  const step = task({ name: 'step' }, async (name: string): Promise<string> => {
    appendFileSync(context().dir + '/trace', name + '\\n');
    return name;
  });
  export const child = flow({ name: 'child', params: z.object({ n: z.number() }) }, async ({ n }) => {
    await step('inner ' + n);
    await sh({ name: 'wait' })\`echo waiting ${'${n}'} >> trace; [ -e go ] || sleep 1000\`;
    return step('last ' + n);
  });
  export default flow({ name: 'parent' }, async () => {
    await step('outer');
    return Promise.all([child({ n: 1 }), child({ n: 1 }), child({ n: 2 })]);
  });`;

test('E43 E60 a parent killed in the middle of its subflows goes on with weir resume: finished tasks are reused on both levels', async () => {
  const world = weirWorld();
  world.write('flow.ts', FAMILY);
  const running = world.start(['run', 'flow.ts:parent']);
  await waitFor(
    'all three to wait',
    () => world.lines('trace').filter((line) => line.startsWith('waiting')).length === 3,
  );
  running.kill('SIGKILL');
  await running.ended;
  await waitFor('all processes of the killed run to be gone', () => world.processes().length === 0);

  const killed = await world.weir(['runs']);
  expect(killed.stderr).toContain('1 interrupted run: weir resume 1');
  expect((await world.runs()).map(({ state }) => state.name)).toEqual(Array(4).fill('AwaitingResume'));
  expect(world.rows('select id, crashes from flow_runs order by id')).toEqual([
    { id: 1, crashes: 1 },
    { id: 2, crashes: 0 },
    { id: 3, crashes: 0 },
    { id: 4, crashes: 0 },
  ]);
  const refused = await world.weir(['resume', '2']);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('run 2 is a subflow of run 1');
  expect(refused.stderr).toContain('weir resume 1');

  world.write('go', '');
  const resumed = await world.weir(['resume']);
  expect(resumed).toMatchObject({ code: 0, stdout: '["last 1","last 1","last 2"]\n' });
  expect(resumed.stderr).toContain('child > step');
  expect(world.lines('trace').toSorted()).toEqual([
    'inner 1',
    'inner 1',
    'inner 2',
    'last 1',
    'last 1',
    'last 2',
    'outer',
    ...Array(4).fill('waiting 1'),
    ...Array(2).fill('waiting 2'),
  ]);
  const parent = await world.show();
  expect(parent.tasks.map((each) => [each.name, each.why, each.run])).toEqual([
    ['step', 'reused from attempt 1', undefined],
    ['child', 'ran again: interrupted before', 2],
    ['child', 'ran again: interrupted before', 3],
    ['child', 'ran again: interrupted before', 4],
  ]);
  for (const [index, run] of [2, 3, 4].entries()) {
    const child = await world.show(run);
    expect(child).toMatchObject({
      attempt: 2,
      parent: { run: 1, task: parent.tasks[index + 1]?.id },
      trigger: 'subflow',
    });
    expect(child.tasks.map((each) => each.why)).toEqual([
      'reused from attempt 1',
      'ran again: interrupted before',
      null,
    ]);
  }
});

test('E43 E53 Ctrl-C ends the commands of all subflows before the run is Cancelled', async () => {
  const world = weirWorld();
  world.write('flow.ts', FAMILY);
  const running = world.start(['run', 'flow.ts:parent']);
  await waitFor(
    'all three to wait',
    () => world.lines('trace').filter((line) => line.startsWith('waiting')).length === 3,
  );
  running.kill('SIGINT');
  expect((await running.ended).code).toBe(130);
  expect(world.processes()).toEqual([]);
  expect((await world.runs()).map(({ state }) => [state.name, state.message])).toEqual(
    Array(4).fill(['Cancelled', 'cancelled by Ctrl-C']),
  );
});
