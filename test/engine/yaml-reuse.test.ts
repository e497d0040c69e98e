/** What of a YAML run is reused: by retries of the flow, by weir retry, across runs by the cache. */
import { beforeEach, describe, expect, it } from 'vitest';
import { type EndedRun, engineWorld, type World } from '../support/engine-world.ts';

let world: World;
beforeEach(async () => {
  world = await engineWorld();
});

/** Of the latest attempt; a task that it did not call stays as a row of its own. */
const whys = (run: EndedRun) =>
  Object.fromEntries(
    run.tasks
      .filter(({ why }) => why === null || !why.startsWith('not called'))
      .map(({ name, why, reused_from_attempt: from }) => [name, from === null ? why : `reused from attempt ${from}`]),
  );

const CHAIN = `
tasks:
  a: { run: 'echo a >> ran; echo rows=3 > $WEIR_OUTPUT' }
  b: { needs: a, run: 'echo b >> ran; test -e mended' }
  c: { needs: b, run: 'echo c >> ran' }
  beside: { run: 'echo beside >> ran' }
`;

describe('a retry of a YAML run', () => {
  it('E62: runs what failed and what did not run; finished tasks are reused, and the run says so', async () => {
    const first = await world.runYaml(CHAIN);
    expect(first.state.type).toBe('FAILED');
    world.write('mended', '');
    const second = await world.retry(first.id);
    expect(second.state.type).toBe('COMPLETED');
    expect(second.id).toBe(first.id);
    expect(world.lines('ran').sort()).toEqual(['a', 'b', 'b', 'beside', 'c']);
    expect(whys(second)).toMatchObject({ a: 'reused from attempt 1', beside: 'reused from attempt 1' });
    expect(whys(second).b).toMatch(/^ran again: failed before/);
  });

  it('E62: goes on after a subflow that has finished, and gives its outputs on', async () => {
    world.write(
      'child.yaml',
      `params: { n: { type: integer } }
tasks: { x: { run: 'echo child >> ran; echo n=\${{ params.n }} > $WEIR_OUTPUT' } }`,
    );
    const first = await world.runYaml(`
tasks:
  a: { run: 'echo rows=3 > $WEIR_OUTPUT' }
  child: { needs: a, flow: ./child.yaml, params: { n: "\${{ tasks.a.outputs.rows }}" } }
  b: { needs: child, run: 'test -e mended; echo n=\${{ tasks.child.outputs.x.n }} > $WEIR_OUTPUT' }
`);
    expect(first.state.type).toBe('FAILED');
    world.write('mended', '');
    const second = await world.retry(first.id);
    expect(second.value).toEqual({ a: { rows: 3 }, child: { x: { n: 3 } }, b: { n: 3 } });
    expect(world.lines('ran')).toEqual(['child']);
    expect(second.task('child').why).toBe('reused from attempt 1');
  });

  it('of the flow itself (retries) reuses what finished as well', async () => {
    const run = await world.runYaml(`retries: 1
tasks:
  a: { run: 'echo a >> ran' }
  b: { needs: a, run: 'echo b >> ran; test $(grep -c b ran) = 2' }
`);
    expect(run.state.type).toBe('COMPLETED');
    expect(world.lines('ran')).toEqual(['a', 'b', 'b']);
    expect(run.attempt).toBe(2);
  });

  it('E62: a task that was edited runs again, and what needs it, too, however equal its outputs are', async () => {
    const first = await world.runYaml(`
tasks:
  a: { run: 'echo a >> ran; echo rows=3 > $WEIR_OUTPUT' }
  b: { needs: a, run: 'echo b >> ran' }
  beside: { run: 'echo beside >> ran' }
  bad: { needs: b, run: 'false' }
`);
    world.write(
      'flow.yaml',
      `
tasks:
  a: { run: 'echo a >> ran; echo rows=3 > "$WEIR_OUTPUT"' }
  b: { needs: a, run: 'echo b >> ran' }
  beside: { run: 'echo beside >> ran' }
  bad: { needs: b, run: 'true' }
`,
    );
    const second = await world.retry(first.id);
    expect(second.state.type).toBe('COMPLETED');
    expect(world.lines('ran').sort()).toEqual(['a', 'a', 'b', 'b', 'beside']);
    expect(whys(second)).toMatchObject({
      a: 'ran again: code changed',
      b: 'ran again: inputs changed',
      beside: 'reused from attempt 1',
      bad: 'ran again: failed before, code and inputs changed',
    });
  });

  it('E62: says of what was withheld before that, and nothing of its code, which nobody touched', async () => {
    const first = await world.runYaml(`
tasks:
  a: { run: 'test -e mended && echo v=1 > "$WEIR_OUTPUT"' }
  skipped: { needs: a, when: all_done, if: "\${{ tasks.a.state == 'completed' }}", run: 'true' }
  refused: { needs: a, when: all_done, run: 'echo \${{ tasks.a.outputs.v }}' }
  handles: { needs: a, when: all_failed, run: 'false' }
`);
    expect(first.tasks.map(({ name, state }) => [name, state.name])).toEqual([
      ['a', 'Failed'],
      ['skipped', 'Skipped'],
      ['refused', 'Failed'],
      ['handles', 'Failed'],
    ]);
    world.write('mended', '');
    const second = await world.retry(first.id);
    expect(second.tasks.map(({ name, state, why }) => [name, state.name, why])).toEqual([
      ['a', 'Completed', 'ran again: failed before'],
      ['skipped', 'Completed', 'ran now: skipped before'],
      ['refused', 'Completed', 'ran now: failed before'],
      // It did not run again.
      ['handles', 'Skipped', null],
    ]);
  });

  it('E62: reuses a task whose name, needs, retries or place in the file changed nothing of what it does', async () => {
    const first = await world.runYaml(CHAIN);
    world.write('mended', '');
    world.write(
      'flow.yaml',
      `
# moved, described and given retries
tasks:
  beside: { run: 'echo beside >> ran', description: beside it all, retries: 3, tags: [x] }
  a: { run: 'echo a >> ran; echo rows=3 > $WEIR_OUTPUT', timeout: 1h }
  b: { needs: a, run: 'echo b >> ran; test -e mended' }
  c: { needs: b, run: 'echo c >> ran' }
`,
    );
    const second = await world.retry(first.id);
    expect(whys(second)).toMatchObject({ a: 'reused from attempt 1', beside: 'reused from attempt 1' });
  });

  it('E62: --from runs a task and what needs it again, --only the task alone', async () => {
    world.write('mended', '');
    const first = await world.runYaml(CHAIN);
    expect(first.state.type).toBe('COMPLETED');
    await world.retry(first.id, { from: 'b' });
    expect(world.lines('ran').slice(4)).toEqual(['b', 'c']);
    const third = await world.retry(first.id, { only: 'b' });
    expect(world.lines('ran').slice(6)).toEqual(['b']);
    expect(third.state.type).toBe('COMPLETED');
    expect(third.tasks.map(({ name }) => name).sort()).toEqual(['a', 'b', 'beside', 'c']);
  });

  it('E62: of items runs only those that failed; --from all of them', async () => {
    const text = `
tasks:
  list: { run: 'echo ''{"xs": [1, 2, 3]}'' > $WEIR_OUTPUT' }
  each: { needs: list, for_each: "\${{ tasks.list.outputs.xs }}", run: 'echo \${{ item }} >> ran; test \${{ item }} != 2 -o -e mended' }
  sum: { needs: each, run: 'echo sum >> ran' }
`;
    const first = await world.runYaml(text);
    expect(first.state.message).toBe('2/5 tasks failed.');
    world.write('mended', '');
    await world.retry(first.id);
    expect(world.lines('ran').sort()).toEqual(['1', '2', '2', '3', 'sum']);
    const third = await world.retry(first.id, { from: 'each[*]' });
    expect(third.state.type).toBe('COMPLETED');
    expect(world.lines('ran').slice(5).sort()).toEqual(['1', '2', '3', 'sum']);
  });

  it('runs an upstream of a rule again when it failed before; what ran because of the failure is skipped then', async () => {
    const first = await world.runYaml(`
tasks:
  a: { run: 'echo a >> ran; test -e mended' }
  clean: { needs: a, when: one_failed, run: 'echo clean >> ran' }
  use: { needs: a, run: 'echo use >> ran' }
`);
    expect(world.lines('ran')).toEqual(['a', 'clean']);
    world.write('mended', '');
    const second = await world.retry(first.id);
    expect(world.lines('ran').slice(2)).toEqual(['a', 'use']);
    expect(second.state.type).toBe('COMPLETED');
    const latest = second.tasks.filter(({ why }) => why === null || !why.startsWith('not called'));
    expect(latest.map(({ name, state }) => `${name} ${state.name}`).sort()).toEqual([
      'a Completed',
      'clean Skipped',
      'use Completed',
    ]);
  });

  it('after a crash goes on from the finished tasks, in another process', async () => {
    const going = await world.startYaml(`
tasks:
  a: { run: 'echo a >> ran; echo rows=3 > $WEIR_OUTPUT' }
  items: { needs: a, for_each: [1, 2], run: 'echo i\${{ item }} >> ran' }
  long: { needs: items, run: 'echo long >> ran; test -e go || sleep 1000' }
  last: { needs: [long, a], run: 'echo last \${{ tasks.a.outputs.rows }} >> ran' }
`);
    await going.until(
      (event) => event.kind === 'task-state' && event.task.name === 'long' && event.task.state.type === 'RUNNING',
    );
    await world.restart();
    world.write('go', '');
    const run = await world.resume(going.id);
    expect(run.state.type).toBe('COMPLETED');
    const ran = world.lines('ran').filter((line) => line !== 'long');
    expect([ran[0], ran.slice(1, 3).sort(), ran[3]]).toEqual(['a', ['i1', 'i2'], 'last 3']);
    expect(ran).toHaveLength(4);
  });
});

