/** What tasks of YAML flows run: how a command fails, what it hands on, by which shell it runs. */
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type EndedRun, engineWorld, type World } from '../support/engine-world.ts';

let world: World;
const linesOf = (run: EndedRun, task: string) => run.texts(task).join('\n').split('\n');
beforeEach(async () => {
  world = await engineWorld();
});

describe('E71: a command that does not exit with 0', () => {
  it('E71: fails its task with the code and the last lines', async () => {
    const run = await world.runYaml(`
tasks:
  t: { run: 'echo one; echo two >&2; exit 7' }
`);
    expect(run.task('t').state).toMatchObject({ type: 'FAILED', name: 'Failed', message: 'exit code 7' });
    expect(run.task('t').error).toMatchObject({ name: 'CommandFailed', message: 'exit code 7', exit_code: 7 });
    const lines = run.task('t').error?.last_lines ?? [];
    expect([...lines].sort()).toEqual(['one', 'two']);
  });

  it('E71: is tried again by retry_on only for these codes', async () => {
    const run = await world.runYaml(`
defaults: { retries: 2 }
tasks:
  listed: { run: 'echo x >> listed; exit 75', retry_on: [75] }
  other: { run: 'echo x >> other; exit 1', retry_on: [75, 2] }
  any: { run: 'echo x >> any; exit 1' }
  killed: { run: 'echo x >> killed; kill -KILL $$', retry_on: [137] }
  terminated: { run: 'echo x >> terminated; kill -TERM $$', retry_on: [137] }
`);
    const executed = (name: string) => world.lines(name).length;
    expect(['listed', 'other', 'any', 'killed', 'terminated'].map(executed)).toEqual([3, 1, 3, 3, 1]);
    expect(run.taskStates('listed')).toEqual([
      'Pending',
      'Running',
      'AwaitingRetry',
      'Retrying',
      'AwaitingRetry',
      'Retrying',
      'Failed',
    ]);
    expect(run.task('killed').error).toMatchObject({ exit_code: null, signal: 'SIGKILL' });
  });

  it('waits as long as retry_delay says, the last of a list again and again', async () => {
    const run = await world.runYaml(`
tasks:
  t: { run: 'test $WEIR_ATTEMPT = 4', retries: 3, retry_delay: [10ms, 300ms] }
`);
    const { states } = run.task('t');
    const waits = states.flatMap(({ name, message, at }) => {
      const until = /again at (\S+)/.exec(message ?? '')?.[1];
      return name === 'AwaitingRetry' && until !== undefined ? [Date.parse(until) - Date.parse(at)] : [];
    });
    expect(waits).toEqual([10, 300, 300]);
    expect(run.task('t').attempt).toBe(4);
  });

  it('past its time is TimedOut, and is tried again by its retries; nothing of it is left', async () => {
    const run = await world.runYaml(`
tasks:
  t: { run: 'echo x >> tries; sleep 1000', timeout: 4s, retries: 1 }
`);
    expect(run.task('t').state).toMatchObject({ type: 'FAILED', name: 'TimedOut' });
    expect(run.task('t').state.message).toContain('4s');
    expect(world.lines('tries')).toHaveLength(2);
    expect(world.processes()).toEqual([]);
  });

  it('a flow past its time is TimedOut with what it was at, and begins nothing more', async () => {
    const run = await world.runYaml(`
timeout: 500ms
tasks:
  long: { run: 'sleep 1000' }
  after: { needs: long, when: all_done, run: touch ran }
`);
    expect(run.state).toMatchObject({ type: 'FAILED', name: 'TimedOut' });
    expect(run.task('long').state.type).toBe('CANCELLED');
    expect(run.tasks.map(({ name }) => name)).toEqual(['long']);
    expect(world.lines('ran')).toEqual([]);
    expect(world.processes()).toEqual([]);
  });
});

