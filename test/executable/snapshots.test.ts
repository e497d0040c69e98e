import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { waitFor, weirWorld } from '../support/weir.ts';

const FLOW = 'tasks: { wait: { run: python3 wait.py }, say: { needs: wait, run: python3 say.py } }\n';
const WAIT = `import os, time
from words import GO
while not os.path.exists(GO): time.sleep(0.02)
`;

test('a run in flight and those that come keep the scripts that were deployed as a snapshot, though the folder is edited and removed; the next deploy says what changed', async () => {
  const world = weirWorld();
  const project = (word: string) => {
    world.write('flows/wait.py', WAIT);
    world.write('flows/words.py', `GO = '${join(world.folder, 'go')}'\nWORD = '${word}'\n`);
    world.write('flows/say.py', 'from words import WORD\nprint("said " + WORD)\n');
    world.write('flows/nightly.yaml', FLOW);
    world.write('flows/.env', 'WORD=secret');
    world.write('flows/deployment.yaml', 'flow: ./nightly.yaml\nstorage: snapshot\ninclude: ["**/*"]\n');
  };
  project('one');
  const first = await world.weir(['deployment', 'apply', 'flows/deployment.yaml']);
  expect(first.stdout).toMatch(
    /snapshot of 5 files, \d+ bytes: deployment\.yaml, nightly\.yaml, say\.py, wait\.py, words\.py/,
  );
  const server = world.start(['server', 'start', '--port', '0']);
  await server.until(/shows what runs/);
  await world.weir(['deployment', 'run', 'nightly']);
  await waitFor('the run to wait', async () => (await world.show(1)).tasks.some(({ name }) => name === 'wait'));
  project('two');
  const plan = await world.weir(['deployment', 'apply', 'flows/deployment.yaml', '--dry-run']);
  expect(plan.stdout).toMatch(/~ nightly: code\n {4}snapshot of 5 files, \d+ bytes: changed words\.py\n/);
  expect(plan.stdout).toMatch(/1 run in flight \(1\) keeps version 1/);
  rmSync(join(world.folder, 'flows'), { recursive: true });
  world.write('go', '');
  await world.weir(['wait', '1']);
  await world.weir(['deployment', 'run', 'nightly']);
  await world.weir(['wait', '2']);
  for (const run of ['1', '2']) {
    expect((await world.show(run)).state.name).toBe('Completed');
    expect((await world.weir(['logs', run])).stdout).toContain('said one');
  }
  await waitFor('their copies to go', () => !existsSync(`${world.db}.files/copies/1`));
  const shown = await world.weir(['deployment', 'inspect', 'nightly']);
  expect(shown.stdout).toMatch(/storage +snapshot [0-9a-f]{8} of 5 files/);
  server.kill('SIGTERM');
  expect((await server.ended).code).toBe(0);
});

test('up follows the scripts of a snapshot, and keeps the last good version when it would be too large', async () => {
  const world = weirWorld();
  world.write('flows/nightly.yaml', 'tasks: { say: { run: ./say.sh } }\n');
  world.write('flows/say.sh', '#!/bin/sh\necho one\n');
  world.write('flows/deployment.yaml', 'flow: ./nightly.yaml\nstorage: snapshot\ninclude: [data]\n');
  world.write('flows/data/a.csv', 'a');
  expect((await world.weir(['deployment', 'apply', 'flows/deployment.yaml'])).code).toBe(0);
  const up = world.start(['up', 'flows', '--port', '0']);
  await up.until(/shows what runs/);
  world.write('flows/say.sh', '#!/bin/sh\necho two\n');
  await up.until(/deployed nightly, no schedule: version 2 \(code changed\)/);
  // Whole at once: while it grows it would be small enough.
  renameSync(world.write('big.csv', 'x'.repeat(33 * 1024 * 1024)), join(world.folder, 'flows', 'data', 'big.csv'));
  world.write('flows/say.sh', '#!/bin/sh\necho three\n');
  await up.until(/broken: .*nightly\/default cannot be kept as a snapshot.*data\/big\.csv \(33 MiB\)/);
  await up.until(/nightly goes on with version 2/);
  world.write('flows/.weirignore', 'big.csv\n');
  await up.until(/version 3 \(code changed\), mended/);
  up.kill('SIGTERM');
  expect((await up.ended).code).toBe(0);
});
