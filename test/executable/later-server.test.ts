/** E61: runs made with no server anywhere are on the page and in the API of a server that is started later. */
import { expect, test } from 'vitest';
import { type RunJson, weirWorld } from '../support/weir.ts';

test('E61 a run made without a server is shown by a later weir up: run, tasks, states, logs', async () => {
  const world = weirWorld();
  world.write(
    'alone/flow.ts',
    `import { flow, log, sh, task } from 'weir';
     const fetchWeek = task({ name: 'fetch-week' }, async () => { log.info('fetched 7 days'); return 7; });
     const broken = task({ name: 'broken' }, async () => { throw new Error('no such column'); });
     export default flow({ name: 'made-alone' }, async () => {
       await fetchWeek();
       await sh({ name: 'speak' })\`echo spoken by a command\`;
       await broken();
     });`,
  );
  world.write(
    'served/other.ts',
    "import { flow } from 'weir';\nexport default flow({ name: 'other' }, async () => 1);\n",
  );
  expect((await world.weir(['run', 'alone/flow.ts'])).code).toBe(5);
  const shown = await world.show(1);

  const server = world.start(['up', 'served', '--port', '0']);
  const [, url = ''] = await server.until(/(http:\/\/\S+) shows what runs/);
  const json = (await (await fetch(`${url}/api/flow-runs/1`)).json()) as RunJson;
  expect(json).toEqual(shown);
  expect(json.tasks.map((task) => [task.name, task.state.name, task.states.map((state) => state.name)])).toEqual([
    ['fetch-week', 'Completed', ['Pending', 'Running', 'Completed']],
    ['speak', 'Completed', ['Pending', 'Running', 'Completed']],
    ['broken', 'Failed', ['Pending', 'Running', 'Failed']],
  ]);
  const home = await (await fetch(url)).text();
  expect(home).toContain('made-alone');
  const page = await (await fetch(`${url}/runs/1`)).text();
  for (const part of [
    'made-alone',
    'fetch-week',
    'speak',
    'broken',
    'no such column',
    'fetched 7 days',
    'spoken by a command',
  ])
    expect(page).toContain(part);
  server.kill('SIGTERM');
  expect((await server.ended).code).toBe(0);
});