describe('E72: what a command hands over', () => {
  it('E72: by WEIR_OUTPUT as lines or JSON are outputs; a number is one only if it prints back the same', async () => {
    const run = await world.runYaml(`
tasks:
  lines: { run: "printf 'n=3\\nv=1.10\\nzip=00123\\nhash=12e4567\\ntext=a=b c \\nlong<<END\\n1\\n2\\nEND\\n' > $WEIR_OUTPUT" }
  json: { run: 'echo ''{"n": 1.5, "deep": {"list": [1, null]}, "big": 12345678901234567890}'' > $WEIR_OUTPUT' }
  after:
    needs: [lines, json]
    run: "echo got=\${{ tasks.lines.outputs.n }},\${{ tasks.lines.outputs.zip }},\${{ tasks.json.outputs.deep.list[0] }},\${{ tasks.json.outputs.big }} > $WEIR_OUTPUT"
`);
    expect(run.value).toEqual({
      lines: { n: 3, v: '1.10', zip: '00123', hash: '12e4567', text: 'a=b c ', long: '1\n2' },
      json: { n: 1.5, deep: { list: [1, null] }, big: '12345678901234567890' },
      after: { got: '3,00123,1,12345678901234567890' },
    });
  });

  it('E72: metrics, a summary, progress, artifacts and files arrive', async () => {
    const going = await world.startYaml(`
tasks:
  train:
    run: |
      echo rmse=1.20 > $WEIR_METRICS
      echo '# good' > $WEIR_SUMMARY
      echo '3/20 folds' > $WEIR_PROGRESS
      echo plot > $WEIR_ARTIFACTS/plot.txt
      printf weights > model.bin
      until [ -e seen ]; do sleep 0.01; done
    files: { model: model.bin }
    timeout: 60s
  use:
    needs: train
    if: tasks.train.metrics.rmse < 2
    run: |
      rm model.bin
      cat \${{ tasks.train.files.model }} > copy
      echo rmse=\${{ tasks.train.metrics.rmse }} > $WEIR_OUTPUT
`);
    const told = await going.until(({ kind }) => kind === 'progress');
    expect(told).toMatchObject({ done: 3, total: 20, label: 'folds', task: { name: 'train' } });
    world.write('seen', '');
    const run = await going.ended;
    expect(run.state.type).toBe('COMPLETED');
    expect(run.task('train').metrics).toEqual({ rmse: 1.2 });
    expect(run.artifacts.map(({ key }) => key).sort()).toEqual(['train/plot.txt', 'train/summary']);
    expect(world.lines('copy')).toEqual(['weights']);
    expect(run.value).toEqual({ use: { rmse: 1.2 } });
  });

  it('E72: the whole of it is in the file WEIR_INPUTS of what comes after, from all that is upstream', async () => {
    const run = await world.runYaml(
      `
params: { the-week: { type: integer } }
tasks:
  a: { run: 'echo rows=3 > $WEIR_OUTPUT' }
  b: { needs: a, run: 'true' }
  c: { needs: b, for_each: [x], run: 'cp $WEIR_INPUTS inputs.json' }
  unrelated: { run: 'echo no=1 > $WEIR_OUTPUT' }
`,
      { params: { 'the-week': 7 } },
    );
    const inputs = JSON.parse(world.lines('inputs.json').join('\n')) as Record<string, unknown>;
    expect(inputs).toMatchObject({
      params: { 'the-week': 7 },
      item: 'x',
      outputs: { a: { rows: 3 }, b: {} },
      states: { a: 'completed', b: 'completed' },
      slot: null,
      run: { id: run.id, flow: 'flow', attempt: 1 },
    });
    expect(Object.keys(inputs.outputs as object)).toEqual(['b', 'a']);
  });

  it('more than can be taken fails the task and says what to do', async () => {
    const run = await world.runYaml(`
tasks:
  big: { run: 'head -c 2000000 /dev/zero | tr "\\0" x > $WEIR_OUTPUT' }
  wrong: { run: 'echo no equals sign > $WEIR_OUTPUT' }
`);
    expect(run.task('big').state.message).toMatch(/WEIR_OUTPUT holds .*; it can hold 1 MiB/);
    expect(run.task('wrong').state.message).toMatch(
      /WEIR_OUTPUT cannot be read: line 1: "no equals sign" is no name=value/,
    );
  });

  it('null in a command is an error that names the expression; with || it is what stands behind', async () => {
    const run = await world.runYaml(`
tasks:
  a: { run: 'true' }
  bad: { needs: a, continue_on_failure: true, run: 'touch ran \${{ tasks.a.outputs.rows }}', retries: 2 }
  list: { needs: a, continue_on_failure: true, run: [touch, ran, "\${{ tasks.a.outputs.rows }}"] }
  part: { needs: a, continue_on_failure: true, run: [touch, "ran-\${{ tasks.a.outputs.rows }}"] }
  good: { needs: a, run: "echo v=\${{ tasks.a.outputs.rows || 'none' }} > $WEIR_OUTPUT" }
`);
    expect(run.task('bad').state.message).toBe(
      '${{ tasks.a.outputs.rows }} in the command of task "bad" is null: there is no such value',
    );
    expect(run.task('bad').attempt).toBe(0);
    expect([run.task('list').state.type, run.task('part').state.type]).toEqual(['FAILED', 'FAILED']);
    expect(run.value).toEqual({ good: { v: 'none' } });
    expect(world.lines('ran')).toEqual([]);
  });
});

