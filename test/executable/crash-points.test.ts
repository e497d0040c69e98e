/**
 * F2: a test build that kills itself by SIGKILL at a named point, then a restart. Each point has what must be true after
 * the death, read from the file, and what the restart makes of it. One table a kind of work; a sweep over every commit.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { beforeAll, expect, test } from 'vitest';
import { CRASH_POINTS, type CrashPoint } from '../../src/crash-points.ts';
import { buildWithCrashPoints, root } from '../support/prepare.mjs';
import { type Running, type World, waitFor, weirWorld } from '../support/weir.ts';

let executable = '';
beforeAll(() => {
  executable = buildWithCrashPoints();
}, 300_000);

/** A command and two functions, one after the other; each leaves a line whenever it executes. */
const FLOW = `
  import { appendFileSync } from 'node:fs';
  import { context, flow, sh, task } from 'weir';
  const step = task({ name: 'step', key: (name: string) => name }, async (name: string): Promise<string> => {
    appendFileSync(context().dir + '/trace-' + context().flowRun.id, name + '\\n');
    return name;
  });
  const command = async (name: string) => (await sh({ name })\`echo \${name} >> trace-$WEIR_RUN; echo \${name}\`).stdout.trim();
  export default flow({ name: 'crashed' }, async () => [await command('a'), await step('b'), await step('c')]);`;

const NAMES = ['a', 'b', 'c'];

/** A flow that never gets anywhere by itself. */
const STUCK = `
  import { flow, task } from 'weir';
  const wait = task({ name: 'wait' }, async () => { await new Promise((done) => setTimeout(done, 1e8)); });
  export default flow({ name: 'stuck' }, async () => { await wait(); });`;

const tried = new Set<CrashPoint>();

interface Expected {
  readonly at: `${CrashPoint}:${number}`;
  /** State of the run when its process is dead and nobody has looked. */
  readonly left: string;
  /** What may have been in flight: it may run twice, everything else runs once. */
  readonly inFlight: string;
  /** Times the resumed run enters Running in all. */
  readonly attempt: number;
  /** Tasks that the resumed run finds finished. */
  readonly reused: string;
}

const OF_A_RUN: readonly Expected[] = [
  { at: 'after-enqueue:1', left: 'Pending', inFlight: '', attempt: 1, reused: '' },
  { at: 'after-attempt-start:1', left: 'Running', inFlight: 'a', attempt: 2, reused: '' },
  { at: 'after-user-code:1', left: 'Running', inFlight: 'a', attempt: 2, reused: '' },
  { at: 'before-task-end:1', left: 'Running', inFlight: 'a', attempt: 2, reused: '' },
  { at: 'after-task-end:1', left: 'Running', inFlight: '', attempt: 2, reused: 'a' },
  { at: 'after-user-code:2', left: 'Running', inFlight: 'b', attempt: 2, reused: 'a' },
  { at: 'before-task-end:2', left: 'Running', inFlight: 'b', attempt: 2, reused: 'a' },
  { at: 'after-task-end:2', left: 'Running', inFlight: '', attempt: 2, reused: 'ab' },
  { at: 'after-user-code:3', left: 'Running', inFlight: 'c', attempt: 2, reused: 'ab' },
  { at: 'after-task-end:3', left: 'Running', inFlight: '', attempt: 2, reused: 'abc' },
  { at: 'after-flow-body:1', left: 'Running', inFlight: '', attempt: 2, reused: 'abc' },
  { at: 'before-run-end:1', left: 'Running', inFlight: '', attempt: 2, reused: 'abc' },
];

