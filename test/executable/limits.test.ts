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
