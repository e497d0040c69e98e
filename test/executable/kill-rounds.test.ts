/** F1: SIGKILL at random moments of a run, then resume: what was recorded as completed never runs again. */
import { expect, test } from 'vitest';
import { seededFraction } from '../../src/model/seeded.ts';
import { type World, weirWorld } from '../support/weir.ts';

/** `WEIR_TEST_ROUNDS=1000` for a night; a hundred where nothing may be skipped. */
const ROUNDS = Number(process.env.WEIR_TEST_ROUNDS ?? (process.env.WEIR_TEST_ALL === '1' ? 100 : 30));
const SEED = process.env.WEIR_TEST_SEED ?? 'kill-rounds';

/** 20 short tasks in stages of four; one stage is made of shell commands. Each leaves a line per execution. */
const STAGES = ['a', 'b', 'c', 'd', 'e'];
const WIDTH = 4;
const FLOW = `
  import { appendFileSync } from 'node:fs';
  import { context, flow, sh, task } from 'weir';
  const trace = (name: string) => appendFileSync(context().dir + '/trace-' + context().flowRun.id, name + '\\n');
  const short = task({ name: 'short', key: (name: string) => name }, async (name: string): Promise<string> => {
    trace(name);
    await new Promise((done) => setTimeout(done, name.charCodeAt(1) % 3));
    return name;
  });
  export default flow({ name: 'killed' }, async () => {
    const done: string[] = [];
    for (const stage of ${JSON.stringify(STAGES)}) {
      const names = Array.from({ length: ${WIDTH} }, (_, n) => stage + n);
      if (stage !== 'c') done.push(...(await short.map(names)));
      else
        done.push(...(await Promise.all(names.map(async (name) => {
          const { stdout } = await sh({ name: 'shell' })\`echo \${name} >> trace-$WEIR_RUN; echo \${name}\`;
          return stdout.trim();
        }))));
    }
    return done;
  });`;

const NAMES = STAGES.flatMap((stage) => Array.from({ length: WIDTH }, (_, n) => `${stage}${n}`));

test(`F1 a run that is killed at any moment and resumed runs no recorded task twice and loses none (${ROUNDS} rounds, seed ${SEED})`, {
  timeout: ROUNDS * 10_000,
}, async () => {
  const world = weirWorld();
  world.write('flow.ts', FLOW);
  // The first start unpacks and migrates; the second is the measure.
  expect(await world.weir(['run', 'flow.ts'])).toMatchObject({ code: 0 });
  const whole: Spans = { start: 0, number: 0 };
  expect(await killed(world, ['run', 'flow.ts'], null, whole)).toBe(false);
  expect(completedTasks(world, 1)).toEqual(NAMES);
  let kills = 0;
  for (let round = 1; round <= ROUNDS; round++) {
    const chance = (what: string) => seededFraction(`${SEED}/${round}/${what}`);
    // Most kills are timed from the moment the run has its number, some from the start of the process.
    const since: keyof Spans = chance('since') < 0.25 ? 'start' : 'number';
    const kill = { since, at: chance('first'), again: chance('again') < 0.3, againAt: chance('second') };
    const what = `seed ${SEED}, round ${round}, ${JSON.stringify(kill)}`;
    const known = newestRun(world);
    const isCut = await killed(world, ['run', 'flow.ts'], { since, at: kill.at }, whole);
    const run = newestRun(world);
    // Killed before it had a number: nothing was promised.
    if (run === known) {
      expect(isCut, what).toBe(true);
      continue;
    }
    const recorded = [completedTasks(world, run)];
    if (isCut) kills++;
    // A process may be killed after its run is over.
    if (stateOf(world, run) !== 'Completed' && kill.again) {
      if (await killed(world, ['resume', String(run)], { since, at: kill.againAt }, whole)) kills++;
      recorded.push(completedTasks(world, run));
    }
    expect(world.quickCheck(), what).toBe('ok');
    await resumeToTheEnd(world, run, what);

    const executed = world.lines(`trace-${run}`);
    const times = (name: string) => executed.filter((each) => each === name).length;
    for (const name of NAMES) expect(times(name), `${what}: ${name} was lost`).toBeGreaterThanOrEqual(1);
    for (const [killing, names] of recorded.entries())
      for (const name of names) {
        // Before the second kill it may have run twice already, but not after it was recorded.
        const most = killing === 0 ? 1 : recorded.length;
        expect(times(name), `${what}: ${name} was recorded and ran again`).toBeLessThanOrEqual(most);
      }
    // A stage begins when the one before is recorded: so only one stage can have been in flight at a kill.
    const again = NAMES.filter((name) => times(name) > 1);
    expect(new Set(again.map((name) => name[0])).size, `${what}: ${again} ran again`).toBeLessThanOrEqual(
      recorded.length,
    );
    expect(executed.length - NAMES.length, `${what}: ${again} ran again`).toBeLessThanOrEqual(WIDTH * recorded.length);
  }
  expect(world.quickCheck()).toBe('ok');
  expect(world.rows('pragma foreign_key_check')).toEqual([]);
  expect(world.rows("select id from flow_runs where state_type <> 'COMPLETED' or owner_id is not null")).toEqual([]);
  // Else the rounds have tried nothing.
  expect(kills).toBeGreaterThan(ROUNDS / 3);
});

