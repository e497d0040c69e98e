/** `promote:` in YAML flows, on the engine: what it decides, what it is told, what it hands on, and what it leaves alone. */
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { encode } from '../../src/model/codec.ts';
import { engineWorld, type World } from '../support/engine-world.ts';

let world: World;
beforeEach(async () => {
  world = await engineWorld();
});

interface Parts {
  /** Lines of `promote:`. */
  readonly promote?: string;
  /** Lines of the task that promotes. */
  readonly task?: string;
  readonly evaluate?: string;
  /** Further tasks. */
  readonly tasks?: string;
  readonly file?: string;
}

/** A candidate is its own figure, in a file. */
function flowOf({ promote = '', task = '', evaluate = 'cat "$WEIR_MODEL"', tasks = '', file }: Parts = {}): string {
  return `
name: retrain
params: { rmse: { type: number, default: 2 } }
tasks:
  train:
    run: echo \${{ params.rmse }} > model.txt
    files: { model: model.txt }
  release:
    needs: train
    ${task}
    promote:
      model: temperature
      file: ${file ?? `\${{ tasks.train.files.model }}`}
      metric: rmse
      goal: min
      evaluate: ${JSON.stringify(evaluate)}
      ${promote}
  ${tasks}
`;
}

const run = (parts: Parts = {}, rmse = 2) =>
  world.runFile(world.write('flow.yaml', flowOf(parts)), { params: { rmse }, loadAgain: true });

const registry = () => world.engine.store.registry;
const production = () =>
  registry()
    .list('temperature')
    .find(({ stage }) => stage === 'Production');

