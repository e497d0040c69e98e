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
    'all three to wait, and to be known to',
    () =>
      world.lines('trace').filter((line) => line.startsWith('waiting')).length === 3 &&
      world.rows("select 1 from task_runs where name = 'wait' and state_type = 'RUNNING'").length === 3,
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
  // What is said of it names the command that is not refused.
  const why = await world.json<{ next: string[] }>(['why', '2']);
  expect(why.next).toEqual(['weir resume 1']);
  const waited = await world.weir(['wait', '2', '--timeout', '50ms']);
  expect(waited).toMatchObject({
    code: 8,
    stderr:
      'run 2 is interrupted, and no server goes on with it: weir resume 1\nafter 50ms nobody goes on with run 2: weir resume 1\n',
  });

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

test('logs of a run tell what its subflows printed, in the order of time, where they were called', async () => {
  const world = weirWorld();
  world.write(
    'flow.ts',
    `import { flow, task, z } from 'weir';
    const part = task({ name: 'part' }, async (of: string) => {
      console.log('part of ' + of);
      if (of === 'south') throw new Error('no ' + of);
    });
    const deep = flow({ name: 'deep' }, () => console.log('deep down'));
    const load = flow({ name: 'load', params: z.object({ of: z.string() }) }, async ({ of }) => {
      console.log('loading ' + of);
      await deep();
      await part(of);
    });
    const broken = flow({ name: 'broken' }, () => { console.log('breaking'); throw new Error('broke'); });
    export default flow({ name: 'parent' }, async () => {
      console.log('first');
      await load({ of: 'north' });
      await part('parent');
      await load({ of: 'south' }).catch(() => {});
      await broken().catch(() => {});
      console.log('last');
    });`,
  );
  const run = world.start(['run', 'flow.ts:parent']);
  await run.ended;
  const told = async (...args: string[]) => {
    const { stdout } = await world.weir(['logs', '1', ...args]);
    return stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.slice('14:30:05.123 '.length))
      .filter((line) => !/^\S[^:]* \s+at /.test(line));
  };
  const load = (of: string) => [`load loading ${of}`, 'load > deep deep down', `load > part part of ${of}`];
  // What fails in a subflow is told there, and not again by its callers.
  const south = [...load('south'), 'load > part Error: no south'];
  const all = [
    'first',
    ...load('north'),
    'part part of parent',
    ...south,
    'broken breaking',
    'broken Error: broke',
    'last',
  ];
  expect(await told()).toEqual(all);
  expect(await told('--tail', '3')).toEqual(['broken Error: broke', 'last']);
  expect(await told('--tail', '0')).toEqual(['']);
  expect(await told('--failed')).toEqual([...south.slice(-2), 'broken breaking', 'broken Error: broke']);
  expect(await told('part')).toEqual(['part of parent']);
  expect(await told('load > part')).toEqual(['load > part part of north', ...south.slice(-2)]);
  expect(await told('load')).toEqual([...load('north'), ...south]);
  expect(await told('deep')).toEqual(['load > deep deep down', 'load > deep deep down']);
  const { stdout } = await world.weir(['logs', '1', '-f', '--json']);
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { run: number; task: string | null; level: string })
    .filter((line) => line.level !== 'error');
  expect(lines.map((line) => [line.run, line.task])).toEqual([
    [1, null],
    ...[
      [2, null],
      [3, null],
      [2, 'part'],
    ],
    [1, 'part'],
    ...[
      [4, null],
      [5, null],
      [4, 'part'],
    ],
    [6, null],
    [1, null],
  ]);
});

test('logs -f tells what subflows print that begin while it follows', async () => {
  const world = weirWorld();
  world.write(
    'flow.ts',
    `import { flow, sh, task } from 'weir';
    const load = flow({ name: 'load' }, async () => {
      console.log('loading');
      await sh({ name: 'part' })\`echo part; until [ -e end ]; do sleep 0.02; done\`;
    });
    export default flow({ name: 'parent' }, async () => {
      console.log('first');
      await sh({ name: 'wait' })\`until [ -e go ]; do sleep 0.02; done\`;
      await load();
      console.log('last');
    });`,
  );
  const running = world.start(['run', 'flow.ts:parent']);
  await running.until(/first/);
  const following = world.start(['logs', 'parent', '-f']);
  await following.until(/first/);
  world.write('go', '');
  await following.until(/load > part part/);
  world.write('end', '');
  const [{ code, stdout }] = await Promise.all([following.ended, running.ended]);
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.slice('14:30:05.123 '.length));
  expect({ code, lines }).toEqual({ code: 0, lines: ['first', 'load loading', 'load > part part', 'last'] });
});