/** How long a command takes that nobody kills, ms: from its start, and from the line that tells the run's number. */
interface Spans {
  start: number;
  number: number;
}

/**
 * Kills a command at a fraction of its usual span; true when the kill came before the end. A command that outlives its
 * kill is the new measure: the machine is faster or slower by now.
 */
async function killed(
  world: World,
  args: readonly string[],
  kill: { readonly since: keyof Spans; readonly at: number } | null,
  whole: Spans,
): Promise<boolean> {
  const startedAt = performance.now();
  const running = world.start(args);
  let numberedAt = startedAt;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const killAfter = (ms: number) => {
    timer = setTimeout(() => running.kill('SIGKILL'), ms);
  };
  if (kill?.since === 'start') killAfter(kill.at * whole.start);
  // Never told where the command ends before: then its end is waited for below.
  const numbered = running.until(/run \d+ of killed/).then(
    () => {
      numberedAt = performance.now();
      if (kill?.since === 'number') killAfter(kill.at * whole.number);
    },
    () => {},
  );
  const { signal, code, stderr } = await running.ended;
  clearTimeout(timer);
  await numbered;
  clearTimeout(timer);
  if (signal === 'SIGKILL') return true;
  expect(code, stderr).toBe(0);
  // A resume has less to do: it is no measure.
  if (args[0] !== 'run') return false;
  whole.start = performance.now() - startedAt;
  whole.number = performance.now() - numberedAt;
  return false;
}

async function resumeToTheEnd(world: World, run: number, what: string): Promise<void> {
  // Also a run that has its number and had no time for anything else.
  if (stateOf(world, run) !== 'Completed') {
    const { code, stderr } = await world.weir(['resume', String(run)]);
    expect(code, `${what}: ${stderr}`).toBe(0);
  }
  const shown = await world.show(run);
  expect(shown, what).toMatchObject({ state: { name: 'Completed' }, result: NAMES });
  expect(
    shown.tasks.map((task) => task.state.name),
    what,
  ).toEqual(NAMES.map(() => 'Completed'));
}

function newestRun(world: World): number {
  return world.rows<{ id: number }>('select coalesce(max(id), 0) as id from flow_runs')[0]?.id ?? 0;
}

function stateOf(world: World, run: number): string | undefined {
  return world.rows<{ name: string }>('select state_name as name from flow_runs where id = ?', run)[0]?.name;
}

/** Names of what is recorded as completed; shell tasks are told apart by the order of their calls. */
function completedTasks(world: World, run: number): string[] {
  return world
    .rows<{ position: number }>(
      "select position from task_runs where flow_run_id = ? and state_type = 'COMPLETED' order by position",
      run,
    )
    .map(({ position }) => NAMES[position - 1] ?? '');
}