test.each(OF_A_RUN)(
  'F2 a run that dies at $at is $left, and resumed runs only what was in flight twice ($inFlight)',
  async ({ at, left, inFlight, attempt, reused }) => {
    const world = weirWorld();
    world.write('flow.ts', FLOW);
    await diesAt(world, at, ['run', 'flow.ts']);
    expect(world.rows('select state_name as state, owner_id is null as free, attempt, crashes from flow_runs')).toEqual(
      [{ state: left, free: 0, attempt: attempt - 1, crashes: 0 }],
    );
    expect(completed(world)).toEqual([...reused]);

    // Looking is enough for the run to be told as interrupted.
    expect((await weir(world, ['runs'])).stderr).toContain('1 interrupted run: weir resume 1');
    expect(world.rows('select state_name as state, owner_id as owner, crashes from flow_runs')).toEqual([
      { state: 'AwaitingResume', owner: null, crashes: 1 },
    ]);
    expect(await weir(world, ['resume'])).toMatchObject({ code: 0, stdout: '["a","b","c"]\n' });
    expectEnded(world, 1, attempt);
    for (const name of NAMES)
      expect([1, ...(inFlight.includes(name) ? [2] : [])], `${name} at ${at}`).toContain(timesRun(world, 1, name));
    expect(
      world
        .rows<{ attempt: number | null }>('select reused_from_attempt as attempt from task_runs order by position')
        .map((row) => row.attempt),
    ).toEqual(NAMES.map((name) => (reused.includes(name) ? 1 : null)));
  },
);

test('F2 a run whose process dies when its end is recorded has ended, and there is nothing to resume', async () => {
  const world = weirWorld();
  world.write('flow.ts', FLOW);
  await diesAt(world, 'after-run-end:1', ['run', 'flow.ts']);
  expectEnded(world, 1, 1);
  expect(await weir(world, ['resume'])).toMatchObject({ code: 0, stderr: 'no run is interrupted\n' });
  expectEnded(world, 1, 1);
  for (const name of NAMES) expect(timesRun(world, 1, name)).toBe(1);
});

test('F2 a resume that dies with the run claimed or started leaves it to the next; three deaths at one task park it', async () => {
  const world = weirWorld();
  world.write('flow.ts', FLOW);
  await diesAt(world, 'after-task-end:1', ['run', 'flow.ts']);
  await diesAt(world, 'after-claim:1', ['resume']);
  // Claimed and not started: its name says what it waits for, and it is charged a crash of the two it has.
  expect(world.rows('select state_name as state, owner_id is null as free from flow_runs')).toEqual([
    { state: 'AwaitingResume', free: 0 },
  ]);
  expect((await weir(world, ['runs'])).code).toBe(0);
  // The first death counts no more: a task had completed for the first time before it.
  expect(world.rows('select crashes from flow_runs')).toEqual([{ crashes: 2 }]);
  expect(await weir(world, ['resume'])).toMatchObject({ code: 0, stdout: '["a","b","c"]\n' });
  for (const name of NAMES) expect(timesRun(world, 1, name)).toBe(1);
  expectEnded(world, 1, 2);

  world.write('stuck.ts', STUCK);
  await diesAt(world, 'after-attempt-start:1', ['run', 'stuck.ts']);
  await diesAt(world, 'after-attempt-start:1', ['resume', '2']);
  await diesAt(world, 'after-attempt-start:1', ['resume', '2']);
  expect((await weir(world, ['runs'])).code).toBe(0);
  expect(world.rows('select state_type as type, crashes, owner_id as owner from flow_runs where id = 2')).toEqual([
    { type: 'CRASHED', crashes: 3, owner: null },
  ]);
});

test.each([
  ['after-run-end:1', 0],
  ['before-hook-end:1', 1],
] as const)(
  'F2 a hook whose process dies at %s runs at least once: it had run %i times, and the next command runs it',
  async (at, before) => {
    const world = weirWorld();
    const hook = "onCompletion: () => appendFileSync(context().dir + '/hooks', 'ran\\n')";
    world.write('flow.ts', FLOW.replace("name: 'crashed'", `name: 'crashed', ${hook}`));
    await diesAt(world, at, ['run', 'flow.ts']);
    expect(world.rows('select state_name as state from flow_runs')).toEqual([{ state: 'Completed' }]);
    expect(world.lines('hooks')).toHaveLength(before);
    expect(world.rows('select id from hooks where ran_at is null')).toHaveLength(1);
    expect(await weir(world, ['resume'])).toMatchObject({ code: 0 });
    expect(world.lines('hooks')).toHaveLength(before + 1);
    expect(world.rows('select id from hooks where ran_at is null')).toEqual([]);
    expectEnded(world, 1, 1);
  },
);

