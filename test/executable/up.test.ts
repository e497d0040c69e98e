/** `weir up`: fires schedules, resumes what was cut off, lets nobody serve beside it, and ends without losing a run. */
import SqliteDatabase from 'better-sqlite3';
import { expect, test } from 'vitest';
import { type Running, type World, waitFor, weirWorld } from '../support/weir.ts';

const EVERY_SECOND = "schedule: { cron: '* * * * * *', seconds: true }";
/** Nothing is caught up: on a busy machine several slots pass by before a run has begun, or between two starts. */
const QUIET = "schedule: { cron: '* * * * * *', seconds: true, catchup: 'skip' }";

/** Leaves a line for each task; its last task waits for a file. */
const GATED = (name: string, options = EVERY_SECOND) => `
  import { appendFileSync, existsSync } from 'node:fs';
  import { context, flow, task } from 'weir';
  const step = (name: string) => task({ name }, async (): Promise<string> => {
    appendFileSync(context().dir + '/${name}-trace-' + context().flowRun.id, name + '\\n');
    while (name === 'last' && !existsSync(context().dir + '/${name}-go')) await new Promise((done) => setTimeout(done, 5));
    return name;
  });
  const first = step('first');
  const last = step('last');
  export default flow({ name: '${name}', ${options} }, async () => [await first(), await last()]);`;

const QUICK = (name: string, options: string) => `
  import { context, flow } from 'weir';
  export default flow({ name: '${name}', ${options} }, async () => context().slot?.time.toISOString());`;

interface RunRow {
  readonly id: number;
  readonly flow: string;
  readonly state: string;
  readonly trigger: string;
  readonly slot: number;
  readonly start: number;
}

interface SlotRow {
  readonly at: number;
  readonly outcome: string;
  readonly reason: string | null;
  readonly run: number | null;
}

test('schedules fire at their times, the ledger says ran, and the page shows the runs', async () => {
  const world = weirWorld();
  world.write('flows/by-interval.ts', QUICK('by-interval', "schedule: { interval: '1s' }"));
  world.write('flows/by-cron.ts', QUICK('by-cron', EVERY_SECOND));
  const { server, url } = await up(world);
  expect(server.stdout).toBe('');
  expect(server.stderr).toMatch(/deployed by-cron, next at /);
  for (const flow of ['by-interval', 'by-cron']) {
    // On a busy machine one may be late by more than a period, and is caught up.
    const runs = await waitFor(`two runs of ${flow} to complete`, () => {
      const completed = runsOf(world, flow).filter((run) => run.state === 'Completed' && run.trigger === 'schedule');
      return completed.length >= 2 && completed;
    });
    const slots = slotsOf(world, flow);
    for (const run of runs) {
      expect(run.start).toBeGreaterThanOrEqual(run.slot);
      expect(slots.find((slot) => slot.run === run.id)).toMatchObject({ at: run.slot, outcome: 'ran' });
      expect(await world.show(run.id)).toMatchObject({
        deployment: `${flow}/default`,
        slot: new Date(run.slot).toISOString(),
        result: new Date(run.slot).toISOString(),
      });
    }
    expect(slots.map((slot) => slot.at)).toEqual(slots.map((_, index) => (slots[0]?.at ?? 0) + index * 1000));
    if (flow === 'by-cron') expect(slots.filter((slot) => slot.at % 1000 !== 0)).toEqual([]);
  }
  const page = await fetch(url);
  expect(page.status).toBe(200);
  const html = await page.text();
  for (const flow of ['by-interval', 'by-cron']) expect(html).toContain(flow);
  expect(await (await fetch(`${url}/health`)).status).toBe(200);
  await stop(server);
});

test('a run whose server is killed is resumed by the next server, with what was finished reused', async () => {
  const world = weirWorld();
  world.write('flows/gated.ts', GATED('gated'));
  const first = await up(world);
  await untilTrace(world, 'gated', 1, ['first', 'last']);
  await recordedRunning(world, 1);
  first.server.kill('SIGKILL');
  await first.server.ended;
  const second = await up(world);
  await waitFor('the run to be running again', () => runsOf(world, 'gated')[0]?.state === 'Resuming');
  world.write('flows/gated-go', '');
  await waitFor('the run to complete', () => runsOf(world, 'gated')[0]?.state === 'Completed');
  expect(world.lines('flows/gated-trace-1')).toEqual(['first', 'last', 'last']);
  const run = await world.show(1);
  expect(run.states.map((state) => state.name)).toEqual([
    'Scheduled',
    'Pending',
    'Running',
    'AwaitingResume',
    'Resuming',
    'Completed',
  ]);
  expect(run).toMatchObject({ attempt: 2, result: ['first', 'last'] });
  expect(run.tasks).toMatchObject([
    { name: 'first', attempt: 1, reused_from_attempt: 1, why: 'reused from attempt 1' },
    { name: 'last', attempt: 2, reused_from_attempt: null, why: 'ran again: interrupted before' },
  ]);
  await stop(second.server);
});

