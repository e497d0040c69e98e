/** Names that a language might trip over: of tasks, outputs, files, parameters and variables. */
import { beforeEach, expect, it } from 'vitest';
import { engineWorld, type World } from '../support/engine-world.ts';

let world: World;
beforeEach(async () => {
  world = await engineWorld();
});

const NAMES = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'my task',
  'a.b.c',
  'größe 😀',

  "it's",
  '0',
  'true',
];

it('tasks with any name run in order, hand on, and can be named in expressions', async () => {
  const key = (name: string) => JSON.stringify(name);
  const quoted = (name: string) => `'${name.replaceAll("'", "''")}'`;
  const tasks = NAMES.map(
    (name, at) =>
      `  ${key(name)}: { run: 'echo n=${at} > $WEIR_OUTPUT; echo "$WEIR_TASK" >> names'${at === 0 ? '' : `, needs: [${key(NAMES[at - 1] ?? '')}]`} }`,
  );
  const read = NAMES.map((name) => `\${{ tasks[${quoted(name)}].outputs.n }}`).join(' ');
  const run = await world.runYaml(
    `tasks:\n${tasks.join('\n')}\n  last:\n    needs: [${key(NAMES.at(-1) ?? '')}]\n    run: |\n      echo ${read} > last\n`,
  );
  expect(run.state).toMatchObject({ type: 'COMPLETED', message: null });
  expect(world.lines('names')).toEqual(NAMES);
  expect(world.lines('last')).toEqual([NAMES.map((_, at) => at).join(' ')]);
  expect(Object.keys(run.value as object).sort()).toEqual([...NAMES].sort());
});

it('outputs, files, parameters and items with such names arrive as any other', async () => {
  const run = await world.runYaml(
    `
params: { constructor: {}, __proto__: {}, the-week: { type: integer } }
tasks:
  a:
    run: |
      printf '__proto__=1\\nconstructor=2\\nmy key=3\\n' > $WEIR_OUTPUT
      echo data > data.txt
    files: { __proto__: data.txt, toString: data.txt }
  b:
    needs: a
    for_each: { matrix: { __proto__: [1, 2], constructor: [3] } }
    max_concurrency: 1
    run: |
      echo \${{ tasks.a.outputs.__proto__ }} \${{ tasks.a.outputs.constructor }} \${{ tasks.a.outputs['my key'] }} >> out
      cat \${{ tasks.a.files.__proto__ }} \${{ tasks.a.files.toString }} >> out
      echo \${{ params.constructor }} \${{ params.__proto__ }} \${{ params['the-week'] }} \${{ params.the-week }} >> out
      echo \${{ item.__proto__ }} \${{ item.constructor }} >> out
      echo $WEIR_PARAM_THE_WEEK $WEIR_PARAM_CONSTRUCTOR $WEIR_PARAM___PROTO__ >> out
`,
    { params: JSON.parse('{ "constructor": "C", "__proto__": "P", "the-week": 7 }') as Record<string, unknown> },
  );
  expect(run.state).toMatchObject({ type: 'COMPLETED', message: null });
  const each = (item: number) => ['1 2 3', 'data', 'data', 'C P 7 7', `${item} 3`, '7 C P'];
  expect(world.lines('out')).toEqual([...each(1), ...each(2)]);
});

it('what is not there is null, also where every object has something of that name', async () => {
  const run = await world.runYaml(`
tasks:
  a: { run: 'true' }
  b:
    needs: a
    if: "!tasks.a.outputs.constructor && !tasks.a.outputs.__proto__ && !tasks.a.files.toString && !env.constructor"
    run: 'true'
`);
  expect(run.task('b').state.name).toBe('Completed');
});

it('outputs whose names differ by capitals alone are each handed on as what they are', async () => {
  const run = await world.runYaml(`
tasks:
  a: { run: "printf 'R=0.9\\\\nr=0.1\\\\n' > $WEIR_OUTPUT" }
  b:
    needs: a
    run: |
      echo \${{ tasks.a.outputs.r }} \${{ tasks.a.outputs.R }} "\${{ join(tasks.a.outputs.*) }}" > out
      printf %s "\${{ toJSON(tasks.a.outputs) }}" > json
`);
  expect(run.state).toMatchObject({ type: 'COMPLETED', message: null });
  expect(world.lines('out')).toEqual(['0.1 0.9 0.9,0.1']);
  expect(JSON.parse(world.lines('json').join('\n'))).toEqual({ R: 0.9, r: 0.1 });
});