describe('the cache of a YAML task', () => {
  const cached = (cache: string, more = '') => `
params: { day: { default: mon }, other: { default: x } }
tasks:
  t: { cache: ${cache}, run: 'echo ran >> ran; cat input >> ran; echo rows=3 > $WEIR_OUTPUT' }
  after: { needs: t, run: 'echo rows \${{ tasks.t.outputs.rows }} >> after' }
${more}`;
  const states = (run: EndedRun) => [run.task('t').state.name, run.task('after').state.name];

  beforeEach(() => world.write('input', ''));

  it('of a matrix is of the whole combination, though its key names one dimension only', async () => {
    const text = `
tasks:
  t:
    for_each: { matrix: { lr: [1, 2], depth: [3, 5] } }
    cache: { key: "\${{ item.lr }}" }
    run: 'echo x=\${{ item.lr }}-\${{ item.depth }} > $WEIR_OUTPUT'
  after: { needs: t, run: ['sh', '-c', 'echo "$*" >> after', 'sh', "\${{ join(tasks.t.outputs.*.x) }}"] }
`;
    const first = await world.runYaml(text);
    const second = await world.runYaml(text);
    expect([first, second].map((run) => run.task('t').state.name)).toEqual(['Completed', 'Cached']);
    const all = '1-3,1-5,2-3,2-5';
    expect(world.lines('after')).toEqual([all, all]);
  });

  it('E27: serves it across runs while its key and its code are the same, with what it handed on', async () => {
    const text = cached('{ key: "${{ params.day }}" }');
    const first = await world.runYaml(text);
    const second = await world.runYaml(text, { params: { other: 'y' } });
    const third = await world.runYaml(text, { params: { day: 'tue' } });
    const fourth = await world.runYaml(text.replace('ran >> ran', 'RAN >> ran'));
    expect([first, second, third, fourth].map(states)).toEqual([
      ['Completed', 'Completed'],
      ['Cached', 'Completed'],
      ['Completed', 'Completed'],
      ['Completed', 'Completed'],
    ]);
    expect(second.task('t').cached_from).toEqual({ run: first.id, task: first.task('t').id });
    expect(world.lines('after')).toEqual(['rows 3', 'rows 3', 'rows 3', 'rows 3']);
  });

  it('E28: without a key takes everything that the task is given', async () => {
    const text = cached('{ expires: 1d }');
    const runs = [await world.runYaml(text), await world.runYaml(text)];
    runs.push(await world.runYaml(text, { params: { day: 'mon', other: 'x' } }));
    runs.push(await world.runYaml(text, { params: { other: 'y' } }));
    expect(runs.map((run) => states(run)[0])).toEqual(['Completed', 'Cached', 'Cached', 'Completed']);
  });

  it('E27: asks for the contents of files, and is missed when one changed; one that is missing is an error', async () => {
    const text = cached('{ key: k, files: [input, "${{ params.other }}.txt"] }');
    world.write('x.txt', '1');
    const runs = [await world.runYaml(text), await world.runYaml(text)];
    world.write('input', 'changed\n');
    runs.push(await world.runYaml(text));
    expect(runs.map((run) => states(run)[0])).toEqual(['Completed', 'Cached', 'Completed']);
    const failed = await world.runYaml(text, { params: { other: 'no' } });
    expect(failed.task('t').state.message).toMatch(/the cache depends on .*no\.txt, which cannot be read/);
  });

  it('takes a pattern among its files for all that it matches, unless a file is really called so', async () => {
    const text = (file: string) => cached(`{ key: k, files: ["${file}"] }`);
    const names = async (file: string) => (await world.runYaml(text(file))).task('t').state;
    world.write('input', 'x\n');
    world.write('data/a.csv', '1\n');
    expect(await names('data/*.csv')).toMatchObject({ name: 'Completed' });
    expect(await names('data/*.csv')).toMatchObject({ name: 'Cached' });
    world.write('data/b.csv', '2\n');
    expect(await names('data/*.csv')).toMatchObject({ name: 'Completed' });
    world.write('data/a.csv', '3\n');
    expect(await names('data/*.csv')).toMatchObject({ name: 'Completed' });
    expect(await names('data/*.csv')).toMatchObject({ name: 'Cached' });
    world.write('data/[1].csv', 'own\n');
    expect(await names('data/[1].csv')).toMatchObject({ name: 'Completed' });
    expect((await names('data/*.parquet')).message).toMatch(
      /^the cache depends on .*data\/\*\.parquet, and no file matches it$/,
    );
  });

  it('E27: expires, is refreshed when asked, and never serves a failure', async () => {
    const short = cached('{ key: k, expires: 1ms }');
    expect(states(await world.runYaml(short))[0]).toBe('Completed');
    expect(states(await world.runYaml(short))[0]).toBe('Completed');
    const refresh = cached('{ key: k, refresh: true }');
    expect(states(await world.runYaml(refresh))[0]).toBe('Completed');
    expect(states(await world.runYaml(refresh))[0]).toBe('Completed');
    const failing = `tasks: { t: { cache: { key: f }, run: 'echo x >> tries; test $(wc -l < tries) = 2' }, after: { needs: t, run: 'true' } }`;
    const runs = [await world.runYaml(failing), await world.runYaml(failing), await world.runYaml(failing)];
    expect(runs.map((run) => states(run)[0])).toEqual(['Failed', 'Completed', 'Cached']);
  });

  it('E27: of a for_each gives each item its own result, also where the key does not name the item', async () => {
    const text = `
params: { day: { default: mon } }
tasks:
  train:
    for_each: [0.1, 1, 10]
    max_concurrency: 1
    cache: { key: "\${{ params.day }}" }
    run: 'echo x >> ran; echo alpha=\${{ item }} > $WEIR_OUTPUT'
  use: { needs: train, run: "echo \${{ join(tasks.train.outputs.*.alpha, ' ') }} >> used" }
`;
    await world.runYaml(text);
    const second = await world.runYaml(text);
    expect(second.tasks.filter(({ name }) => name === 'train').map(({ state }) => state.name)).toEqual(
      Array(3).fill('Cached'),
    );
    // A list that grew: what is there already is served, wherever it stands.
    await world.runYaml(text.replace('[0.1, 1, 10]', '[10, 5, 0.1]'));
    expect(world.lines('used')).toEqual(['0.1 1 10', '0.1 1 10', '10 5 0.1']);
    expect(world.lines('ran')).toHaveLength(4);
  });

  it('E27: of a for_each goes by what its key names of the item, and by nothing else of it', async () => {
    const text = (seen: string) => `
tasks:
  fetch:
    for_each: [{ id: a, seen: ${seen} }, { id: b, seen: ${seen} }]
    cache: { key: "\${{ item.id }}" }
    run: 'echo \${{ item.id }} >> ran'
`;
    await world.runYaml(text('mon'));
    await world.runYaml(text('tue'));
    expect(world.lines('ran').sort()).toEqual(['a', 'b']);
  });

  it('E27: of files that it handed on gives them back, whatever became of the originals', async () => {
    const text = `
tasks:
  make: { cache: { key: k }, run: 'echo x >> made; printf weights > model.bin', files: { model: model.bin } }
  use: { needs: make, run: 'cat \${{ tasks.make.files.model }} >> used; echo >> used' }
`;
    await world.runYaml(text);
    world.write('model.bin', 'other');
    const second = await world.runYaml(text);
    expect(second.task('make').state.name).toBe('Cached');
    expect(world.lines('used')).toEqual(['weights', 'weights']);
    expect(world.lines('made')).toEqual(['x']);
  });
});