test('F7 a second server on the same file ends with exit code 1 and names the pid of the first', async () => {
  const world = weirWorld();
  world.write('flows/quick.ts', QUICK('quick', ''));
  const { server } = await up(world);
  const refused = await world.weir(['up', 'flows', '--port', '0']);
  expect(refused).toMatchObject({ code: 1, signal: null, stdout: '' });
  expect(refused.stderr).toContain(`a server already runs on ${world.db}: pid ${server.pid}`);
  expect(await world.weir(['run', 'flows/quick.ts'])).toMatchObject({ code: 0 });
  expect(await world.runs()).toHaveLength(1);
  await stop(server);
});

test('F7 of several servers that start at once on one file exactly one serves', async () => {
  const world = weirWorld();
  world.write('flows/quick.ts', QUICK('quick', ''));
  // The file is there already: else the first that makes it is ahead of the others.
  await world.weir(['runs']);
  const all = Array.from({ length: 6 }, () => world.start(['up', 'flows', '--port', '0']));
  const outcome = (server: Running) =>
    Promise.race([
      server.until(/shows what runs/).then(
        () => 'serves',
        () => 'refused',
      ),
      server.ended.then(() => 'refused'),
    ]);
  const outcomes = await Promise.all(all.map(outcome));
  expect(outcomes.toSorted()).toEqual([...Array(5).fill('refused'), 'serves']);
  for (const [index, server] of all.entries()) {
    if (outcomes[index] === 'serves') continue;
    const { code, stderr } = await server.ended;
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('a server already runs on') });
  }
});

test("F8 the row of a dead server whose pid is somebody else's by now is no obstacle", async () => {
  const world = weirWorld();
  world.write('flows/quick.ts', QUICK('quick', ''));
  const first = await up(world);
  first.server.kill('SIGKILL');
  await first.server.ended;
  const database = new SqliteDatabase(world.db);
  // This test's own process lives, and is no server.
  expect(database.prepare('update processes set pid = ? where ended_at is null').run(process.pid).changes).toBe(1);
  database.close();
  const second = await up(world);
  expect(world.rows('select pid, ended_why as why from processes order by id')).toEqual([
    { pid: process.pid, why: 'died' },
    { pid: second.server.pid, why: null },
  ]);
  await stop(second.server);
});

test('SIGTERM drains: what runs may finish, nothing new begins, exit code 0', async () => {
  const world = weirWorld();
  world.write('flows/gated.ts', GATED('gated', QUIET));
  const { server } = await up(world);
  await untilTrace(world, 'gated', 1, ['first', 'last']);
  server.kill('SIGTERM');
  await server.until(/SIGTERM: waiting up to 30 s for 1 run; once more ends at once/);
  const before = runsOf(world, 'gated').length;
  world.write('flows/gated-go', '');
  expect(await server.ended).toMatchObject({ code: 0, signal: null, stdout: '' });
  expect(runsOf(world, 'gated').map((run) => run.state)).toEqual(['Completed']);
  expect(before).toBe(1);
  expect(world.rows('select ended_why as why from processes')).toEqual([{ why: 'stopped' }]);
});