describe('a decision', () => {
  it('is made anew when a retry asks for the training, or for the promotion itself, and not otherwise', async () => {
    const tasks = 'report: { needs: release, run: "test -e report-works" }';
    world.write('figure', '2');
    const flow = flowOf({ tasks })
      .replace('echo ${{ params.rmse }}', 'cat figure')
      .replace('files:', 'code: [figure]\n    files:');
    const { id, state } = await world.runFile(world.write('flow.yaml', flow), { loadAgain: true });
    expect(state.name).toBe('Failed');
    world.write('report-works', '');
    expect(await world.retry(id)).toMatchObject({ state: { name: 'Completed' } });
    expect(registry().decisions('temperature')).toHaveLength(1);
    world.write('figure', '1.5');
    const trained = await world.retry(id, { from: 'train' });
    expect(trained.value).toMatchObject({
      release: { promoted: true, candidate: 2, candidate_value: 1.5, production: 1 },
    });
    expect(production()?.version).toBe(2);
    await world.engine.store.writer.write(() =>
      registry().rollback({ model: 'temperature', by: 'a test', origin: null, now: Date.now() }),
    );
    expect(production()?.version).toBe(1);
    const promoted = await world.retry(id, { from: 'release' });
    expect(promoted.value).toMatchObject({ release: { promoted: true, candidate: 2, production: 1 } });
    expect(production()?.version).toBe(2);
    expect(registry().decisions('temperature')).toHaveLength(4);
  });

  it('promotes the first, then only what is better by the margin, and archives the former', async () => {
    const outputs = [];
    for (const rmse of [2, 2.5, 1.95, 1.5]) {
      const { value, state, metrics, task } = await run({ promote: 'margin: 0.1' }, rmse);
      expect(state).toMatchObject({ name: 'Completed' });
      expect(metrics).toEqual({ rmse });
      expect(task('release').metrics).toEqual({ rmse });
      outputs.push((value as { release: object }).release);
    }
    expect(outputs).toEqual([
      {
        promoted: true,
        candidate: 1,
        candidate_value: 2,
        production: null,
        production_value: null,
        reason: expect.stringContaining('no version is in Production'),
      },
      expect.objectContaining({ promoted: false, candidate: 2, production: 1, production_value: 2 }),
      expect.objectContaining({ promoted: false, candidate: 3, candidate_value: 1.95, production: 1 }),
      expect.objectContaining({ promoted: true, candidate: 4, candidate_value: 1.5, production: 1 }),
    ]);
    const versions = registry().list('temperature').toReversed();
    expect(versions.map(({ stage }) => stage)).toEqual(['Archived', 'None', 'None', 'Production']);
    expect(versions.map(({ metrics }) => metrics)).toEqual([2, 2.5, 1.95, 1.5].map((rmse) => ({ rmse })));
    expect(versions.map((each) => each.run)).toEqual([1, 2, 3, 4]);
    expect(versions[3]?.fileName).toBe('model.txt');
    expect(registry().decisions('temperature')[0]).toMatchObject({
      run: 4,
      metric: 'rmse',
      goal: 'min',
      margin: 0.1,
      promoted: true,
    });
  });

  it('is the message of its task, and a line of its log', async () => {
    await run();
    const { task, texts, rows } = await run({}, 1);
    expect(task('release').state.message).toBe('promoted 2: rmse 1 is better than 2 of version 1 by 1');
    expect(rows.map(({ kind, label }) => [kind, label])).toContainEqual(['promote', 'temperature']);
    expect(texts('release').join('\n')).toContain('promoted 2: rmse 1 is better than 2');
    expect(texts('release').join('\n')).toMatch(
      /version 2 of "temperature", the candidate[\s\S]*version 1 .* in Production/,
    );
  });

  it('takes the higher figure as the better one where the goal is max, and asks the first for its minimum', async () => {
    const higher = (rmse: number) =>
      world.runFile(world.write('flow.yaml', flowOf({ promote: 'minimum: 0.8' }).replace('goal: min', 'goal: max')), {
        params: { rmse },
        loadAgain: true,
      });
    expect((await higher(0.5)).value).toMatchObject({ release: { promoted: false, production: null } });
    expect((await higher(0.8)).value).toMatchObject({ release: { promoted: true, production: null } });
    expect((await higher(0.9)).value).toMatchObject({ release: { promoted: true, production: 2 } });
  });

  it('decides what later tasks do', async () => {
    const tasks = `
  tell:
    needs: release
    if: \${{ tasks.release.outputs.promoted }}
    run: echo \${{ tasks.release.outputs.candidate }} \${{ tasks.release.outputs.candidate_value }} > told`;
    expect((await run({ tasks })).task('tell').state.name).toBe('Completed');
    expect(world.lines('told')).toEqual(['1 2']);
    expect((await run({ tasks }, 3)).task('tell').state.name).toBe('Skipped');
  });

  it('keeps the identity of the data: that of all its bytes', async () => {
    world.write('a.csv', '1\n');
    world.write('b.csv', '2\n');
    await run({ promote: 'data: [a.csv, b.csv]' });
    const sha256 = createHash('sha256').update('1\n2\n').digest('hex');
    expect(registry().decisions('temperature')[0]?.data_identity).toBe(`sha256:${sha256}`);
  });

  it('compares anew with what was promoted while it evaluated', async () => {
    await run({}, 3);
    world.write('other.txt', '1\n');
    const evaluate =
      'cat "$WEIR_MODEL"; echo "$WEIR_MODEL_VERSION" >> asked; [ -e go ] || { [ $WEIR_MODEL_VERSION = 2 ] || { touch evaluating; until [ -e go ]; do sleep 0.05; done; }; }';
    const path = world.write('flow.yaml', flowOf({ evaluate }));
    const going = await world.startFile(path, { params: { rmse: 2 }, loadAgain: true });
    await vi.waitFor(() => expect(world.lines('asked')).toHaveLength(2), { timeout: 90_000, interval: 15 });
    const { writer, content } = world.engine.store;
    const { hash, size } = await content.putFile(join(world.folder, 'other.txt'));
    await writer.write(() => {
      const labels = { metrics: {}, params: {}, tags: {} };
      const of = { model: 'temperature', origin: null, now: Date.now() };
      registry().register({ ...of, contentHash: hash, size, format: 'file', fileName: 'other.txt', labels });
      registry().promote({ ...of, selector: 3, stage: 'Production', by: 'somebody' });
    });
    world.write('go', '');
    const ended = await going.ended;
    expect(ended.value).toMatchObject({
      release: { promoted: false, candidate: 2, production: 3, production_value: 1 },
    });
    expect(world.lines('asked')).toEqual(['2', '1', '3']);
    expect(production()?.version).toBe(3);
  });
});