describe('E78: how a command runs', () => {
  it('E78: a list passes arguments without a shell; shell: is used when given', async () => {
    const run = await world.runYaml(`
tasks:
  list: { run: ['printf', '%s|', '$HOME', '*', "a 'b'"] }
  bash: { shell: bash -eu, run: 'x=(1 2); echo "\${#x[@]} $0"; echo $missing' }
  python: { shell: "node -e", run: 'console.log(1 + 1)' }
  default: { run: 'set -o | grep pipefail; false | true; touch never' }
`);
    expect(run.texts('list')).toEqual(["$HOME|*|a 'b'|"]);
    expect(run.task('bash').state.type).toBe('FAILED');
    expect(run.texts('bash').join('\n')).toMatch(/^2 [\s\S]*missing: unbound variable/);
    expect(run.texts('python')).toEqual(['2']);
    expect(run.texts('default')[0]).toMatch(/pipefail\s+on/);
    expect(world.lines('never')).toEqual([]);
  });

  it('E78: a shell, a program or a folder that does not exist is a clear error', async () => {
    const run = await world.runYaml(`
tasks:
  shell: { shell: ./no-such-shell -e, run: 'true' }
  program: { run: [no-such-program, x] }
  folder: { working_dir: no/such, run: 'true' }
  env: { env_file: no.env, run: 'true' }
`);
    expect(run.task('shell').state.message).toMatch(/the shell "\.\/no-such-shell -e" cannot be started/);
    expect(run.task('program').state.message).toMatch(/no-such-program/);
    expect(run.task('folder').state.message).toMatch(/the working directory .*no\/such does not exist/);
    expect(run.task('env').state.message).toMatch(/the env_file no.env does not exist/);
  });

  it('has the environment of inherited, env_file, flow, defaults, task, each over the one before, and expressions see the same', async () => {
    world.write('one.env', 'A=file\nB=file\nC=file\nD=file\n');
    world.write('two.env', 'B=two\nQUOTED="a b"\n');
    const run = await world.runYaml(`
inherit_env: [PATH]
env_file: one.env
env: { C: flow, D: flow, SEEN: "\${{ env.A }}-\${{ env.B }}-\${{ env.QUOTED }}" }
defaults: { env: { D: defaults, E: "\${{ env.D }}" } }
tasks:
  t:
    env_file: two.env
    env: { E: task, F: "\${{ env.E }}\${{ item }}" }
    for_each: [1]
    run: echo "$A $B $C $D $E $F $SEEN"; echo \${{ env.A }} \${{ env.B }} \${{ env.C }} \${{ env.D }} \${{ env.F }}; echo "\${VITEST-unset}"
  outside: { run: "echo \${{ env.VITEST || 'unset' }}" }
`);
    expect(linesOf(run, 't')).toEqual([
      'file two flow defaults task task1 file-two-a b',
      'file two flow defaults task1',
      'unset',
    ]);
    expect(run.texts('outside')).toEqual(['unset']);
  });

  it('a variable may name its own former value, of the flow or as it is inherited', async () => {
    const run = await world.runYaml(`
env: { PYTHONPATH: ./src, PATH: "./bin:\${{ env.PATH }}" }
tasks:
  t: { env: { PYTHONPATH: "\${{ env.PYTHONPATH }}:./more" }, run: 'echo "$PYTHONPATH"; command -v sh; echo "\${PATH%%:*}"' }
`);
    expect(linesOf(run, 't')).toEqual(['./src:./more', expect.stringMatching(/^\/.*sh$/), './bin']);
  });

  it('a venv comes first in PATH, for expressions, too', async () => {
    world.write('venv/bin/python', '#!/bin/sh\necho of the venv\n');
    world.write('venv/pyvenv.cfg', '');
    chmodSync(join(world.folder, 'venv/bin/python'), 0o755);
    const run = await world.runYaml(`
venv: venv
tasks:
  t: { run: 'python; echo \${{ env.VIRTUAL_ENV }}' }
`);
    expect(linesOf(run, 't')).toEqual(['of the venv', join(world.folder, 'venv')]);
  });

  it('a working directory is evaluated, and counts from the folder of the flow', async () => {
    world.write('a b/x', '');
    const run = await world.runYaml(`
params: { dir: { default: a b } }
tasks:
  t: { working_dir: "\${{ params.dir }}", run: 'ls' }
`);
    expect(linesOf(run, 't')).toEqual(['x']);
  });
});
