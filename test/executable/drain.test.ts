/** A server that is told to end while twenty tasks run: what ends in time has ended, the rest goes on later where it was. */
import { expect, test } from 'vitest';
import { waitFor, weirWorld } from '../support/weir.ts';

const TASKS = 20;
const FINISHED = 8;

const FLOW = `
  import { appendFileSync, existsSync } from 'node:fs';
  import { context, flow, task } from 'weir';
  const work = task({ name: 'work' }, async (n: number) => {
    appendFileSync(context().dir + '/begun', n + '\\n');
    while (!existsSync(context().dir + '/go-' + n)) await new Promise((done) => setTimeout(done, 5));
    return n;
  });
  export default flow({ name: 'twenty' }, async () => work.map(Array.from({ length: ${TASKS} }, (_, n) => n)));`;

test('F15 SIGTERM with twenty tasks running drains: what ends meanwhile is kept, the rest awaits its resume without losing an attempt and alone runs again', async () => {
  const world = weirWorld();
  world.write('flows/twenty.ts', FLOW);
  const server = world.start(['up', 'flows', '--port', '0'], { env: { WEIR_DRAIN: '6s' } });
  await server.until(/shows what runs/);
  await world.weir(['deployment', 'run', 'twenty']);
  const running = () => world.rows("select 1 from task_runs where state_type = 'RUNNING'").length;
  await waitFor('all tasks to run', () => running() === TASKS);
  server.kill('SIGTERM');
  await server.until(/SIGTERM: waiting up to 6 s for 1 run/);
  for (let n = 0; n < FINISHED; n++) world.write(`flows/go-${n}`, '');
  expect(await server.ended).toMatchObject({
    code: 0,
    signal: null,
    stdout: '',
    stderr: expect.stringMatching(/^SIGTERM: the server ends; 1 run goes on when a server starts again$/m),
  });
  expect(world.rows('select state_name as state, attempt, crashes, failures, interruptions from flow_runs')).toEqual([
    { state: 'AwaitingResume', attempt: 1, crashes: 0, failures: 0, interruptions: 1 },
  ]);
  expect(world.processes()).toEqual([]);

  for (let n = FINISHED; n < TASKS; n++) world.write(`flows/go-${n}`, '');
  expect(await world.weir(['resume'])).toMatchObject({ code: 0 });
  const run = await world.show(1);
  expect(run.state.name).toBe('Completed');
  expect(run.tasks.filter(({ attempt }) => attempt === 1)).toHaveLength(FINISHED);
  expect(world.lines('flows/begun')).toHaveLength(TASKS + TASKS - FINISHED);
});
