/** Runs that are taken up again by hand: with the code they had or the code as it is now, whole or in part, or as a new run. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type World, waitFor, weirWorld } from '../support/weir.ts';

/** Three tasks in a row; the second fails as long as `middle` says so. Each leaves a line with the version. */
const flowOf = (version: string, middle = '') => `
  import { version } from './version';
  import { appendFileSync, existsSync } from 'node:fs';
  import { context, flow, task } from 'weir';
  const note = (name: string) => appendFileSync(context().dir + '/trace', name + ' ' + version + '\\n');
  const first = task({ name: 'first' }, async (x: number) => { note('first'); return x + 1; });
  const middle = task({ name: 'middle' }, async (x: number) => { note('middle'); ${middle} return '${version}'; });
  const last = task({ name: 'last' }, async (x: string) => { note('last'); return x; });
  export default flow({ name: 'three' }, async () => last(await middle(await first(1))));`;

const FAIL = "throw new Error('out of coffee');";
const WAIT = "while (!existsSync(context().dir + '/go')) await new Promise((done) => setTimeout(done, 5));";

function writeVersion(world: World, version: string, middle = ''): void {
  world.write('version.ts', `export const version: string = '${version}';`);
  world.write('flow.ts', flowOf(version, middle));
}

test('E62 a failed run is retried with the mended code in the same run: what finished is reused', async () => {
  const world = weirWorld();
  writeVersion(world, 'old', FAIL);
  const failed = await world.weir(['run', 'flow.ts']);
  expect(failed.code).toBe(5);
  expect(failed.stderr).toContain('weir retry 1');
  writeVersion(world, 'new');

  const forecast = await world.weir(['retry', '1', '--dry-run']);
  expect(forecast.stdout.split('\n').map((line) => line.trim().replace(/\s+/g, ' '))).toEqual([
    '✓ first reused',
    '✗ middle runs failed before',
    '',
  ]);
  expect((await world.show(1)).state.name).toBe('Failed');

  const run = await world.json<{ result: string }>(['retry', '1']);
  expect(run).toMatchObject({
    id: 1,
    attempt: 2,
    result: 'new',
    error: null,
    tasks: [
      { name: 'first', attempt: 1, why: 'reused from attempt 1' },
      { name: 'middle', attempt: 2, why: 'ran again: failed before, code changed' },
      { name: 'last', attempt: 1, why: null },
    ],
  });
  expect(world.lines('trace')).toEqual(['first old', 'middle old', 'middle new', 'last new']);
});

test('E62 --same-code retries with the code that the run had, also when its file is broken or gone', async () => {
  const world = weirWorld();
  writeVersion(world, 'old', `if (!existsSync(context().dir + '/go')) ${FAIL}`);
  expect((await world.weir(['run', 'flow.ts'])).code).toBe(5);
  world.write('go', '');
  const hint = 'weir retry 1 --same-code';
  world.write('flow.ts', 'export default flow({');
  const broken = await world.weir(['retry', '1']);
  expect(broken).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/flow\.ts:1:.*weir retry 1 --same-code/s),
  });
  for (const name of ['flow.ts', 'version.ts']) rmSync(join(world.folder, name));
  expect(await world.weir(['retry', '1'])).toMatchObject({ code: 2, stderr: expect.stringContaining(hint) });
  expect((await world.show(1)).attempt).toBe(1);
  expect(await world.weir(['retry', '1', '--same-code'])).toMatchObject({ code: 0, stdout: 'old\n' });
});

test('E62 a run killed half-way goes on with the code it began with, whatever its files are now', async () => {
  const world = weirWorld();
  writeVersion(world, 'old', WAIT);
  const running = world.start(['run', 'flow.ts']);
  await waitFor(
    'the second task',
    () =>
      world.lines('trace').length === 2 &&
      world.rows("select 1 from task_runs where name = 'middle' and state_type = 'RUNNING'").length === 1,
  );
  running.kill('SIGKILL');
  await running.ended;
  writeVersion(world, 'new');
  world.write('go', '');
  expect(await world.weir(['resume'])).toMatchObject({ code: 0, stdout: 'old\n' });
  expect(world.lines('trace')).toEqual(['first old', 'middle old', 'middle old', 'last old']);
});

