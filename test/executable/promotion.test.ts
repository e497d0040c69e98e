/** Promotions and registrations by the tasks of YAML flows, with the executable: whatever dies, nothing is done twice. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildWithCrashPoints } from '../support/prepare.mjs';
import { type RunJson, weirWorld } from '../support/weir.ts';

interface Model {
  readonly versions: readonly { version: number; stage: string; metrics: object; run: number | null }[];
  readonly decisions: readonly { run: number | null; candidate: number; promoted: boolean }[];
}

const PROMOTION = `
params: { rmse: { type: number } }
tasks:
  train: { run: "echo \${{ params.rmse }} > model.txt", files: { model: model.txt } }
  promote:
    needs: train
    promote:
      model: m
      file: \${{ tasks.train.files.model }}
      metric: rmse
      goal: min
      evaluate: echo $WEIR_MODEL_VERSION >> asked; cat $WEIR_MODEL`;

test('killed after it has decided and before that was told, a promotion does not decide twice', {
  timeout: 300_000,
}, async () => {
  const executable = buildWithCrashPoints();
  const { folder, weir, json } = weirWorld();
  writeFileSync(join(folder, 'flow.yaml'), PROMOTION);
  const argv = [executable];
  expect((await weir(['run', '-p', 'rmse=2'], { argv })).code).toBe(0);
  const died = await weir(['run', '-p', 'rmse=1'], { argv, env: { WEIR_CRASH_AT: 'after-user-code:2' } });
  expect(died.signal).toBe('SIGKILL');
  const decided = await json<Model>(['model', 'inspect', 'm'], { argv });
  expect(decided.decisions.map(({ run, promoted }) => [run, promoted])).toEqual([
    [1, true],
    [2, true],
  ]);
  const run = await json<RunJson>(['resume', '2'], { argv });
  expect(run.state.name).toBe('Completed');
  expect(run.result).toMatchObject({
    promote: { promoted: true, candidate: 2, candidate_value: 1, production: 1, production_value: 2 },
  });
  expect(await json<Model>(['model', 'inspect', 'm'], { argv })).toEqual(decided);
});

test('weir in a task knows its run, and registers once however often the task is tried', async () => {
  const { folder, weir, json } = weirWorld();
  writeFileSync(
    join(folder, 'flow.yaml'),
    `
tasks:
  train:
    run: |
      echo seven.. > model.txt
      weir model register m model.txt --metric rmse=1.5 --tag attempt=$WEIR_ATTEMPT
      weir model promote m 1
      [ $WEIR_ATTEMPT = 3 ]
    retries: 2
  compare:
    needs: train
    run: |
      echo better > better.txt
      weir model promote-if-better m better.txt --metric rmse --goal min --evaluate 'wc -c < $WEIR_MODEL'
      [ $WEIR_ATTEMPT = 2 ]
    retries: 1
`,
  );
  // Its folder is in no PATH of the world.
  const { code, stderr } = await weir(['run']);
  expect(code, stderr).toBe(0);
  expect(stderr).toContain('registered 1 before: the same file from the same task');
  expect(stderr).toContain('this task has decided about version 2 already');
  const { versions, decisions } = await json<Model>(['model', 'inspect', 'm']);
  expect(versions).toMatchObject([
    { version: 1, stage: 'Archived', metrics: { rmse: 1.5 }, run: 1 },
    { version: 2, stage: 'Production', metrics: { rmse: 7 }, run: 1 },
  ]);
  expect(decisions.map(({ run, candidate }) => [run, candidate])).toEqual([
    [1, 1],
    [1, 2],
  ]);
});
