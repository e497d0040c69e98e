/** F18: many callers with one idempotency key: one run, and each of them gets its number, its result, its exit code. */
import { expect, test } from 'vitest';
import { type RunJson, type Running, type World, waitFor, weirWorld } from '../support/weir.ts';

/** Each process that loads the file leaves a line; all go on at one moment, and the run ends at another. */
const GATED = `
  import { appendFileSync, existsSync } from 'node:fs';
  import { context, flow } from 'weir';
  const until = async (name: string) => {
    while (!existsSync(name)) await new Promise((done) => setTimeout(done, 5));
  };
  appendFileSync('waiting', 'one\\n');
  await until('go');
  export default flow({ name: 'once' }, async () => {
    appendFileSync('entered', 'one\\n');
    await until('end');
    if (existsSync('fail')) throw new Error('it was not to be');
    return 'done';
  });`;

const KEYED = ['run', 'flow.ts', '--idempotency-key', 'monday', '--json'];

/** Callers at a moment, and how often: a hundred processes at once would be a test of the machine's memory. */
test.each([
  ['completes', 0, 'Completed', 25, 4],
  ['fails', 5, 'Failed', 5, 2],
] as const)(
  'F18 one key, many callers at once, give one run that %s: all get its number and exit code %i',
  {
    timeout: 300_000,
  },
  async (what, code, state, size, waves) => {
    const world = weirWorld();
    world.write('flow.ts', GATED);
    if (what === 'fails') world.write('fail', '');
    const first = Array.from({ length: size }, () => world.start(KEYED));
    await waitFor('all to have loaded the file', () => world.lines('waiting').length === size);
    world.write('go', '');
    await waitFor('all but one to be told', () => told(first).length === size - 1);
    // The first caller's run goes on, and is what the later ones wait for.
    const second = Array.from({ length: size }, () => world.start(KEYED));
    await waitFor('all of the second wave to be told', () => told(second).length === size);
    world.write('end', '');
    const outcomes = await Promise.all([...first, ...second].map((each) => each.ended));
    for (let wave = 3; wave <= waves; wave++)
      outcomes.push(...(await Promise.all(Array.from({ length: size }, () => world.weir(KEYED)))));

    expect(outcomes).toHaveLength(waves * size);
    expect(outcomes.map((outcome) => (outcome.code === code ? code : outcome.stderr))).toEqual(
      outcomes.map(() => code),
    );
    for (const { stdout } of outcomes)
      expect(JSON.parse(stdout) as RunJson).toMatchObject({
        id: 1,
        state: { name: state },
        result: code === 0 ? 'done' : null,
      });
    expect(world.lines('entered')).toEqual(['one']);
    expect(world.rows('select id, state_name as state, attempt from flow_runs')).toEqual([
      { id: 1, state, attempt: 1 },
    ]);
  },
);

test('F18 whoever has the same key waits for the run, and is told when its process dies and nobody goes on with it', async () => {
  const world = weirWorld();
  world.write('flow.ts', GATED);
  world.write('go', '');
  const first = world.start(KEYED);
  await waitFor('the run to be entered', () => world.lines('entered').length === 1);
  const second = world.start(KEYED);
  await second.until(/run 1 has this idempotency key already; nothing was started/);
  first.kill('SIGKILL');
  const ended = await second.ended;
  expect(ended.code).toBe(1);
  expect(JSON.parse(ended.stdout)).toMatchObject({ id: 1, state: { name: 'AwaitingResume' } });
  expect(ended.stderr).toContain('run 1 is AwaitingResume and nobody executes it: weir resume 1');
  world.write('end', '');
  expect(await world.weir(['resume', '1'])).toMatchObject({ code: 0, stdout: 'done\n' });
  expect(await world.weir(KEYED.slice(0, -1))).toMatchObject({ code: 0, stdout: 'done\n' });
  expect(await count(world)).toBe(1);
});

test('F18 runs with different keys, and without one, are runs of their own', async () => {
  const world = weirWorld();
  world.write('flow.ts', "import { flow } from 'weir';\nexport default flow({ name: 'own' }, async () => 'done');\n");
  const keys = [['--idempotency-key', 'a'], ['--idempotency-key', 'b'], ['--idempotency-key', 'a'], [], []];
  const outcomes = await Promise.all(keys.map((key) => world.weir(['run', 'flow.ts', ...key])));
  expect(outcomes.map(({ code, stdout }) => [code, stdout])).toEqual(keys.map(() => [0, 'done\n']));
  expect(await count(world)).toBe(4);
});

function told(all: readonly Running[]): readonly Running[] {
  return all.filter((each) => each.stderr.includes('run 1 has this idempotency key already; nothing was started'));
}

async function count(world: World): Promise<number> {
  return (await world.runs()).length;
}