test('a subflow that a retry opens again is not told as a failure', async () => {
  const world = weirWorld();
  world.write(
    'flow.ts',
    `import { existsSync } from 'node:fs';
    import { flow } from 'weir';
    const load = flow({ name: 'load' }, () => { if (!existsSync('go')) throw new Error('not yet'); });
    export default flow({ name: 'parent' }, async () => { await load(); });`,
  );
  expect((await world.weir(['run', 'flow.ts:parent'])).code).toBe(5);
  world.write('go', '');
  const { code, stderr } = await world.weir(['retry', '1']);
  expect(code).toBe(0);
  expect(stderr).toContain('~ run 2 opens again: called again in attempt 2 of run 1');
  expect(stderr).not.toContain('failed');
});

test('E62 --from runs a task and what is downstream of it again, --only just the task', async () => {
  const world = weirWorld();
  world.write(
    'flow.ts',
    `import { appendFileSync } from 'node:fs';
    import { context, flow, task } from 'weir';
    const step = (name: string) => task({ name }, async (x: number) => { appendFileSync(context().dir + '/trace', name + '\\n'); return x + 1; });
    const [a, b, c] = ['a', 'b', 'c'].map(step);
    export default flow({ name: 'abc' }, async () => c(b(a(0))));`,
  );
  expect(await world.weir(['run'])).toMatchObject({ code: 0, stdout: '3\n' });
  expect(await world.weir(['retry', '1', '--from', 'b'])).toMatchObject({ code: 0, stdout: '3\n' });
  expect(world.lines('trace')).toEqual(['a', 'b', 'c', 'b', 'c']);
  expect((await world.show(1)).tasks.map((task) => task.why)).toEqual([
    'reused from attempt 1',
    'ran again: --from b',
    'ran again: downstream (--from b)',
  ]);
  expect(await world.weir(['retry', '1', '--only', 'b'])).toMatchObject({ code: 0, stdout: '3\n' });
  expect(world.lines('trace').slice(5)).toEqual(['b']);
  expect(await world.weir(['retry', '1', '--from', 'bb'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('did you mean b?'),
  });
});

test('a run that completed, waits or is executed is not retried, and the command that was meant is named', async () => {
  const world = weirWorld();
  writeVersion(world, 'v', WAIT);
  const running = world.start(['run', 'flow.ts']);
  await waitFor(
    'the second task',
    () =>
      world.lines('trace').length === 2 &&
      world.rows("select 1 from flow_runs where state_type = 'RUNNING'").length === 1,
  );
  const refused = async (hint: string) =>
    expect(await world.weir(['retry', '1'])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(hint),
    });
  await refused('weir cancel 1');
  running.kill('SIGKILL');
  await running.ended;
  await refused('weir resume 1');
  world.write('go', '');
  expect((await world.weir(['resume', '@latest'])).code).toBe(0);
  await refused('weir rerun 1');
});

