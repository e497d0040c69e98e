/** Flows of YAML and of TypeScript in one graph, by the executable: either calls the other, on any kind of host. */
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { waitFor, weirWorld } from '../support/weir.ts';

const ETL = `
params: { day: { type: date, default: "2026-01-01" } }
tasks:
  extract: { run: 'echo "got \${{ params.day }}"; echo rows=4 >> "$WEIR_OUTPUT"' }
`;
const TRAIN = `
  import { flow, task, z } from 'weir';
  import etl from './etl.yaml';
  const fit = task({ name: 'fit' }, (rows: number) => rows * 2);
  export const train = flow({ name: 'train', params: z.object({ rows: z.number() }) }, async ({ rows }) => {
    return { score: await fit(rows) };
  });
  export const outer = flow({ name: 'outer' }, async () => etl({ day: '2026-02-02' }));`;
const MIX = `
tasks:
  load: { flow: ./etl.yaml, params: { day: "2026-03-03" } }
  train: { needs: load, flow: 'train.ts:train', params: { rows: "\${{ tasks.load.result.extract.rows }}" } }
  report: { needs: train, run: 'echo "score \${{ tasks.train.outputs.score }}"' }
`;

function mixedWorld() {
  const world = weirWorld();
  world.write('etl.yaml', ETL);
  world.write('train.ts', TRAIN);
  world.write('mix.yaml', MIX);
  return world;
}

test.each(['thread', 'process'])(
  'E79 a task of YAML calls a flow of YAML and one of TypeScript, in a %s',
  async (infra) => {
    const world = mixedWorld();
    const ran = await world.weir(['run', 'mix.yaml', '--infra', infra]);
    expect(ran).toMatchObject({ code: 0, stdout: '{"load":{"extract":{"rows":4}},"train":{"score":8}}\n' });
    expect((await world.show(1)).tasks.map(({ name, state }) => [name, state.name])).toEqual([
      ['load', 'Completed'],
      ['train', 'Completed'],
      ['report', 'Completed'],
    ]);
    const runs = (await world.runs()).map(({ flow, parent, trigger }) => ({
      flow,
      parent: parent?.run ?? null,
      trigger,
    }));
    expect(runs).toEqual([
      { flow: 'train', parent: 1, trigger: 'subflow' },
      { flow: 'etl', parent: 1, trigger: 'subflow' },
      { flow: 'mix', parent: null, trigger: 'cli' },
    ]);
    expect((await world.weir(['logs', '1'])).stdout).toContain('score 8');
  },
);

test('a TypeScript flow imports a flow of YAML and calls it with parameters', async () => {
  const world = mixedWorld();
  const ran = await world.weir(['run', 'train.ts:outer']);
  expect(ran).toMatchObject({ code: 0, stdout: '{"extract":{"rows":4}}\n' });
  expect(ran.stderr).toContain('etl > extract: got 2026-02-02');
});

test('a subflow that is called with what it does not take fails its task with a sentence', async () => {
  const world = mixedWorld();
  world.write('mix.yaml', 'tasks: { load: { flow: ./etl.yaml, params: { dya: "2026-03-03" } } }');
  const ran = await world.weir(['run', 'mix.yaml']);
  expect(ran.code).toBe(5);
  expect(ran.stderr).toContain('there is no parameter "dya"; the flow has day (did you mean day?)');
});

test('a run that is resumed goes on with the files of YAML and TypeScript that it began with', async () => {
  const world = mixedWorld();
  world.write(
    'mix.yaml',
    MIX.replace('tasks:', 'tasks:\n  first: { run: "echo began >> trace; [ -e go ] || sleep 1000" }').replace(
      'load: {',
      'load: { needs: first,',
    ),
  );
  const running = world.start(['run', 'mix.yaml']);
  await waitFor(
    'the first task to wait, and to be known to',
    () =>
      world.lines('trace').length === 1 &&
      world.rows("select 1 from task_runs where name = 'first' and state_type = 'RUNNING'").length === 1,
  );
  running.kill('SIGKILL');
  await running.ended;
  world.write('etl.yaml', ETL.replace('rows=4', 'rows=100'));
  world.write('mix.yaml', 'tasks: { broken');
  world.write('go', '');
  const resumed = await world.weir(['resume']);
  // TypeScript was not loaded yet when it was killed; the flows of YAML were.
  expect(resumed).toMatchObject({ code: 0, stdout: '{"load":{"extract":{"rows":4}},"train":{"score":8}}\n' });
});

test('a failed run is tried again with the file as it is now, and what needs a task that ran again runs again', async () => {
  const world = weirWorld();
  world.write(
    'flow.yaml',
    `
tasks:
  a: { run: echo a >> trace }
  b: { needs: a, run: echo b >> trace }
  other: { run: echo other >> trace }
  c: { needs: b, run: exit 1 }`,
  );
  expect((await world.weir(['run'])).code).toBe(5);
  world.write(
    'flow.yaml',
    `
tasks:
  a: { run: echo A >> trace }
  b: { needs: a, run: echo b >> trace }
  other: { run: echo other >> trace }
  c: { needs: b, run: echo c >> trace }`,
  );
  const again = await world.weir(['retry', '1']);
  expect(again.code).toBe(0);
  expect(world.lines('trace').slice(3).sort()).toEqual(['A', 'b', 'c']);
  const run = await world.show(1);
  expect(run.tasks.find(({ name }) => name === 'other')?.reused_from_attempt).toBe(1);
  const why = run.tasks.map(({ name, why }) => [name, why]);
  expect(why).toContainEqual(['a', 'ran again: code changed']);
  expect(why).toContainEqual(['b', 'ran again: inputs changed']);
});

test('a server runs flows of YAML by their schedules, all in one thread', async () => {
  const world = weirWorld();
  for (const name of ['one', 'two', 'three'])
    world.write(
      `${name}.yaml`,
      `schedule: { interval: 1s }\ntasks: { a: { run: 'echo \${{ slot.time }} >> ${name}.trace; sleep 0.2' } }`,
    );
  const server = world.start(['up', '--port', '0', '.']);
  await server.until(/shows what runs/);
  await waitFor('two slots of each', () =>
    ['one', 'two', 'three'].every((name) => world.lines(`${name}.trace`).length >= 2),
  );
  server.kill('SIGTERM');
  expect((await server.ended).code).toBe(0);
  const runs = await world.runs();
  expect(runs.every(({ state, trigger }) => state.name === 'Completed' && trigger === 'schedule')).toBe(true);
});

test('an editor knows what an imported flow of YAML is', async () => {
  const world = mixedWorld();
  await world.weir(['init', '--template', 'starter']);
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
  expect(() => execFileSync(process.execPath, [tsc, '-p', '.'], { cwd: world.folder, stdio: 'pipe' })).not.toThrow();
  world.write('wrong.ts', "import etl from './etl.yaml';\netl(7);\n");
  expect(() => execFileSync(process.execPath, [tsc, '-p', '.'], { cwd: world.folder, stdio: 'pipe' })).toThrow();
});

test('commands of a flow are given no token of the server', async () => {
  const world = weirWorld();
  world.write('flow.yaml', 'tasks: { a: { run: "echo token=${WEIR_API_TOKEN:-hidden}" } }');
  const ran = await world.weir(['run'], { env: { WEIR_API_TOKEN: 'abc-def-ghi' } });
  expect(ran.code).toBe(0);
  expect(ran.stderr).toContain('token=hidden');
});