test('F2 a run whose process dies when a subflow has just begun goes on with both, and no subflow is there twice', async () => {
  const world = weirWorld();
  world.write(
    'flow.ts',
    FLOW.replace('export default flow(', 'const inner = flow(').concat(
      "\n  export default flow({ name: 'outer' }, async () => [await inner(), 'out']);",
    ),
  );
  await diesAt(world, 'after-subflow-begin:1', ['run', 'flow.ts:outer']);
  expect(world.rows('select flow, state_name as state from flow_runs order by id')).toEqual([
    { flow: 'outer', state: 'Running' },
    { flow: 'crashed', state: 'Pending' },
  ]);
  expect(await weir(world, ['resume'])).toMatchObject({ code: 0, stdout: '[["a","b","c"],"out"]\n' });
  expect(world.rows('select flow, state_name as state, owner_id as owner from flow_runs order by id')).toEqual([
    { flow: 'outer', state: 'Completed', owner: null },
    { flow: 'crashed', state: 'Completed', owner: null },
  ]);
  for (const name of NAMES) expect(timesRun(world, 2, name)).toBe(1);
});

test('F2 a run whose process dies between a cancel and its end is Cancelled', async () => {
  const world = weirWorld();
  world.write('stuck.ts', STUCK);
  const running = start(world, ['run', 'stuck.ts'], 'after-cancel-asked:1');
  await waitFor(
    'the task to run',
    () => world.rows("select 1 from task_runs where state_type = 'RUNNING'").length === 1,
  );
  running.kill('SIGINT');
  await died(world, running, 'after-cancel-asked:1');
  expect(world.rows('select state_name as state from flow_runs')).toEqual([{ state: 'Cancelling' }]);
  expect((await weir(world, ['runs'])).stderr).toBe('');
  expect(world.rows('select state_name as state, owner_id as owner from flow_runs')).toEqual([
    { state: 'Cancelled', owner: null },
  ]);
  expect(world.rows('select state_name as state from task_runs')).toEqual([{ state: 'Cancelled' }]);
});

test('F2 a run whose process dies while it lets go of it, told to by SIGTERM, is charged and resumed like any other', async () => {
  const world = weirWorld();
  world.write(
    'flow.ts',
    FLOW.replace(
      'return name;',
      "if (name === 'c' && context().flowRun.attempt === 1) await new Promise((done) => setTimeout(done, 1e8));\n    return name;",
    ),
  );
  const running = start(world, ['run', 'flow.ts'], 'in-release:1');
  await waitFor('the last task to run', () => world.lines('trace-1').includes('c') && completed(world).length === 2);
  running.kill('SIGTERM');
  await died(world, running, 'in-release:1');
  // Nothing of the half transaction is there.
  expect(world.rows('select state_name as state, interruptions from flow_runs')).toEqual([
    { state: 'Running', interruptions: 0 },
  ]);
  expect(await weir(world, ['resume'])).toMatchObject({ code: 0, stdout: '["a","b","c"]\n' });
  expect(NAMES.map((name) => timesRun(world, 1, name))).toEqual([1, 1, 2]);
  expectEnded(world, 1, 2);
});

test.each(['in-write', 'after-commit'] as const)(
  'F2 a run that dies at any of its commits (%s) is resumed, and nothing recorded runs twice',
  async (point) => {
    const world = weirWorld();
    world.write('flow.ts', FLOW);
    expect(await weir(world, ['run', 'flow.ts'])).toMatchObject({ code: 0 });
    let passage = 1;
    for (; ; passage++) {
      const known = runIds(world).length;
      const running = start(world, ['run', 'flow.ts'], `${point}:${passage}`);
      const { signal, code, stdout } = await running.ended;
      if (signal === null) {
        expect({ code, stdout }).toEqual({ code: 0, stdout: '["a","b","c"]\n' });
        break;
      }
      const what = `${point}:${passage}`;
      expect(world.quickCheck(), what).toBe('ok');
      const run = runIds(world)[known];
      // It had no number yet: nothing was promised.
      if (run === undefined) continue;
      const recorded = completed(world, run);
      if (stateOf(world, run) !== 'Completed')
        expect(await weir(world, ['resume', String(run)]), what).toMatchObject({ code: 0, stdout: '["a","b","c"]\n' });
      expect(stateOf(world, run), what).toBe('Completed');
      for (const name of NAMES) {
        expect(timesRun(world, run, name), `${what}: ${name}`).toBeGreaterThanOrEqual(1);
        if (recorded.includes(name)) expect(timesRun(world, run, name), `${what}: ${name}`).toBe(1);
      }
    }
    // Registration, the run, its start, its tasks, its end, the process's own end.
    expect(passage).toBeGreaterThan(5);
    tried.add(point);
    expect(world.rows("select id from flow_runs where state_type <> 'COMPLETED' or owner_id is not null")).toEqual([]);
    expect(world.rows('select boot_id from processes where ended_at is null')).toEqual([]);
  },
);

