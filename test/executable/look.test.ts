/** Looking at what happened: runs with filters, show, compare, artifact, sql, and help that reads well. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hasPseudoTerminal, screenAfter, underTerminal } from '../support/terminal.ts';
import { EXECUTABLE, type RunItemJson, type World, weirWorld } from '../support/weir.ts';

const FLOW = `
  import { writeFileSync } from 'node:fs';
  import { artifact, flow, metric, task, z } from 'weir';
  const rows = task({ name: 'rows' }, async (n) => [n]);
  const fit = task({ name: 'fit', runName: 'alpha={1}', retries: 1, retryDelay: '1ms' }, async (data, alpha, fails) => {
    console.log('fitting ' + alpha);
    if (fails && alpha === 2) throw new RangeError('diverged at 2', { cause: new Error('the learning rate') });
    metric('rmse', 1 / alpha + data[0]);
  });
  export default flow(
    { name: 'train', tags: ['weekly'], params: z.object({ n: z.number().default(1), fails: z.boolean().default(false) }) },
    async ({ n, fails }) => {
      const data = rows(n);
      artifact.markdown('# Week ' + n, { key: 'report', description: 'what came out' });
      writeFileSync('weights.bin', Buffer.from([0, 1, 255, 10, 0]));
      artifact.file('weights.bin', { key: 'weights' });
      await fit.map(data, [1, 2, 4], fails).catch((error) => { throw error; });
    });`;

const OTHER = "import { flow } from 'weir';\nexport default flow({ name: 'other' }, async () => 'done');\n";

/** Runs 1 (ok), 2 (failed) of train and 3 of other. */
async function worldWithRuns(): Promise<World> {
  const world = weirWorld();
  world.write(
    'flow.ts',
    FLOW.replace('fit.map(data,', 'fit.map(unmapped(data),').replace('task, z }', 'task, unmapped, z }'),
  );
  world.write('other.ts', OTHER);
  await world.weir(['run', 'flow.ts', '--quiet']);
  await world.weir(['run', 'flow.ts', '-p', 'n=2', '-p', 'fails=true', '--tag', 'by hand', '--quiet']);
  await world.weir(['run', 'other.ts', '--quiet']);
  return world;
}

test('runs are found by flow, state, tag, time and metric, a page at a time', async () => {
  const world = await worldWithRuns();
  const ids = async (...args: string[]) =>
    (await world.json<{ items: RunItemJson[] }>(['runs', ...args])).items.map((run) => run.id);
  expect(await ids('flow:train')).toEqual([2, 1]);
  expect(await ids('state:failed')).toEqual([2]);
  expect(await ids('tag:weekly', 'state:completed')).toEqual([1]);
  expect(await ids('tag:by hand,none')).toEqual([2]);
  expect(await ids('since:1h', 'metric.rmse:<=1.25')).toEqual([1]);
  expect(await ids('until:1h')).toEqual([]);
  expect(await ids('--limit', '1', '--before', '3')).toEqual([2]);
  const wrong = await world.weir(['runs', 'state:faild']);
  expect(wrong).toMatchObject({ code: 2, stdout: '' });
  expect(wrong.stderr).toContain('did you mean failed?');
  const none = await world.weir(['runs', 'flow:trian']);
  expect(none).toMatchObject({ code: 0, stdout: '' });
  expect(none.stderr).toContain('no flow "trian" has a run: did you mean flow:train?');
});

