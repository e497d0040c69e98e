/** Concurrency limits between processes that know of each other only by the file. */
import { expect, test } from 'vitest';
import { waitFor, weirWorld } from '../support/weir.ts';

/** Holds the only place until a file is there. */
const HOLDER = `
  import { appendFileSync, existsSync } from 'node:fs';
  import { context, flow } from 'weir';
  export default flow({ name: 'holder', occupies: { gpu: 1 } }, async () => {
    const { dir, flowRun } = context();
    appendFileSync(dir + '/trace', 'run ' + flowRun.id + '\\n');
    while (!existsSync(dir + '/go')) await new Promise((done) => setTimeout(done, 5));
    return flowRun.id;
  });`;

test('E52 a run that finds its limit held by another process says so, and starts when that process is killed', async () => {
  const world = weirWorld();
  world.write('flow.ts', HOLDER);
  const first = world.start(['run', 'flow.ts']);
  await waitFor('the first to hold', () => world.lines('trace').length === 1);
  const second = world.start(['run', 'flow.ts']);
  await second.until(/run 2 waits for "gpu" \(capacity 1\), held by run 1/);
  expect(world.lines('trace')).toEqual(['run 1']);
  // Nobody else is there to see that it died.
  first.kill('SIGKILL');
  await waitFor('the second to hold', () => world.lines('trace').includes('run 2'));
  world.write('go', '');
  expect(await second.ended).toMatchObject({ code: 0, stdout: '2\n' });
  expect((await world.show(1)).state.name).toBe('AwaitingResume');
  expect(await world.weir(['resume', '1'])).toMatchObject({ code: 0, stdout: '1\n' });
});

test('E52 a limit is made, looked at, raised and forgotten by command; who waits for it elsewhere hears of it', async () => {
  const world = weirWorld();
  world.write('flow.ts', HOLDER);
  expect(await world.weir(['concurrency-limit', 'create', 'gpu', '0'])).toMatchObject({ code: 0 });
  const running = world.start(['run', 'flow.ts']);
  await running.until(/waits for "gpu" \(capacity 0\)/);
  const why = await world.weir(['why', 'holder']);
  expect(why.stdout).toContain('for "gpu" (capacity 0), which is stopped');
  expect(why.stdout).toContain('weir concurrency-limit create gpu 1');
  const { items } = await world.json<{ items: object[] }>(['concurrency-limit', 'ls']);
  expect(items).toMatchObject([{ name: 'gpu', capacity: 0, declared_by: 'user', in_use: 0, waiters: [{ run: 1 }] }]);

  await world.weir(['concurrency-limit', 'create', 'gpu', '1']);
  await waitFor('the run to hold', () => world.lines('trace').length === 1);
  expect(await world.json(['concurrency-limit', 'inspect', 'gpu'])).toMatchObject({
    schema: 'weir.concurrency-limit/1',
    holders: [{ run: 1, flow: 'holder', task: null, amount: 1 }],
    waiters: [],
  });
  const deleted = await world.weir(['concurrency-limit', 'delete', 'gpu']);
  expect(deleted.stderr).toContain('1 of it is still held, by run 1 of holder');
  world.write('go', '');
  expect((await running.ended).code).toBe(0);
  expect((await world.weir(['concurrency-limit', 'ls'])).stderr).toContain('there are no limits yet');
});

test('a run that is cancelled while it waits for a limit has not run, and nothing of it has to be ended', async () => {
  const world = weirWorld();
  world.write('flow.ts', HOLDER);
  await world.weir(['concurrency-limit', 'create', 'gpu', '0']);
  const running = world.start(['run', 'flow.ts']);
  await running.until(/waits for "gpu"/);
  const cancel = await world.weir(['cancel', '1']);
  expect(cancel.stderr).toMatch(/^\S+ holder, run 1: Cancelled: cancelled by weir cancel\n$/);
  expect((await running.ended).code).toBe(6);
  expect(await world.show(1)).toMatchObject({ start_time: null, total_run_time_ms: 0, attempt: 0 });
});

test('a capacity that is none, and a limit that is not there, are refused with the next step', async () => {
  const world = weirWorld();
  const refused = async (...args: string[]) => {
    const { code, stderr } = await world.weir(['concurrency-limit', ...args]);
    return [code, stderr.split('\n')[0]];
  };
  expect(await refused('create', 'gpu', '-1')).toMatchObject([2, expect.anything()]);
  expect(await refused('create', 'gpu', '1.5')).toEqual([
    2,
    'weir: the capacity is "1.5"; it must be a whole number from 0 to 1000000',
  ]);
  expect(await refused('create', '', '1')).toEqual([2, 'weir: "" cannot be the name of a limit']);
  expect(await refused('delete', 'gpu')).toEqual([1, 'weir: there is no limit "gpu"']);
  expect(await refused('inspect', 'gpu')).toEqual([1, 'weir: there is no limit "gpu"']);
});