test.each([
  ['before-settle:1', 0],
  ['in-settle:1', 0],
  ['after-settle:1', 1],
  ['before-settle:2', 1],
  ['in-settle:2', 1],
  ['after-settle:2', 2],
] as const)(
  'F2 a recovery of two dead processes that dies at %s has settled %i of them whole, and the next settles the rest',
  async (at, settled) => {
    const world = weirWorld();
    world.write('stuck.ts', STUCK);
    // Side by side: one would settle the other.
    const both = [1, 2].map(() => start(world, ['run', 'stuck.ts']));
    await waitFor('both to run', () => world.rows("select 1 from task_runs where state_type = 'RUNNING'").length === 2);
    for (const each of both) each.kill('SIGKILL');
    for (const each of both) await each.ended;

    await diesAt(world, at, ['runs']);
    const standing = () =>
      world.rows<{ state: string; free: number; crashes: number }>(
        'select state_name as state, owner_id is null as free, crashes from flow_runs order by owner_id is not null',
      );
    const whole = { state: 'AwaitingResume', free: 1, crashes: 1 };
    const untouched = { state: 'Running', free: 0, crashes: 0 };
    expect(standing()).toEqual([1, 2].map((n) => (n <= settled ? whole : untouched)));
    expect(world.rows('select id from processes where ended_at is not null')).toHaveLength(settled);

    expect((await weir(world, ['runs'])).stderr).toContain('2 interrupted runs: weir resume 1 2');
    expect(standing()).toEqual([whole, whole]);
    expect(world.rows('select id from processes where ended_at is null')).toEqual([]);
    expect(world.rows("select state_name as state from task_runs where state_name <> 'AwaitingResume'")).toEqual([]);
  },
);

test.each([
  ['in-scheduler-turn:1'],
  ['in-scheduler-turn:2'],
  ['after-scheduler-turn:1'],
  ['after-scheduler-turn:2'],
  ['after-claim:2'],
])('F2 a server that dies at %s fires no slot twice and loses none', async (at) => {
  const world = weirWorld();
  world.write(
    'flows/quick.ts',
    `import { context, flow } from 'weir';
     export default flow({ name: 'quick', schedule: { cron: '* * * * * *', seconds: true, overlap: 'allow_all' } },
       async () => context().slot?.time.toISOString());`,
  );
  const first = start(world, ['up', 'flows', '--port', '0'], at);
  await died(world, first, at);
  const before = slotsOf(world);

  const second = start(world, ['up', 'flows', '--port', '0']);
  await second.until(/shows what runs/);
  await waitFor(
    'slots on time',
    () => slotsOf(world).filter((slot) => slot.outcome === 'ran').length >= before.length + 2,
  );
  await waitFor(
    'no run to be open',
    () => world.rows("select 1 from flow_runs where state_type <> 'COMPLETED'").length === 0,
  );
  second.kill('SIGTERM');
  expect(await second.ended).toMatchObject({ code: 0, signal: null });

  const slots = slotsOf(world);
  const start0 = slots[0]?.at ?? 0;
  expect(slots.map((slot) => slot.at)).toEqual(slots.map((_, index) => start0 + index * 1000));
  // What was in the ledger when it died is there as it was.
  expect(slots.slice(0, before.length)).toEqual(before);
  const withRun = slots.filter((slot) => slot.outcome === 'ran' || slot.outcome === 'caught_up');
  expect(withRun.every((slot) => slot.run !== null)).toBe(true);
  expect(
    world.rows<{ slot: number }>('select slot_at as slot from flow_runs order by slot_at').map((row) => row.slot),
  ).toEqual(withRun.map((slot) => slot.at));
});

test.each(['before-new-file:1', 'after-new-file:1'] as const)(
  'F2 the first start that dies at %s leaves a whole file or none, and the next start goes on with that',
  async (at) => {
    const world = weirWorld();
    world.write('flow.ts', FLOW);
    await diesAt(world, at, ['run', 'flow.ts']);
    expect(await weir(world, ['run', 'flow.ts'])).toMatchObject({ code: 0, stdout: '["a","b","c"]\n' });
    expectEnded(world, 1, 1);
  },
);