test('E62 weir rerun starts a new run with the same parameters, or some of them changed', async () => {
  const world = weirWorld();
  world.write(
    'flow.ts',
    `import { flow, z } from 'weir';
    export default flow({ name: 'sum', params: z.object({ a: z.number(), b: z.number().default(1) }) }, ({ a, b }) => a + b);`,
  );
  expect((await world.weir(['run', '-p', 'a=2'])).stdout).toBe('3\n');
  const again = await world.weir(['rerun', '1']);
  expect(again).toMatchObject({ code: 0, stdout: '3\n', stderr: expect.stringContaining('run 2 of sum: rerun of 1') });
  expect((await world.weir(['rerun', 'sum', '-p', 'b=40'])).stdout).toBe('42\n');
  expect(await world.weir(['rerun', '1', '-p', 'c=1'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('no parameter "c"'),
  });
  expect((await world.runs()).map(({ id, params }) => [id, params])).toEqual([
    [3, { a: 2, b: 40 }],
    [2, { a: 2 }],
    [1, { a: 2 }],
  ]);
  rmSync(join(world.folder, 'flow.ts'));
  const gone = await world.weir(['rerun', '1']);
  expect(gone).toMatchObject({ code: 2, stdout: '' });
  expect(gone.stderr).toMatch(/flow\.ts is not a file\n +mend the file first, or put it back where it was\n$/);
});

test('a rerun of a failed run whose file is gone names the retry with the code that the run had', async () => {
  const world = weirWorld();
  writeVersion(world, 'old', FAIL);
  expect((await world.weir(['run', 'flow.ts'])).code).toBe(5);
  rmSync(join(world.folder, 'flow.ts'));
  const { code, stderr } = await world.weir(['rerun', '1']);
  expect(code).toBe(2);
  const [hint = ''] = /weir retry 1 --same-code/.exec(stderr) ?? [];
  const retried = await world.weir(hint.split(' ').slice(1));
  expect(retried.stderr).toContain('out of coffee');
});

test('a rerun works on the due time of the run that it repeats, wherever that had it from', async () => {
  const world = weirWorld();
  world.write(
    'weekly.yaml',
    `schedule: { cron: '0 6 * * MON', timezone: Asia/Tokyo }
params: { day: { type: date, default: "\${{ slot.start }}" } }
tasks: { say: { run: 'echo "from $DAY to $WEIR_SLOT_TIME"', env: { DAY: "\${{ params.day }}" } } }`,
  );
  const first = await world.weir(['run', 'weekly.yaml', '--slot', '2026-01-05T06:00+09:00', '--json']);
  const again = await world.weir(['rerun', 'weekly', '--json']);
  expect(again).toMatchObject({ code: 0 });
  expect([first, again].map(({ stdout }) => JSON.parse(stdout).slot)).toEqual(
    Array(2).fill('2026-01-04T21:00:00.000Z'),
  );
  for (const run of ['1', '2'])
    expect((await world.weir(['logs', run])).stdout).toContain('say from 2025-12-29 to 2026-01-05T06:00:00+09:00');
});

test('a retry is executed by a living server, and the command follows it to its end', async () => {
  const world = weirWorld();
  writeVersion(world, 'old', FAIL);
  expect((await world.weir(['run', 'flow.ts'])).code).toBe(5);
  const server = world.start(['up', 'flow.ts', '--port', '0']);
  await server.until(/shows what runs/);
  writeVersion(world, 'new');
  const retried = await world.weir(['retry', '1']);
  expect(retried).toMatchObject({
    code: 0,
    stdout: 'new\n',
    stderr: expect.stringContaining('the server on this file executes it'),
  });
  // What became of the attempt before is told already.
  expect(retried.stderr).not.toContain('out of coffee');
  expect((await world.show(1)).tasks.map((task) => task.why)).toEqual([
    'reused from attempt 1',
    'ran again: failed before, code changed',
    null,
  ]);
  server.kill('SIGTERM');
  await server.ended;
});

test('a retry while the handler of the failure still runs is executed by the process that runs it, and says so', async () => {
  const world = weirWorld();
  world.write(
    'flow.yaml',
    `tasks: { try: { run: test -e mended } }
on_failure: { run: 'touch told; while [ ! -e go ]; do sleep 0.05; done' }`,
  );
  const running = world.start(['run', 'flow.yaml']);
  await waitFor('the handler', () => existsSync(join(world.folder, 'told')));
  world.write('mended', '');
  const retry = world.start(['retry', '1']);
  await retry.until(new RegExp(`process ${running.pid} on .* executes it`));
  world.write('go', '');
  expect((await retry.ended).code).toBe(0);
  expect((await running.ended).code).toBe(0);
  expect((await world.show(1)).states.map(({ name }) => name).slice(-3)).toEqual([
    'AwaitingRetry',
    'Retrying',
    'Completed',
  ]);
});

test('a run whose process died while it waited for its retry is named by weir runs and goes on with weir resume', async () => {
  const world = weirWorld();
  world.write(
    'flow.ts',
    `import { context, flow } from 'weir';
    export default flow({ name: 'again', retries: 1, retryDelay: '1h' }, async () => {
      if (context().flowRun.attempt === 1) throw new Error('not yet');
      return 'at last';
    });`,
  );
  const running = world.start(['run']);
  await waitFor(
    'the run to await its retry',
    () => world.rows("select 1 from flow_runs where state_name = 'AwaitingRetry'").length === 1,
  );
  // Its process lives, and will take it when the time has come.
  expect((await world.weir(['runs'])).stderr).not.toContain('weir resume');
  const wait = async () => (await world.weir(['wait', '1', '--timeout', '50ms'])).stderr;
  expect(await wait()).toBe('after 50ms run 1 still goes on: weir watch 1\n');
  running.kill('SIGKILL');
  await running.ended;
  expect(await wait()).toBe(
    'run 1 waits for its retry, and no server goes on with it: weir resume 1\nafter 50ms nobody goes on with run 1: weir resume 1\n',
  );
  expect((await world.weir(['runs'])).stderr).toContain('weir resume 1');
  expect(await world.weir(['resume'])).toMatchObject({ code: 0, stdout: 'at last\n' });
});
