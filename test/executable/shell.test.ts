/** What shell tasks are given and hand on, with the built executable. */
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type RunJson, weirWorld } from '../support/weir.ts';

const FLOW = `
params: { note: { type: string, default: "'; touch pwned; $(touch pwned)" } }
venv: ./venv
env_file: prod.env
tasks:
  train:
    run: |
      python
      for n in 1 2 3; do echo $n/3 folds >> $WEIR_PROGRESS; done
      echo rows=3 >> $WEIR_OUTPUT; echo build=1.10 >> $WEIR_OUTPUT; echo rmse=1.50 > $WEIR_METRICS
      echo '# Trained' > $WEIR_SUMMARY; echo "$ALPHA" > model.pkl; echo '<svg/>' > $WEIR_ARTIFACTS/loss.svg
    files: { model: model.pkl }
  use:
    needs: train
    run: [sh, -c, 'printf "%s|" "$@" > told', sh, '\${{ tasks.train.outputs.rows }}', '\${{ tasks.train.outputs.build }}', '\${{ params.note }}']
  load:
    needs: train
    run: cat \${{ tasks.train.files.model }} > loaded && basename \${{ tasks.train.files.model }} >> loaded
`;

function withFlow() {
  const world = weirWorld();
  world.write('flow.yaml', FLOW);
  world.write('prod.env', '# of production\nALPHA="0.1"\n');
  world.write('venv/bin/python', '#!/bin/sh\necho "python of $VIRTUAL_ENV"\n');
  chmodSync(join(world.folder, 'venv/bin/python'), 0o755);
  return world;
}

test('E72, E73: outputs, metrics, summary, artifacts and files of a command arrive; a value arrives byte for byte', async () => {
  const world = withFlow();
  const { code, stdout } = await world.weir(['run', 'flow.yaml', '--json']);
  expect(code).toBe(0);
  const run = JSON.parse(stdout) as RunJson;
  expect(run.metrics).toEqual({ rmse: 1.5 });
  expect(run.artifacts.map(({ key }) => key)).toEqual(['train/summary', 'train/loss.svg']);
  const read = (name: string) => readFileSync(join(world.folder, name), 'utf8');
  expect(read('told')).toBe("3|1.10|'; touch pwned; $(touch pwned)|");
  expect(read('loaded')).toBe('0.1\nmodel.pkl\n');
  expect(() => read('pwned')).toThrow();
  const logs = await world.weir(['logs']);
  expect(logs.stdout).toContain(`python of ${join(world.folder, 'venv')}`);
});

test('E78: what a command needs and does not find is told with the way out, before anything of it runs', async () => {
  const world = withFlow();
  world.write('prod.env', 'ALPHA 0.1\n');
  const bad = await world.weir(['run', 'flow.yaml']);
  expect(bad.code).not.toBe(0);
  expect(bad.stdout + bad.stderr).toContain('prod.env:1: it has no "="');
  world.write('shell.yaml', 'tasks: { it: { run: x, shell: ./no-such-shell } }\n');
  const shell = await world.weir(['run', 'shell.yaml']);
  expect(shell.code).not.toBe(0);
  expect(shell.stdout + shell.stderr).toContain('no-such-shell');
});