test.each([
  ['after-backup:1', 1],
  ['in-migration:1', 1],
  ['after-migration:1', 2],
] as const)(
  'F2 an upgrade that dies at %s leaves schema %i whole with a good copy beside it, and the next start upgrades',
  async (at, schema) => {
    const world = weirWorld();
    world.write('data/note', '');
    const initial = readFileSync(join(root, 'migrations', '0001_initial.sql'), 'utf8');
    const old = new SqliteDatabase(world.db);
    old.exec(`${initial}; insert into meta values ('kept', 'yes'); pragma user_version = 1`);
    old.close();
    await diesAt(world, at, ['runs']);
    expect(world.rows('pragma user_version')).toEqual([{ user_version: schema }]);
    const copy = new SqliteDatabase(`${world.db}.before-schema-2`, { readonly: true });
    expect(copy.pragma('user_version', { simple: true })).toBe(1);
    expect(copy.pragma('quick_check', { simple: true })).toBe('ok');
    expect(copy.prepare("select value from meta where key = 'kept'").pluck().get()).toBe('yes');
    copy.close();

    expect(await weir(world, ['runs'])).toMatchObject({ code: 0 });
    const [{ user_version } = { user_version: 0 }] = world.rows<{ user_version: number }>('pragma user_version');
    expect(user_version).toBeGreaterThanOrEqual(2);
    expect(world.rows("select value from meta where key = 'kept'")).toEqual([{ value: 'yes' }]);
  },
);

test('F2 every named point is tried above', () => {
  expect(CRASH_POINTS.filter((point) => !tried.has(point))).toEqual([]);
});

function start(world: World, args: readonly string[], at?: string): Running {
  return world.start(args, { argv: [executable], env: at === undefined ? {} : { WEIR_CRASH_AT: at } });
}

function weir(world: World, args: readonly string[]) {
  return start(world, args).ended;
}

async function diesAt(world: World, at: string, args: readonly string[]): Promise<void> {
  await died(world, start(world, args, at), at);
}

/** Killed by itself, with everything that it had started gone, and the file sound. */
async function died(world: World, running: Running, at: string): Promise<void> {
  const { code, signal, stdout, stderr } = await running.ended;
  expect({ code, signal, stdout }, `${at}: ${stderr}`).toEqual({ code: null, signal: 'SIGKILL', stdout: '' });
  tried.add(at.split(':')[0] as CrashPoint);
  await waitFor('its spawner to be gone', () => world.processes().length === 0);
  // Before the file is in its place there is none.
  expect(world.quickCheck()).toBe(at === 'before-new-file:1' ? null : 'ok');
}

function expectEnded(world: World, run: number, attempt: number): void {
  expect(world.rows('select state_name as state, owner_id as owner, attempt from flow_runs where id = ?', run)).toEqual(
    [{ state: 'Completed', owner: null, attempt }],
  );
  expect(completed(world, run)).toEqual(NAMES);
}

function completed(world: World, run = 1): string[] {
  return world
    .rows<{ position: number }>(
      "select position from task_runs where flow_run_id = ? and state_type = 'COMPLETED' order by position",
      run,
    )
    .map(({ position }) => NAMES[position - 1] ?? '');
}

function timesRun(world: World, run: number, name: string): number {
  return world.lines(`trace-${run}`).filter((line) => line === name).length;
}

function runIds(world: World): number[] {
  return world.rows<{ id: number }>('select id from flow_runs order by id').map((row) => row.id);
}

function stateOf(world: World, run: number): string | undefined {
  return world.rows<{ state: string }>('select state_name as state from flow_runs where id = ?', run)[0]?.state;
}

/** Slot by slot; neighbours that share a row are a second apart. */
function slotsOf(world: World) {
  const rows = world.rows<{ at: number; until: number; outcome: string; run: number | null }>(
    'select at, coalesce(until_at, at) as until, outcome, flow_run_id as run from slots order by at',
  );
  return rows.flatMap(({ at, until, ...row }) =>
    Array.from({ length: (until - at) / 1000 + 1 }, (_, index) => ({ at: at + index * 1000, ...row })),
  );
}
