/** What scripts read: field names and types are a promise, and stdout holds nothing beside them. */
import { expect, test } from 'vitest';
import { type RunItemJson, type RunJson, weirWorld } from '../support/weir.ts';

const TALKATIVE = `
  import { flow, log, metric, sh, task, z } from 'weir';
  console.log('while loading');
  process.stdout.write('also while loading\\n');
  const talk = task({ name: 'talk' }, async (n: number) => {
    console.log('by console.log');
    console.error('by console.error');
    process.stdout.write('by process.stdout\\n');
    process.stdout.write('without a line end');
    process.stderr.write('by process.stderr\\n');
    log.info('by log', { n });
    metric('n', n);
    return { n, at: new Date(0), big: 12n };
  });
  const fail = task({ name: 'fail' }, async () => { throw new RangeError('too far'); });
  export default flow({ name: 'talkative', params: z.object({ fail: z.boolean().default(false) }), tags: ['loud'] }, async (params) => {
    console.log('in the body');
    const said = await talk(7);
    const { stdout } = await sh({ name: 'echo' })\`echo by sh; echo by sh on stderr >&2\`;
    if (params.fail) await fail();
    if (params.fail) await sh\`exit 3\`;
    setTimeout(() => console.log('late'), 0);
    return { said, stdout };
  });
  process.on('exit', () => console.log('at the very end'));`;

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:\d\d)$/);
const NUMBER = expect.any(Number);
const STATE = { type: expect.any(String), name: expect.any(String), message: null, at: TIME };

const ITEM = {
  id: 1,
  flow: 'talkative',
  deployment: null,
  name: expect.any(String),
  state: { ...STATE, type: 'COMPLETED', name: 'Completed' },
  params: {},
  result: { said: { n: 7, at: '1970-01-01T00:00:00.000Z', big: '12' }, stdout: 'by sh\n' },
  result_size: NUMBER,
  error: null,
  tags: ['loud', 'x'],
  metrics: { n: 7 },
  attempt: 1,
  created_at: TIME,
  scheduled_at: null,
  start_time: TIME,
  end_time: TIME,
  total_run_time_ms: NUMBER,
  slot: null,
  parent: null,
  trigger: 'cli',
  infrastructure: 'thread',
};

const TASK = {
  id: NUMBER,
  key: null,
  index: 0,
  state: { ...STATE, type: 'COMPLETED', name: 'Completed' },
  attempt: 1,
  upstream: [],
  reused_from_attempt: null,
  cached_from: null,
  why: null,
  start_time: TIME,
  end_time: TIME,
  total_run_time_ms: NUMBER,
  result_size: NUMBER,
  error: null,
};

const RUN = {
  schema: 'weir.run/1',
  ...ITEM,
  tasks: [
    {
      ...TASK,
      name: 'talk',
      metrics: { n: 7 },
      result: ITEM.result.said,
      states: ['PENDING', 'RUNNING', 'COMPLETED'].map((type) => ({ ...STATE, type })),
    },
    {
      ...TASK,
      name: 'echo',
      metrics: {},
      result: { exitCode: 0, stdout: 'by sh\n', outputs: {}, files: {} },
      states: ['PENDING', 'RUNNING', 'COMPLETED'].map((type) => ({ ...STATE, type })),
    },
  ],
  states: ['PENDING', 'RUNNING', 'COMPLETED'].map((type) => ({ ...STATE, type })),
  artifacts: [],
};

test('run --json, show --json and runs --json print one object of the promised shape, whatever the flow prints', async () => {
  const world = weirWorld();
  world.write('flow.ts', TALKATIVE);
  const ran = await world.weir(['run', 'flow.ts', '--tag', 'x', '--json']);
  expect(ran).toMatchObject({ code: 0, signal: null });
  expect(JSON.parse(ran.stdout)).toEqual(RUN);
  expect(ran.stdout.trimEnd()).not.toContain('\n');
  const shown = await world.weir(['show', '--json']);
  expect(JSON.parse(shown.stdout)).toEqual(RUN);
  expect(JSON.parse(shown.stdout)).toEqual(JSON.parse(ran.stdout));
  const listed = await world.weir(['runs', '--json']);
  expect(JSON.parse(listed.stdout)).toEqual({ schema: 'weir.runs/1', items: [ITEM], next: null });
});