describe('a version', () => {
  it('carries the params and tags that the flow says', async () => {
    await run({
      promote: 'params: { alpha: 0.5, rmse: "${{ params.rmse }}" }\n      tags: { week: 7, run: "run ${{ run.id }}" }',
    });
    expect(production()).toMatchObject({ params: { alpha: 0.5, rmse: 2 }, tags: { week: '7', run: 'run 1' } });
  });

  it('carries the parameters of the run and the item where the flow says none', async () => {
    await run({ task: 'for_each: [a, b]\n    max_concurrency: 1' });
    const versions = registry().list('temperature').toReversed();
    expect(versions.map(({ params }) => params)).toEqual([
      { rmse: 2, item: 'a' },
      { rmse: 2, item: 'b' },
    ]);
    expect(registry().decisions('temperature')).toHaveLength(2);
  });
});

describe('the evaluation', () => {
  it('tells its figure in WEIR_METRICS, else as the last line that is a number', async () => {
    await run({ evaluate: 'echo 7; echo rmse=1.25 > $WEIR_METRICS; echo 9' });
    expect(production()?.metrics).toEqual({ rmse: 1.25 });
    const { metrics, task } = await run({ evaluate: 'echo 7; echo 0.5; echo done; echo mae=3 > $WEIR_METRICS' });
    expect(registry().get('temperature', 'latest').metrics).toEqual({ rmse: 0.5 });
    expect(metrics).toEqual({ rmse: 0.5 });
    expect(task('release').metrics).toEqual({ rmse: 0.5 });
  });

  it('runs in the folder, with the environment and the shell of the task', async () => {
    world.write('deep/values.env', 'FROM_FILE=1\n');
    const task =
      'working_dir: deep\n    env_file: deep/values.env\n    env: { GIVEN: "${{ params.rmse }}" }\n    shell: sh -eu';
    const evaluate =
      'echo "$0 $(pwd) $FROM_FILE $GIVEN $WEIR_MODEL_NAME $WEIR_MODEL_VERSION $WEIR_TASK $(basename $WEIR_MODEL)" >> ../told; cat $WEIR_MODEL';
    expect((await run({ task, evaluate })).state.name).toBe('Completed');
    expect(world.lines('told')).toEqual([
      `sh ${realpathSync(join(world.folder, 'deep'))} 1 2 temperature 1 release model.txt`,
    ]);
  });

  it('gets a model that a flow registered as a value as JSON', async () => {
    const { writer, content } = world.engine.store;
    const { hash, size } = content.put(encode({ weights: new Map([['a', 1]]) }, 'model'));
    await writer.write(() => {
      const labels = { metrics: {}, params: {}, tags: {} };
      const of = { model: 'temperature', origin: null, now: Date.now() };
      registry().register({ ...of, contentHash: hash, size, format: 'value', fileName: 'temperature.json', labels });
      registry().promote({ ...of, selector: 1, stage: 'Production', by: 'somebody' });
    });
    const { value } = await run({
      evaluate: 'case $WEIR_MODEL in *.json) echo 2; cp $WEIR_MODEL seen;; *) echo 1;; esac',
    });
    expect(value).toMatchObject({ release: { promoted: true, production: 1, production_value: 2 } });
    expect(JSON.parse(world.lines('seen').join(''))).toEqual({ weights: [['a', 1]] });
  });

  it.each([
    ['echo \'{"rmse": NaN, "mae": 1}\' > $WEIR_METRICS; echo 1', 'gave "NaN" as rmse of version 2'],
    ['echo 1; echo nan', 'gave "nan" as rmse of version 2'],
    ['echo the error is 1.5', 'printed no line that is a number; its last is "the error is 1.5"'],
  ])('is refused, and production untouched, when it does: %s', async (evaluate, told) => {
    await run();
    const { state, task, rows } = await run({ evaluate }, 1);
    expect(state).toMatchObject({ type: 'FAILED', message: '1/2 tasks failed.' });
    expect(task('release').error?.message).toContain(told);
    expect(rows).toHaveLength(2);
    expect(production()?.version).toBe(1);
    expect(registry().decisions('temperature')).toHaveLength(1);
  });

  it('fails its task with exit code and last lines when it fails, and production is untouched', async () => {
    await run();
    const evaluate = '[ $WEIR_MODEL_VERSION = 2 ] || { echo no such column: week; exit 4; }; echo 1';
    const { task } = await run({ evaluate }, 1);
    expect(task('release').error).toMatchObject({
      name: 'CommandFailed',
      message: 'the evaluation of version 1 of "temperature" failed: exit code 4; nothing was promoted',
      exit_code: 4,
      last_lines: ['no such column: week'],
    });
    expect(production()?.version).toBe(1);
  });

  it('is tried again by its exit code, as any command, and the candidate is registered once', async () => {
    const evaluate = 'echo x >> tries; [ $(wc -l < tries) -gt 2 ] || exit 75; cat "$WEIR_MODEL"';
    const { taskStates } = await run({ evaluate, task: 'retries: 5\n    retry_on: [75]' });
    expect(taskStates('release')).toEqual([
      'Pending',
      'Running',
      'AwaitingRetry',
      'Retrying',
      'AwaitingRetry',
      'Retrying',
      'Completed',
    ]);
    expect(registry().list('temperature')).toHaveLength(1);
    const other = await run({ evaluate: 'exit 3', task: 'retries: 5\n    retry_on: [75]' });
    expect(other.task('release').attempt).toBe(1);
  });

  it('is ended with everything it started when the run is cancelled', async () => {
    const path = world.write('flow.yaml', flowOf({ evaluate: 'touch evaluating; sleep 1000 & sleep 1000' }));
    const going = await world.startFile(path);
    await going.until((event) => event.kind === 'log' && event.chunk.text.includes('evaluates version 1'));
    going.cancel();
    expect((await going.ended).state.type).toBe('CANCELLED');
    expect(world.processes()).toEqual([]);
    expect(registry().decisions('temperature')).toEqual([]);
  });

  it('past the time of its task is ended, and counts as timed out', async () => {
    const { task } = await run({ evaluate: 'sleep 1000', task: 'timeout: 1s' });
    expect(task('release').state.name).toBe('TimedOut');
    expect(world.processes()).toEqual([]);
    expect(production()).toBeUndefined();
  });
});

