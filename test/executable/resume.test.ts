/** A run whose process was killed, told to stop, or cancelled: what is kept, what runs again, and which exit code tells. */
import { expect, test } from 'vitest';
import { type Running, type World, waitFor, weirWorld } from '../support/weir.ts';

/** Five tasks in a row that leave a line each; the third waits for a file. */
const FIVE = `
  import { appendFileSync, existsSync } from 'node:fs';
  import { context, flow, task } from 'weir';
  const step = (name: string) => task({ name }, async (before: number): Promise<number> => {
    appendFileSync(context().dir + '/trace', name + '\\n');
    while (name === 'three' && !existsSync(context().dir + '/go')) await new Promise((done) => setTimeout(done, 5));
    return before + 1;
  });
  const [one, two, three, four, five] = ['one', 'two', 'three', 'four', 'five'].map(step);
  export default flow({ name: 'five' }, async () => five(await four(await three(await two(await one(0))))));`;

/** A flow that never gets anywhere by itself. */
const STUCK = `
  import { appendFileSync } from 'node:fs';
  import { context, flow, task } from 'weir';
  const wait = task({ name: 'wait' }, async () => {
    appendFileSync(context().dir + '/trace', 'wait\\n');
    await new Promise((done) => setTimeout(done, 1e8));
  });
  export default flow({ name: 'stuck' }, async () => { await wait(); });`;

/** A shell task with processes beside and below it, one of them in a session of its own and deaf to a signal. */
const shell = (deafTo: string) => `
  import { flow, sh } from 'weir';
  export default flow({ name: 'shell' }, async () => {
    const { stdout } = await sh({ name: 'long' })\`
      echo begun >> trace
      if [ -e go ]; then echo through; exit 0; fi
      sleep 1001 &
      (trap "" ${deafTo}; setsid sleep 1002) &
      sleep 1003\`;
    return stdout.trim();
  });`;

test('E60 a run killed in its third of five tasks goes on with weir resume: two are reused, the third runs again', async () => {
  const world = weirWorld();
  world.write('flow.ts', FIVE);
  await killWhen(world, world.start(['run', 'flow.ts']), ['one', 'two', 'three']);
  const [before] = await world.runs();
  expect(before?.state).toMatchObject({ type: 'SCHEDULED', name: 'AwaitingResume' });
  expect(before).toMatchObject({ id: 1, attempt: 1, end_time: null });

  world.write('go', '');
  const resumed = await world.weir(['resume']);
  expect(resumed).toMatchObject({ code: 0, stdout: '5\n' });
  expect(world.lines('trace')).toEqual(['one', 'two', 'three', 'three', 'four', 'five']);
  const run = await world.show(1);
  expect(run).toMatchObject({ attempt: 2, result: 5, state: { type: 'COMPLETED' } });
  expect(run.states.map((state) => state.name)).toEqual([
    'Pending',
    'Running',
    'AwaitingResume',
    'Resuming',
    'Completed',
  ]);
  expect(run.tasks.map((task) => [task.name, task.attempt, task.reused_from_attempt, task.why])).toEqual([
    ['one', 1, 1, 'reused from attempt 1'],
    ['two', 1, 1, 'reused from attempt 1'],
    ['three', 2, null, 'ran again: interrupted before'],
    ['four', 1, null, null],
    ['five', 1, null, null],
  ]);
});

test('without a server, commands say which interrupted run to resume', async () => {
  const world = weirWorld();
  world.write('flow.ts', FIVE);
  await killWhen(world, world.start(['run', 'flow.ts']), ['one', 'two', 'three']);
  expect((await world.weir(['runs'])).stderr).toContain('1 interrupted run: weir resume 1');
  expect((await world.weir(['show', '1'])).stdout).toContain('AwaitingResume');
});