test('F15 a second SIGTERM ends a draining server at once: what still runs awaits its resume and has lost no attempt', async () => {
  const world = weirWorld();
  for (const name of ['one', 'two', 'three']) world.write(`flows/${name}.ts`, GATED(name, QUIET));
  world.write(
    'flows/shell.ts',
    `import { flow, sh } from 'weir';\nexport default flow({ name: 'shell', ${QUIET} }, async () => { await sh\`sleep 1004 & sleep 1005\`; });\n`,
  );
  const { server } = await up(world);
  await waitFor(
    'four runs in their last task',
    () => world.rows("select 1 from task_runs where state_type = 'RUNNING' and name <> 'first'").length === 4,
  );
  await waitFor(
    'the shell task to run',
    () => world.commands().filter((command) => command.startsWith('sleep ')).length === 2,
  );
  server.kill('SIGTERM');
  await server.until(/waiting up to 30 s for 4 runs/);
  world.write('flows/one-go', '');
  await waitFor('the first to complete', () => runsOf(world, 'one')[0]?.state === 'Completed');
  server.kill('SIGTERM');
  expect(await server.ended).toMatchObject({ code: 0, signal: null, stdout: '' });
  expect(world.processes()).toEqual([]);
  expect(
    world.rows(
      'select flow, state_name as state, attempt, crashes, failures, interruptions from flow_runs order by flow',
    ),
  ).toEqual([
    { flow: 'one', state: 'Completed', attempt: 1, crashes: 0, failures: 0, interruptions: 0 },
    ...['shell', 'three', 'two'].map((flow) => ({
      flow,
      state: 'AwaitingResume',
      attempt: 1,
      crashes: 0,
      failures: 0,
      interruptions: 1,
    })),
  ]);
});

test('a server that is told to end while it claims a run leaves the run to others', async () => {
  const world = weirWorld();
  world.write('flows/gated.ts', GATED('gated', QUIET));
  const first = await up(world);
  await untilTrace(world, 'gated', 1, ['first', 'last']);
  first.server.kill('SIGKILL');
  await first.server.ended;
  // Each of these finds the run to resume, and is told to end as soon as it says that it serves.
  for (const _ of Array(6)) {
    const { server } = await up(world);
    server.kill('SIGTERM');
    const waits = server.until(/waiting up to/).then(
      () => true,
      () => false,
    );
    if (await waits) server.kill('SIGTERM');
    expect(await server.ended).toMatchObject({ code: 0, signal: null });
    expect(world.rows("select owner_id as owner, crashes from flow_runs where state_type <> 'COMPLETED'")).toEqual([
      { owner: null, crashes: 1 },
    ]);
  }
  world.write('flows/gated-go', '');
  expect(await world.weir(['resume'])).toMatchObject({ code: 0, stdout: '["first","last"]\n' });
});

test('a weir run that is killed beside the server is resumed by the server', async () => {
  const world = weirWorld();
  world.write('flows/quick.ts', QUICK('quick', ''));
  world.write('other/gated.ts', GATED('gated', ''));
  const { server } = await up(world);
  const running = world.start(['run', 'other/gated.ts']);
  await waitFor('the last task to run', () => world.lines('other/gated-trace-1').length === 2);
  await recordedRunning(world, 1);
  running.kill('SIGKILL');
  await running.ended;
  await waitFor('the server to resume it', () => runsOf(world, 'gated')[0]?.state === 'Resuming');
  world.write('other/gated-go', '');
  await waitFor('the run to complete', () => runsOf(world, 'gated')[0]?.state === 'Completed');
  expect(world.lines('other/gated-trace-1')).toEqual(['first', 'last', 'last']);
  await stop(server);
});

test('a broken file is named with its line, and the good ones beside it work', async () => {
  const world = weirWorld();
  world.write(
    'flows/bad.ts',
    "import { flow } from 'weir';\n\nexport default flow({ name: 'bad' }, async () => { return 1 +; });\n",
  );
  world.write(
    'flows/worse.ts',
    "import { flow } from 'weir';\nexport default flow({ name: 'worse', schedule: '61 * * * *' }, async () => 1);\n",
  );
  world.write('flows/good.ts', QUICK('good', EVERY_SECOND));
  const { server } = await up(world);
  expect(server.stderr).toMatch(/^broken: .*bad\.ts:3/m);
  expect(server.stderr).toMatch(/^broken: .*worse\.ts.*61/m);
  expect(server.stderr).toMatch(/^deployed good, /m);
  expect(server.stderr).not.toMatch(/^\s+at .*:\d+:\d+/m);
  await waitFor('a run of the good flow', () => runsOf(world, 'good').some((run) => run.state === 'Completed'));
  await stop(server);
});