describe('what cannot be', () => {
  it.each([
    [{ file: 'nothing.pkl' }, 'nothing.pkl, the candidate of task "release", is not a file'],
    [{ file: '${{ tasks.train.outputs.model }}' }, 'promote.file of task "release" is empty'],
    [{ promote: 'data: [model.txt, nothing.csv]' }, 'nothing.csv, a file of data of task "release", is not a file'],
  ])('is told before anything is registered: %j', async (parts, told) => {
    const { task } = await run(parts);
    expect(task('release').error?.message).toContain(told);
    expect(registry().listModels()).toEqual([]);
  });

  it('a promotion hands on no files', async () => {
    await expect(run({ task: 'files: { model: model.txt }' })).rejects.toThrow(
      'files has no meaning for task "release", which is a promotion',
    );
  });
});

describe('again', () => {
  const failing = `
  after:
    needs: release
    run: test -e fixed`;

  it('a retry does not decide twice: the decision is reused', async () => {
    const evaluate = 'echo x >> asked; cat "$WEIR_MODEL"';
    const first = await run({ tasks: failing, evaluate });
    expect(first.state.type).toBe('FAILED');
    world.write('fixed', '');
    const again = await world.retry(first.id);
    expect(again.task('release')).toMatchObject({ reused_from_attempt: 1 });
    expect(again.task('after').state.name).toBe('Completed');
    expect(world.lines('asked')).toEqual(['x']);
    expect(registry().decisions('temperature')).toHaveLength(1);
  });

  it('decides anew when the evaluation, or a script that it names, has changed', async () => {
    world.write('judge.sh', 'echo x >> asked; cat "$WEIR_MODEL"');
    const first = await run({ tasks: failing, evaluate: 'sh judge.sh' });
    world.write('judge.sh', 'echo y >> asked; cat "$WEIR_MODEL"');
    const again = await world.retry(first.id);
    expect(again.task('release').reused_from_attempt).toBeNull();
    expect(world.lines('asked').filter((line) => line === 'y').length).toBeGreaterThan(0);
  });
});
