/** E76: for_each makes one task run for each item. */
import { availableParallelism } from 'node:os';
import { beforeEach, describe, expect, it } from 'vitest';
import { type EndedRun, engineWorld, mostAtOnce, type World } from '../support/engine-world.ts';

let world: World;
beforeEach(async () => {
  world = await engineWorld();
});

const itemsOf = (run: EndedRun, task: string) => run.tasks.filter(({ name }) => name === task);
const labelsOf = (run: EndedRun) => run.rows.flatMap(({ label }) => label ?? []);
const statesOf = (run: EndedRun, task: string) => itemsOf(run, task).map(({ state }) => state.name);
/** Notes when it is inside, for a moment in which others could be, too. */
const NOTED = 'echo in >> notes; sleep 0.05; echo out >> notes';

describe('E76: for_each', () => {
  it('E76: over an expression makes one task run per item, in order, at most max_concurrency at once', async () => {
    const run = await world.runYaml(`
max_concurrency: 8
tasks:
  list: { run: 'printf ''{"days": ["a", "b b", "c", "d", "e"]}'' > $WEIR_OUTPUT' }
  each:
    needs: list
    for_each: \${{ tasks.list.outputs.days }}
    name: each day=\${{ item }}
    max_concurrency: 2
    run: |
      echo \${{ item }} >> order
      echo in >> notes; until [ $(grep -c in notes) -ge 2 ]; do sleep 0.01; done; sleep 0.05; echo out >> notes
      echo day=\${{ item }} > $WEIR_OUTPUT
  sum: { needs: each, run: "echo all=\${{ join(tasks.each.outputs.*.day, '|') }} > $WEIR_OUTPUT" }
`);
    expect(run.state.type).toBe('COMPLETED');
    expect(labelsOf(run)).toEqual(['a', 'b b', 'c', 'd', 'e'].map((day) => `each day=${day}`));
    expect(mostAtOnce(world.lines('notes'))).toBe(2);
    // Two at a time, so the two of one moment may be either way round.
    expect(world.lines('order').sort()).toEqual(['a', 'b b', 'c', 'd', 'e']);
    expect((run.value as { sum: unknown }).sum).toEqual({ all: 'a|b b|c|d|e' });
  });

  it('E76: with max_concurrency 1 begins them in order', async () => {
    const run = await world.runYaml(
      `tasks: { each: { for_each: [3, 1, 2, 5, 4], max_concurrency: 1, run: 'echo \${{ item }} >> order' } }`,
    );
    expect(run.state.type).toBe('COMPLETED');
    expect(world.lines('order')).toEqual(['3', '1', '2', '5', '4']);
  });

  it('runs as many at once as it says, on fewer cores, too', async () => {
    const most = availableParallelism() + 2;
    const run = await world.runYaml(`
tasks:
  each:
    for_each: [${Array.from({ length: most + 1 }, (_, n) => n).join(', ')}]
    max_concurrency: ${most}
    timeout: 60s
    run: 'echo in >> notes; until [ $(grep -c in notes) -ge ${most} ]; do sleep 0.01; done; echo out >> notes'
`);
    expect(run.state).toMatchObject({ type: 'COMPLETED', message: null });
    expect(mostAtOnce(world.lines('notes'))).toBe(most);
  });

  it('is held by max_concurrency of the flow as well', async () => {
    const run = await world.runYaml(`
max_concurrency: 1
tasks:
  one: { for_each: [1, 2, 3], max_concurrency: 8, run: '${NOTED}' }
  two: { for_each: [1, 2, 3], run: '${NOTED}' }
`);
    expect(run.state.type).toBe('COMPLETED');
    expect(mostAtOnce(world.lines('notes'))).toBe(1);
  });

  it('of subflows is held by max_concurrency of the flow, whose tasks they are', async () => {
    world.write('child.yaml', `tasks: { a: { run: '${NOTED}' }, b: { run: '${NOTED}' } }`);
    const run = await world.runYaml(`
max_concurrency: 1
tasks:
  child: { for_each: [1, 2], flow: ./child.yaml }
  beside: { run: '${NOTED}' }
`);
    expect(run.state).toMatchObject({ type: 'COMPLETED', message: null });
    // One subflow at a time, of which the two tasks may overlap.
    expect(mostAtOnce(world.lines('notes'))).toBeLessThanOrEqual(2);
    const [first, second] = world.subflowsOf(run.id);
    const times = [first, second].map((each) => [each?.start_time ?? '', each?.end_time ?? '']).sort();
    expect((times[0]?.[1] ?? '') <= (times[1]?.[0] ?? '')).toBe(true);
  });

  it('over a matrix makes every combination, the last dimension changing quickest', async () => {
    const run = await world.runYaml(
      `
params: { lrs: { type: array, items: { type: number } } }
tasks:
  train:
    for_each: { matrix: { lr: "\${{ params.lrs }}", depth: [3, 5] } }
    max_concurrency: 1
    run: echo \${{ item.lr }} \${{ item.depth }} >> order
`,
      { params: { lrs: [0.1, 1] } },
    );
    expect(world.lines('order')).toEqual(['0.1 3', '0.1 5', '1 3', '1 5']);
    expect(labelsOf(run)).toEqual(['lr=0.1 depth=3', 'lr=0.1 depth=5', 'lr=1 depth=3', 'lr=1 depth=5']);
  });

  it('gives lists in a list, objects, null and false as what they are', async () => {
    const run = await world.runYaml(`
tasks:
  each:
    for_each: [[1, 2], { a: { b: x } }, false, 0, "", null]
    run: cat $WEIR_INPUTS > $WEIR_ARTIFACTS/x; node -e 'process.stdout.write("item=" + JSON.stringify(JSON.parse(require("fs").readFileSync(process.env.WEIR_INPUTS)).item) + "\\n")' > $WEIR_OUTPUT
`);
    const items = (run.value as { each: { item: unknown }[] }).each.map(({ item }) => item);
    expect(items).toEqual(['[1,2]', '{"a":{"b":"x"}}', 'false', 0, '""', 'null']);
  });

  it('over no items is skipped, over what is no list fails with what it is, and is not tried again', async () => {
    const run = await world.runYaml(`
tasks:
  source: { run: 'echo ''{"none": [], "text": "abc", "map": {"a": 1}}'' > $WEIR_OUTPUT' }
  none: { needs: source, for_each: "\${{ tasks.source.outputs.none }}", run: 'true' }
  text: { needs: source, for_each: "\${{ tasks.source.outputs.text }}", run: 'true', retries: 2 }
  map: { needs: source, for_each: { matrix: { a: "\${{ tasks.source.outputs.map }}" } }, run: 'true' }
  absent: { needs: source, for_each: "\${{ tasks.source.outputs.absent }}", run: 'true' }
`);
    expect(run.task('none').state).toMatchObject({ name: 'Skipped', message: 'for_each has no items' });
    expect(run.task('text').state.message).toBe('for_each of task "text" is "abc"; it must be a list');
    expect(run.task('map').state.message).toBe('for_each.matrix.a of task "map" is {"a":1}; it must be a list');
    expect(run.task('absent').state.message).toBe('for_each of task "absent" is null; it must be a list');
    expect(run.task('text').attempt).toBe(0);
    expect(run.state.message).toBe('3/5 tasks failed.');
  });

  it('whose item fails lets the others run; what it gives on is in item order, null for failed ones', async () => {
    const run = await world.runYaml(`
tasks:
  each:
    for_each: [1, 2, 3]
    continue_on_failure: true
    run: echo n=\${{ item }} > $WEIR_OUTPUT; test \${{ item }} != 2
  after:
    needs: each
    run: |
      cat > $WEIR_OUTPUT <<END
      {"outputs": \${{ toJSON(tasks.each.outputs) }}, "states": "\${{ join(tasks.each.items.*.state) }}",
       "second": "\${{ tasks.each.items[1].item }}", "state": "\${{ tasks.each.state }}"}
      END
`);
    expect(run.state.type).toBe('COMPLETED');
    expect((run.value as { after: unknown }).after).toEqual({
      outputs: [{ n: 1 }, null, { n: 3 }],
      states: 'completed,failed,completed',
      second: '2',
      state: 'failed',
    });
  });

  it('tells items apart that are skipped, or cannot be called, by the name that the flow gives them', async () => {
    const run = await world.runYaml(`
params: { of: { default: all } }
tasks:
  named: { for_each: [1, 2], name: "no \${{ item }} of \${{ params.of }}", if: "\${{ item > 1 }}", run: 'true' }
  plain: { for_each: { matrix: { lr: [0.1], depth: [3, 5] } }, if: "\${{ item.depth > 3 }}", run: 'true' }
  around: { for_each: [a], env: { AT: here }, name: "\${{ item }} \${{ env.AT }}", if: "\${{ item == 'b' }}", run: 'true' }
  null-named: { for_each: [x], run: 'echo \${{ params.of.nothing }}' }
  unnamed: { for_each: [y], name: "\${{ fromJSON(item) }}", if: "\${{ item == 'z' }}", run: 'true' }
`);
    const told = run.rows.map(({ name, label, state }) => `${name} | ${label} | ${state.name}`);
    expect(told.sort()).toEqual([
      'around | a here | Skipped',
      'named | no 1 of all | Skipped',
      'named | no 2 of all | Completed',
      'null-named | x | Failed',
      'plain | lr=0.1 depth=3 | Skipped',
      'plain | lr=0.1 depth=5 | Completed',
      'unnamed | y | Skipped',
    ]);
  });

  it('with fail_fast begins no further item after one has failed; what runs is left to end', async () => {
    const run = await world.runYaml(`
tasks:
  each: { for_each: [1, 2, 3, 4], max_concurrency: 1, fail_fast: true, run: 'echo \${{ item }} >> order; test \${{ item }} != 2' }
`);
    expect(statesOf(run, 'each')).toEqual(['Completed', 'Failed', 'Skipped', 'Skipped']);
    expect(itemsOf(run, 'each')[3]?.state.message).toBe('item 2 failed, and fail_fast is set');
    expect(world.lines('order')).toEqual(['1', '2']);
    expect(run.state.message).toBe('1/4 tasks failed.');
  });

  it('with fail_fast waits for the retries of an item before it counts as failed', async () => {
    const run = await world.runYaml(`
tasks:
  each:
    for_each: [1, 2, 3]
    max_concurrency: 1
    fail_fast: true
    retries: 1
    run: echo \${{ item }} >> order; test \${{ item }} != 1 -o $WEIR_ATTEMPT = 2
`);
    expect(statesOf(run, 'each')).toEqual(['Completed', 'Completed', 'Completed']);
    expect(run.state.type).toBe('COMPLETED');
  });

  it('over a thousand items runs them all, each with its own inputs, and keeps their order', async () => {
    const run = await world.runYaml(`
max_concurrency: 8
tasks:
  list: { run: 'node -e "process.stdout.write(JSON.stringify({ xs: [...Array(1000).keys()] }))" > $WEIR_OUTPUT' }
  each: { needs: list, for_each: "\${{ tasks.list.outputs.xs }}", run: ['sh', '-c', 'echo x=$1 > $WEIR_OUTPUT', 'sh', "\${{ item }}"] }
`);
    expect(run.state.type).toBe('COMPLETED');
    const { each } = run.value as { each: { x: number }[] };
    expect(each.map(({ x }) => x)).toEqual([...Array(1000).keys()]);
  }, 120_000);

  it('of equal items runs each of them', async () => {
    await world.runYaml(`tasks: { each: { for_each: [x, x, x], run: 'echo \${{ item }} >> order' } }`);
    expect(world.lines('order')).toEqual(['x', 'x', 'x']);
  });
});