test('without --json only the result is on stdout', async () => {
  const world = weirWorld();
  world.write('flow.ts', TALKATIVE);
  const { code, stdout, stderr } = await world.weir(['run', 'flow.ts']);
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${JSON.stringify(ITEM.result)}\n` });
  for (const line of [
    'in the body',
    'talk: by console.log',
    'talk: by process.stdout',
    'talk: without a line end',
    'talk: by log',
    'echo: by sh',
    'echo: by sh on stderr',
  ])
    expect(stderr).toContain(line);
  expect(stderr).not.toContain('\u001b');
});

test('--quiet leaves stderr to failures: what went well says nothing there, what failed tells why', async () => {
  const world = weirWorld();
  world.write(
    'flow.ts',
    `import { flow, task, z } from 'weir';
    const load = task({ name: 'load' }, async (fails: boolean) => {
      console.log('by load');
      if (fails) throw new Error('no disk');
      return 7;
    });
    export default flow({ name: 'flow', params: z.object({ fails: z.boolean().default(false) }) }, ({ fails }) => load(fails));`,
  );
  const quietly = (...args: string[]) => world.weir([...args, '--quiet']);
  expect(await quietly('run', 'flow.ts')).toEqual({ code: 0, signal: null, stdout: '7\n', stderr: '' });
  const thrown = await quietly('run', 'flow.ts', '-p', 'fails=true');
  expect(thrown).toMatchObject({ code: 5, stdout: '' });
  expect(thrown.stderr).toMatch(/^\nload: no disk\n {2}by load\n.*flow\.ts:4:.*\n\n✗ flow, run 2: Failed in \S+\n$/s);
  const refused = await quietly('run', 'flow.ts', '-p', 'fails=perhaps');
  expect(refused).toMatchObject({ code: 5, stdout: '' });
  expect(refused.stderr).toMatch(/^\nFailed: .*fails.*\n✗ flow, run 3: Failed in \S+\n$/s);
  world.write('flow.yaml', 'tasks: { load: { run: "echo before; echo no disk >&2; exit 3" } }\n');
  expect((await quietly('run', 'flow.yaml')).stderr).toContain('load: exit code 3');
  const retried = await quietly('retry');
  expect(retried).toMatchObject({ code: 5, stdout: '' });
  expect(retried.stderr).toMatch(/^\nload: exit code 3\n {2}before\n {2}no disk\n.*\n✗ flow, run 4: Failed in \S+\n$/s);
});

test('a failed run prints its JSON too: the exit code and the error tell', async () => {
  const world = weirWorld();
  world.write('flow.ts', TALKATIVE);
  const { code, stdout } = await world.weir(['run', 'flow.ts', '-p', 'fail=true', '--json']);
  expect(code).toBe(5);
  const run = JSON.parse(stdout) as RunJson;
  const error = { name: 'RangeError', message: 'too far', stack: expect.stringContaining('flow.ts:15:') };
  expect(run).toMatchObject({
    state: { type: 'FAILED', name: 'Failed' },
    result: null,
    result_size: null,
    params: { fail: true },
  });
  expect(run.error).toEqual(error);
  expect(run.tasks[2]).toMatchObject({ name: 'fail', state: { type: 'FAILED' }, result: null });
  expect(run.tasks[2]?.error).toEqual(error);
});

test('the error of a shell task tells exit code, signal and last lines', async () => {
  const world = weirWorld();
  world.write(
    'flow.ts',
    "import { flow, sh } from 'weir';\nexport default flow(async () => { await sh({ name: 'bad' })`echo out; echo err >&2; exit 3`; });\n",
  );
  const { code, stdout } = await world.weir(['run', 'flow.ts', '--json']);
  expect(code).toBe(5);
  const run = JSON.parse(stdout) as RunJson;
  expect(run.tasks[0]?.error).toEqual({
    name: 'CommandFailed',
    message: expect.stringContaining('3'),
    stack: null,
    exit_code: 3,
    signal: null,
    last_lines: expect.arrayContaining(['out', 'err']),
  });
});

test.each([
  ['SIGKILL', 'kill -KILL $$'],
  ['SIGSEGV', 'kill -SEGV $$'],
])('F12 a shell task that dies of %s says so in words and in its error', async (signal, script) => {
  const world = weirWorld();
  world.write(
    'flow.ts',
    `import { flow, sh } from 'weir';\nexport default flow(async () => { await sh({ name: 'dies', retries: 1 })\`${script}\`; });\n`,
  );
  const { code, stdout } = await world.weir(['run', 'flow.ts', '--json']);
  expect(code).toBe(5);
  const [task] = (JSON.parse(stdout) as RunJson).tasks;
  expect(task).toMatchObject({ attempt: 2, error: { exit_code: null, signal } });
  expect(task?.state.message).toContain(signal);
});

test('--limit shortens the list and next tells where it goes on', async () => {
  const world = weirWorld();
  world.write('flow.ts', "import { flow } from 'weir';\nexport default flow(async () => 1);\n");
  for (let each = 0; each < 3; each++) await world.weir(['run', 'flow.ts', '--quiet']);
  const first = await world.json<{ items: RunItemJson[]; next: number | null }>(['runs', '--limit', '2']);
  expect([first.items.map((item) => item.id), first.next]).toEqual([[3, 2], 2]);
  const all = await world.json<{ items: RunItemJson[]; next: number | null }>(['runs', '--limit', '3']);
  expect([all.items.map((item) => item.id), all.next]).toEqual([[3, 2, 1], null]);
});

test('E54 the same idempotency key twice gives the first run', async () => {
  const world = weirWorld();
  world.write('flow.ts', TALKATIVE);
  const args = ['run', 'flow.ts', '--idempotency-key', 'monday', '--json'];
  const first = await world.weir(args);
  const second = await world.weir(args);
  expect(second).toMatchObject({ code: 0, stdout: first.stdout });
  expect(second.stderr).toContain('run 1 has this idempotency key already; nothing was started');
  expect(await world.weir(['run', 'flow.ts', '--idempotency-key', 'tuesday'])).toMatchObject({ code: 0 });
  expect((await world.runs()).map((run) => run.id)).toEqual([2, 1]);
});