test('of the slots missed while no server ran the newest is caught up once, the older ones are missed, none is lost', async () => {
  const world = weirWorld();
  world.write('flows/quick.ts', QUICK('quick', EVERY_SECOND));
  const first = await up(world);
  await waitFor('a run', () => runsOf(world, 'quick').some((run) => run.state === 'Completed'));
  await stop(first.server);
  const before = slotsOf(world, 'quick');
  const last = before.at(-1)?.at ?? 0;
  await waitFor('several slots to pass by', () => Date.now() > last + 4000);
  const startedAt = Date.now();
  const second = await up(world);
  await waitFor('a slot on time', () =>
    slotsOf(world, 'quick')
      .slice(before.length)
      .some((slot) => slot.outcome === 'ran'),
  );
  await stop(second.server);

  const after = slotsOf(world, 'quick').slice(before.length);
  expect(after.map((slot) => slot.at)).toEqual(after.map((_, index) => last + (index + 1) * 1000));
  const position = after.findIndex((slot) => slot.outcome === 'caught_up');
  expect(position).toBeGreaterThanOrEqual(2);
  for (const slot of after.slice(0, position)) {
    expect(slot).toMatchObject({ outcome: 'missed', run: null, reason: expect.stringContaining('catchup is latest') });
  }
  // The newest that was due when the server looked first, or the one before, where that one was not late yet. Later ones run
  // on time, but where a busy machine stood still.
  expect(after[position]?.at).toBeGreaterThan(startedAt - 2000);
  const caughtUp = after.filter((slot) => slot.outcome === 'caught_up');
  expect(runsOf(world, 'quick').filter((run) => run.trigger === 'catchup')).toMatchObject(
    caughtUp.map(({ run, at }) => ({ id: run, slot: at })),
  );
});

test('Ctrl-C ends a server that runs nothing at once, and a port that is taken is told with the next step', async () => {
  const world = weirWorld();
  world.write('flows/quick.ts', QUICK('quick', ''));
  const { server, url } = await up(world);
  const port = new URL(url).port;
  const taken = await world.weir(['up', 'flows', '--port', port], { env: { WEIR_DB: `${world.folder}/other.db` } });
  expect(taken).toMatchObject({ code: 1, stdout: '' });
  expect(taken.stderr).toMatch(new RegExp(`port ${port} .*taken[\\s\\S]*--port ${Number(port) + 1}`));
  server.kill('SIGINT');
  expect(await server.ended).toMatchObject({ code: 130, signal: null, stdout: '' });
});

async function up(world: World): Promise<{ server: Running; url: string }> {
  const server = world.start(['up', 'flows', '--port', '0']);
  const [, url = ''] = await server.until(/(http:\/\/\S+) shows what runs/);
  return { server, url };
}

/** Ends a server that may be busy for a moment; nothing it said was a fault. */
async function stop(server: Running): Promise<void> {
  server.kill('SIGTERM');
  const { code, signal, stdout, stderr } = await server.ended;
  expect({ code, signal, stdout }, stderr).toEqual({ code: 0, signal: null, stdout: '' });
  expect(stderr).not.toMatch(/^weir:|should not have happened|BUSY/m);
}

async function untilTrace(world: World, flow: string, run: number, trace: readonly string[]): Promise<void> {
  await waitFor(
    `run ${run} to have executed ${trace.join(', ')}`,
    () => world.lines(`flows/${flow}-trace-${run}`).length === trace.length,
  );
  expect(world.lines(`flows/${flow}-trace-${run}`)).toEqual(trace);
}

/** Tasks report a little later than they begin. */
async function recordedRunning(world: World, tasks: number): Promise<void> {
  await waitFor(
    'the task to be recorded',
    () => world.rows("select 1 from task_runs where state_type = 'RUNNING'").length === tasks,
  );
}

function runsOf(world: World, flow: string): RunRow[] {
  return world.rows<RunRow>(
    'select id, flow, state_name as state, trigger, slot_at as slot, start_at as start from flow_runs where flow = ? order by id',
    flow,
  );
}

/** Slot by slot; neighbours that share a row are a second apart. */
function slotsOf(world: World, flow: string): SlotRow[] {
  const rows = world.rows<SlotRow & { readonly until: number }>(
    `select at, coalesce(until_at, at) as until, outcome, reason, flow_run_id as run
     from slots join schedules on schedules.id = schedule_id
     join deployments on deployments.id = deployment_id where flow = ? order by at`,
    flow,
  );
  return rows.flatMap(({ until, ...row }) =>
    Array.from({ length: (until - row.at) / 1000 + 1 }, (_, index) => ({ ...row, at: row.at + index * 1000 })),
  );
}