test('many commands at once after a crash all find the run interrupted, and it is charged one crash', async () => {
  const world = weirWorld();
  world.write('flow.ts', STUCK.replace("name: 'stuck'", "name: 'stuck', crashRetries: 100"));
  for (const crash of [1, 2, 3, 4, 5]) {
    await killWhen(world, world.start(crash === 1 ? ['run', 'flow.ts'] : ['resume']), Array(crash).fill('wait'));
    const all = await Promise.all(Array.from({ length: 8 }, () => world.weir(['runs', '--json'])));
    expect(all.map(({ code, stderr }) => [code, stderr])).toEqual(all.map(() => [0, '']));
    for (const { stdout } of all)
      expect(JSON.parse(stdout)).toMatchObject({ items: [{ state: { name: 'AwaitingResume' } }] });
    expect(world.rows('select attempt, crashes from flow_runs')).toEqual([{ attempt: crash, crashes: crash }]);
  }
});

test('nothing that a shell task has started survives the kill of its run, and resume runs the task again', async () => {
  const world = weirWorld();
  world.write('flow.ts', shell('TERM'));
  const running = world.start(['run', 'flow.ts']);
  await inTask(world, 1);
  await waitFor('the children of the shell task', () => sleepers(world) === 3);
  running.kill('SIGKILL');
  await running.ended;
  await waitFor('all processes of the killed run to be gone', () => world.processes().length === 0);

  world.write('go', '');
  expect(await world.weir(['resume', '1'])).toMatchObject({ code: 0, stdout: 'through\n' });
  expect(world.lines('trace')).toEqual(['begun', 'begun']);
  expect((await world.show(1)).tasks).toMatchObject([
    { name: 'long', attempt: 2, why: 'ran again: interrupted before', state: { name: 'Completed' } },
  ]);
});

test('a run whose process is killed three times is Crashed at the third', async () => {
  const world = weirWorld();
  world.write('flow.ts', STUCK);
  for (const crash of [1, 2, 3]) {
    const running = world.start(crash === 1 ? ['run', 'flow.ts'] : ['resume']);
    await killWhen(world, running, Array(crash).fill('wait'));
    const run = await world.show();
    expect(run.state.name).toBe(crash < 3 ? 'AwaitingResume' : 'Crashed');
    expect(run.attempt).toBe(crash);
  }
  const run = await world.show();
  expect(run.state).toMatchObject({ type: 'CRASHED', message: expect.stringContaining('crash 3 of 3') });
  expect(run.end_time).not.toBeNull();
  expect(run.tasks.every((task) => task.end_time !== null)).toBe(true);
  expect(await world.weir(['resume', '1'])).toMatchObject({ code: 1, stdout: '' });
  expect((await world.weir(['resume'])).stderr).toContain('no run is interrupted');
  expect(world.lines('trace')).toHaveLength(3);
});

test('the crash budget refills when a task completes for the first time', async () => {
  const world = weirWorld();
  world.write(
    'flow.ts',
    FIVE.replace(
      "name === 'three' && !existsSync(context().dir + '/go')",
      "!existsSync(context().dir + '/go-' + name)",
    ),
  );
  const trace: string[] = [];
  for (const name of ['one', 'two', 'three']) {
    // The whole budget but one, each time.
    for (const _ of [1, 2]) {
      trace.push(name);
      await killWhen(world, world.start(trace.length === 1 ? ['run', 'flow.ts'] : ['resume', '1']), trace);
    }
    world.write(`go-${name}`, '');
    trace.push(name);
  }
  for (const name of ['four', 'five']) world.write(`go-${name}`, '');
  expect(await world.weir(['resume', '1'])).toMatchObject({ code: 0, stdout: '5\n' });
  expect(world.lines('trace')).toEqual([...trace, 'four', 'five']);
  expect((await world.show(1)).attempt).toBe(7);
});