test('show tells of each task what it came after, and of a failed one its last lines and what to do', async () => {
  const world = await worldWithRuns();
  const { code, stdout, stderr } = await world.weir(['show', '@failed']);
  expect(code).toBe(0);
  const text = stdout.replace(/\d+(\.\d+)?(ms|s)/g, 'TIME');
  expect(text).toContain('✗ train, run 2: Failed');
  expect(text).toMatch(/✓ fit alpha=1 +Completed +TIME +after rows; rmse 3/);
  expect(text).toMatch(
    /✗ fit alpha=2 +Failed \(attempt 2\) +TIME +after rows\n +RangeError: diverged at 2\n +\| fitting 2/,
  );
  expect(text.match(/RangeError: diverged at 2/g)).toHaveLength(1);
  expect(text).toMatch(/\| fitting 2\n +at .*flow.ts:\d+:\d+\n +caused by Error: the learning rate \(at file:/);
  expect(text).toContain('Pending, Running, AwaitingRetry, Retrying, Failed');
  expect(text).toMatch(/report +markdown +8 bytes +what came out/);
  expect(stderr).toMatch(/weir logs 2 fit .*\n +weir retry 2 /);
});

test('compare puts parameters, metrics and tasks of two runs side by side', async () => {
  const world = await worldWithRuns();
  const { code, stdout } = await world.weir(['compare', '1', '2']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/code +\w{8} +\w{8} +the same/);
  expect(stdout).toMatch(/≠ n +- +2/);
  expect(stdout).toMatch(/≠ fit alpha=2 +Completed .* Failed /);
  const json = await world.json<Record<string, never>>(['compare', '1', 'other']);
  expect(json).toMatchObject({
    schema: 'weir.comparison/1',
    runs: [{ id: 1 }, { id: 3 }],
    code: { same: false },
    tasks: expect.arrayContaining([expect.objectContaining({ name: 'rows', state: ['Completed', null] })]),
  });
});

test('an artifact comes back byte for byte; a mistyped key is answered with the nearest', async () => {
  const world = await worldWithRuns();
  expect((await world.weir(['artifact', 'ls', '1'])).stdout).toMatch(/weights +file +5 bytes/);
  expect((await world.weir(['artifact', 'inspect', '1', 'report'])).stdout).toContain('# Week 1');
  expect((await world.weir(['artifact', 'get', '1', 'report'])).stdout).toBe('# Week 1');
  await world.weir(['artifact', 'get', '1', 'weights', '-o', 'out.bin']);
  expect([...readFileSync(join(world.folder, 'out.bin'))]).toEqual([0, 1, 255, 10, 0]);
  const wrong = await world.weir(['artifact', 'get', '1', 'wieghts']);
  expect(wrong).toMatchObject({ code: 1, stdout: '' });
  expect(wrong.stderr).toContain('did you mean weights?');
});

test.skipIf(!hasPseudoTerminal)('on a terminal binary is refused, and a list fits its 80 columns', async () => {
  const world = await worldWithRuns();
  const size = { columns: 80, rows: 24 };
  const show = async (...args: string[]) => {
    const { argv, env } = underTerminal(EXECUTABLE, args, size);
    const { code, stdout } = await world.start([], { argv, env }).ended;
    return { code, lines: screenAfter(stdout, size).lines };
  };
  const refused = await show('artifact', 'get', '1', 'weights');
  expect(refused.code).toBe(2);
  expect(refused.lines.join('\n')).toContain('weir artifact get 1 weights -o FILE');
  const { lines } = await show('runs');
  expect(lines[1]).toMatch(/^3 +other +✓ Completed +(just now|\d+s ago) +/);
  const help = await show('help');
  expect(Math.max(...help.lines.map((line) => line.length))).toBeLessThanOrEqual(80);
});

test('sql answers over documented views, read-only, and says what was meant', async () => {
  const world = await worldWithRuns();
  const { stdout } = await world.weir(['sql', "select id, state, error from runs where flow = 'train' order by id"]);
  expect(stdout).toBe('id\tstate\terror\n1\tCompleted\t\n2\tFailed\tdiverged at 2\n');
  const json = await world.json<{ items: unknown[] }>(['sql', 'select count(*) as tasks from tasks where run = 1']);
  expect(json.items).toEqual([{ tasks: 4 }]);
  // A join has columns of one name: none is lost. Nor is a digit of an integer.
  const alike = 'select 1 as id, 2 as id, 3 as id_2, 4 as id, 9007199254740993 as big, -9223372036854775808 as least';
  expect(await world.json(['sql', alike])).toMatchObject({
    columns: ['id', 'id_3', 'id_2', 'id_4', 'big', 'least'],
    items: [{ id: 1, id_3: 2, id_2: 3, id_4: 4, big: '9007199254740993', least: '-9223372036854775808' }],
  });
  expect((await world.weir(['sql', alike])).stdout).toBe(
    'id\tid\tid_2\tid\tbig\tleast\n1\t2\t3\t4\t9007199254740993\t-9223372036854775808\n',
  );
  // Nor is what JSON has no number for taken for nothing.
  expect(await world.json(['sql', 'select 9e999 as most, -9e999 as least, null as none'])).toMatchObject({
    items: [{ most: 'Infinity', least: '-Infinity', none: null }],
  });
  for (const [query, says] of [
    ['select stat from runs', 'did you mean state?'],
    ['select * from task', 'did you mean tasks?'],
    ['select 1; select 2', 'one question at a time'],
    ['delete from flow_runs', 'weir sql only reads'],
    ["attach database 'other.db' as other", 'weir sql only reads'],
    ['', 'there is no query'],
  ] as const) {
    const refused = await world.weir(['sql', query]);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain(says);
  }
  const views = (await world.json<{ items: { name: string }[] }>(['sql', '--views'])).items.map((view) => view.name);
  for (const view of views) expect(await world.weir(['sql', `select * from ${view}`])).toMatchObject({ code: 0 });
  expect(views).toEqual(
    expect.arrayContaining(['runs', 'tasks', 'task_states', 'run_states', 'logs', 'slots', 'decisions']),
  );
});

test('sql leaves what dead processes left as it is', async () => {
  const world = weirWorld();
  world.write(
    'flow.ts',
    "import { flow } from 'weir';\nexport default flow(async () => { console.log('in'); await new Promise((done) => setTimeout(done, 60_000)); });\n",
  );
  const run = world.start(['run', 'flow.ts']);
  await run.until(/\bin\n/);
  run.kill('SIGKILL');
  await run.ended;
  expect((await world.weir(['sql', 'select state from runs'])).stdout).toBe('state\nRunning\n');
  expect((await world.runs())[0]?.state.name).toBe('AwaitingResume');
});

test('when a task is tried again, and when a run ended, is told on one clock: that of the reader', async () => {
  const world = weirWorld();
  world.write('flow.yaml', 'tasks: { load: { run: exit 3, retries: 1, retry_delay: 1h } }\n');
  // 14 hours ahead, and no clock that a machine has by itself.
  const zone = ['--tz', 'Pacific/Kiritimati'];
  const running = world.start(['run', 'flow.yaml', ...zone]);
  const [, live] = await running.until(/load attempt 1 of 2 failed: exit code 3; again at (.*)/);
  const at = (await world.show(1)).tasks[0]?.state.message?.match(/; again at (\S+Z)$/)?.[1] ?? '';
  const there = Temporal.Instant.from(at).toZonedDateTimeISO('Pacific/Kiritimati');
  const time = there.toPlainTime().toString({ fractionalSecondDigits: 0 });
  // With the date where the hour goes over midnight there.
  expect(live).toMatch(new RegExp(`^(${there.toPlainDate()} )?${time}$`));
  for (const command of ['show', 'why']) {
    const { stdout } = await world.weir([command, '1', ...zone]);
    expect(stdout).toMatch(new RegExp(`; again at (${there.toPlainDate()} )?${time}\\b`));
    expect(stdout).not.toContain(at);
  }
  await world.weir(['cancel', '1']);
  expect((await running.ended).code).toBe(6);
  world.write('ok.yaml', 'tasks: { t: { run: "true" } }\n');
  await world.weir(['run', 'ok.yaml']);
  const end = Temporal.Instant.from((await world.show(2)).end_time ?? '').toZonedDateTimeISO('Pacific/Kiritimati');
  const told = `${end.toPlainDate()} ${end.toPlainTime().toString({ fractionalSecondDigits: 0 })}`;
  expect((await world.weir(['wait', '2', ...zone])).stdout).toContain(`at ${told}`);
});

test('flags of every command may stand before it; times are told in the zone of --tz', async () => {
  const world = await worldWithRuns();
  const { stdout } = await world.weir(['--json', '--tz', 'Asia/Kolkata', 'show', '3']);
  const run = JSON.parse(stdout) as { start_time: string };
  expect(run.start_time).toMatch(/\+05:30$/);
  const wrong = await world.weir(['runs', '--tz', 'Europe/Brelin']);
  expect(wrong).toMatchObject({ code: 2, stdout: '' });
  expect(wrong.stderr).toContain('Europe/Berlin');
});