test.each([
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)(
  '%s interrupts weir run with exit code %i; the run awaits its resume and has lost no attempt',
  async (signal, code) => {
    const world = weirWorld();
    world.write('flow.ts', STUCK);
    // More often than the crash budget would allow.
    for (const time of [1, 2, 3, 4]) {
      const running = world.start(time === 1 ? ['run', 'flow.ts'] : ['resume']);
      await inTask(world, time);
      running.kill(signal);
      const { stderr, ...ended } = await running.ended;
      expect(ended).toEqual({ code, signal: null, stdout: '' });
      expect(stderr).toContain(`${signal}: the run is interrupted and can be resumed: weir resume 1`);
      expect((await world.show(1)).state).toMatchObject({ name: 'AwaitingResume' });
    }
    expect(world.rows('select attempt, crashes, failures, interruptions from flow_runs')).toEqual([
      { attempt: 4, crashes: 0, failures: 0, interruptions: 4 },
    ]);
  },
);

test.each([
  ['SIGTERM', 143, ['AwaitingResume', 'AwaitingResume']],
  ['SIGINT', 130, ['Cancelled', 'AwaitingResume']],
] as const)(
  '%s at the first of two runs that weir resume goes on with leaves the second as it is',
  async (signal, code, states) => {
    const world = weirWorld();
    world.write('flow.ts', STUCK);
    for (const time of [1, 2]) {
      const running = world.start(['run', 'flow.ts']);
      await inTask(world, time);
      running.kill('SIGTERM');
      await running.ended;
    }
    const running = world.start(['resume']);
    await inTask(world, 3);
    running.kill(signal);
    expect(await running.ended).toMatchObject({ code, signal: null });
    expect(world.lines('trace')).toHaveLength(3);
    expect(stateNames(world)).toEqual(states);
    expect(world.rows('select id from flow_runs where owner_id is not null')).toEqual([]);
  },
);

test('SIGTERM ends a shell task with all its processes before weir run ends', async () => {
  const world = weirWorld();
  world.write('flow.ts', shell('USR2'));
  const running = world.start(['run', 'flow.ts']);
  await inTask(world, 1);
  await waitFor('the children of the shell task', () => sleepers(world) === 3);
  running.kill('SIGTERM');
  expect((await running.ended).code).toBe(143);
  expect(world.processes()).toEqual([]);
  world.write('go', '');
  expect(await world.weir(['resume'])).toMatchObject({ code: 0, stdout: 'through\n' });
});

test('Ctrl-C cancels the run: exit code 130, state Cancelled, and it cannot be resumed', async () => {
  const world = weirWorld();
  world.write('flow.ts', FIVE);
  const running = world.start(['run', 'flow.ts']);
  await inTask(world, 3);
  running.kill('SIGINT');
  expect(await running.ended).toMatchObject({ code: 130, signal: null, stdout: '' });
  const run = await world.show(1);
  expect(run.state).toMatchObject({ type: 'CANCELLED', name: 'Cancelled' });
  expect(run.tasks.map((task) => task.state.name)).toEqual(['Completed', 'Completed', 'Cancelled']);
  const resumed = await world.weir(['resume', '1']);
  expect(resumed).toMatchObject({ code: 1, stdout: '' });
  expect(resumed.stderr).toContain('run 1 is Cancelled');
});

test('a second Ctrl-C ends at once, and the run is Cancelled all the same', async () => {
  const world = weirWorld();
  // It never gives the thread back: the first Ctrl-C would wait for its grace.
  world.write('flow.ts', STUCK.replace('await new Promise((done) => setTimeout(done, 1e8));', 'for (;;);'));
  const running = world.start(['run', 'flow.ts']);
  await waitFor('the task to run', () => world.lines('trace').length === 1);
  running.kill('SIGINT');
  await running.until(/press Ctrl-C again/);
  await waitFor('the run to be Cancelling', () => stateNames(world)[0] === 'Cancelling');
  running.kill('SIGINT');
  expect(await running.ended).toMatchObject({ code: 130, signal: null, stdout: '' });
  expect((await world.show(1)).state).toMatchObject({ type: 'CANCELLED' });
});

test('of two weir resume at once, one goes on and the other refuses with a sentence', async () => {
  const world = weirWorld();
  world.write('flow.ts', FIVE);
  await killWhen(world, world.start(['run', 'flow.ts']), ['one', 'two', 'three']);
  const both = [world.start(['resume', '1']), world.start(['resume', '1'])];
  const refused = await Promise.race(both.map(async (each) => ({ each, ...(await each.ended) })));
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toMatch(/^weir: run 1 is .* and executed by another process already/);
  world.write('go', '');
  const other = both.find((each) => each !== refused.each) as Running;
  expect(await other.ended).toMatchObject({ code: 0, stdout: '5\n' });
  expect(world.lines('trace')).toEqual(['one', 'two', 'three', 'three', 'four', 'five']);
});

test.each(['SIGTERM', 'SIGKILL'] as const)(
  'a run that was ended by %s while it waited for its retry goes on with weir resume',
  async (signal) => {
    const world = weirWorld();
    world.write(
      'flow.ts',
      `import { appendFileSync } from 'node:fs';
     import { context, flow, task } from 'weir';
     const once = task({ name: 'once' }, async () => appendFileSync(context().dir + '/trace', 'once\\n'));
     export default flow({ name: 'again', retries: 1, retryDelay: '1h' }, async () => {
       await once();
       if (context().flowRun.attempt === 1) throw new Error('not yet');
       return 'at last';
     });`,
    );
    const running = world.start(['run', 'flow.ts']);
    await waitFor('the run to await its retry', () => stateNames(world)[0] === 'AwaitingRetry');
    running.kill(signal);
    await running.ended;
    expect(await world.weir(['resume', '1'])).toMatchObject({ code: 0, stdout: 'at last\n' });
    expect(world.lines('trace')).toEqual(['once']);
    expect((await world.show(1)).states.map((state) => state.name)).toEqual([
      'Pending',
      'Running',
      'AwaitingRetry',
      'Retrying',
      'Completed',
    ]);
  },
);

test('a run that is being executed, and one that is completed, cannot be resumed', async () => {
  const world = weirWorld();
  world.write('flow.ts', FIVE);
  const running = world.start(['run', 'flow.ts']);
  await inTask(world, 3);
  const during = await world.weir(['resume', '1']);
  expect(during).toMatchObject({ code: 1, stdout: '' });
  expect(during.stderr).toContain('run 1 is Running and executed by another process already');
  world.write('go', '');
  expect(await running.ended).toMatchObject({ code: 0, stdout: '5\n' });
  const after = await world.weir(['resume', '1']);
  expect(after).toMatchObject({ code: 1, stdout: '' });
  expect(after.stderr).toContain('run 1 is Completed; only interrupted runs can be resumed');
  expect(await world.weir(['resume'])).toMatchObject({ code: 0, stderr: 'no run is interrupted\n' });
});

async function killWhen(world: World, running: Running, trace: readonly string[]): Promise<void> {
  await inTask(world, trace.length);
  expect(world.lines('trace')).toEqual(trace);
  running.kill('SIGKILL');
  expect(await running.ended).toMatchObject({ code: null, signal: 'SIGKILL' });
}

/** The trace has so many lines, and the task that wrote the last one is recorded as running. */
async function inTask(world: World, lines: number): Promise<void> {
  await waitFor(
    `task number ${lines} to run`,
    () =>
      world.lines('trace').length === lines &&
      world.rows(
        "select 1 from task_runs join flow_runs on flow_runs.id = flow_run_id where task_runs.state_type = 'RUNNING' and flow_runs.state_type = 'RUNNING'",
      ).length === 1,
  );
}

function stateNames(world: World): string[] {
  return world.rows<{ name: string }>('select state_name as name from flow_runs order by id').map((row) => row.name);
}

/** Processes of the shell task above that sleep. */
function sleepers(world: World): number {
  return world.commands().filter((command) => /^sleep 100[123]$/.test(command)).length;
}
