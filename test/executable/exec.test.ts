/** weir exec: a command as it would run without Weir, with history, retries and a log. */
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EXECUTABLE, waitFor, weirWorld } from '../support/weir.ts';

/** `weir` in a line of a shell, with a stdin of its own. */
function shellWorld() {
  const world = weirWorld();
  const sh = (line: string, options = {}) =>
    world.weir(['-c', `weir() { '${EXECUTABLE}' "$@"; }; ${line}`], { argv: ['/bin/sh'], ...options });
  return { ...world, sh };
}

test('arguments arrive and output leaves byte for byte, in silence, and both are kept', async () => {
  const world = shellWorld();
  const odd = ['--json', '--', '', ' a  b ', "it's", '"', '$(touch pwned)', '${{ params.x }}', '\\n', 'ü\n2', '*', '#'];
  const given = await world.weir(['exec', '--', 'printf', '[%s]', ...odd]);
  expect(given).toMatchObject({ code: 0, stdout: odd.map((each) => `[${each}]`).join(''), stderr: '' });
  // Without --, too, everything behind the program is its own.
  expect((await world.weir(['exec', 'echo', '--json', '--name', 'x'])).stdout).toBe('--json --name x\n');

  world.write('noise.sh', 'head -c 300000 /dev/urandom > bytes; cat bytes; printf "no end" >&2\n');
  const piped = await world.sh('weir exec -- sh noise.sh > out 2> err');
  expect(piped.code).toBe(0);
  expect(readFileSync(join(world.folder, 'out')).equals(readFileSync(join(world.folder, 'bytes')))).toBe(true);
  expect(readFileSync(join(world.folder, 'err'), 'utf8')).toBe('no end');
  expect(world.lines('pwned')).toEqual([]);

  const [first] = (await world.runs()).toReversed();
  expect(first).toMatchObject({ flow: 'printf', state: { type: 'COMPLETED' }, trigger: 'cli' });
  expect(first?.name).toContain("printf '[%s]' --json --");
  expect((await world.weir(['logs', 'noise.sh'])).stdout).toContain('no end');
});

test('the exit code is that of the command; what is not of the command has codes of its own', async () => {
  const world = shellWorld();
  world.write('plain.txt', 'no program\n');
  const code = async (...args: string[]) => (await world.weir(['exec', ...args])).code;
  expect(await code('--', 'sh', '-c', 'exit 7')).toBe(7);
  expect(await code('--', 'sh', '-c', 'kill -9 $$')).toBe(137);
  expect(await code('--timeout', '200ms', '--', 'sleep', '60')).toBe(124);
  expect(await code('--', './plain.txt')).toBe(126);
  expect(await code()).toBe(2);
  expect(await code('--timeout', '5', '--', 'true')).toBe(2);
  expect(await code('--retry-delay', '5s', '--', 'true')).toBe(2);
  for (const name of ['a/b', '..', 'a'.repeat(201)]) expect(await code('--name', name, '--', 'true')).toBe(2);
  expect((await world.weir(['exec', '--name', 'a/b', '--', 'true'])).stderr).toContain(
    '--name "a/b" contains "/", which no name may',
  );
  expect(await code('--env-file', 'missing', '--', 'true')).toBe(2);
  expect(await code('--cwd', 'missing', '--', 'true')).toBe(2);
  expect(await code('--db', '/proc/nowhere/weir.db', '--', 'true')).toBe(125);

  const missing = await world.weir(['exec', '--', 'echo a | cat']);
  expect(missing.code).toBe(127);
  expect(missing.stderr).toContain("weir exec -- sh -c 'echo a | cat'");
  world.write('job', '#!/bin/sh\necho "job $1"\n');
  chmodSync(join(world.folder, 'job'), 0o755);
  const near = await world.weir(['exec', '--', 'job', 'a b']);
  const hint = /weir exec -- \.\/job 'a b'/.exec(near.stderr)?.[0] ?? '';
  expect((await world.sh(hint)).stdout).toBe('job a b\n');
});

test('a failure is tried again, says so on standard error alone, and not at all with --quiet', async () => {
  const world = shellWorld();
  const flaky = 'echo try >> tries; echo out; [ $(wc -l < tries) -ge 3 ] || exit 75';
  const args = ['exec', '--retries', '4', '--retry-delay', '10ms,20ms', '--name', 'flaky', '--', 'sh', '-c', flaky];
  const { code, stdout, stderr } = await world.weir(args);
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'out\nout\nout\n' });
  expect(stderr.trimEnd().split('\n')).toHaveLength(2);
  expect(stderr).toContain('weir: flaky: attempt 1 of 5 failed: exit code 75');
  expect((await world.show('flaky')).tasks[0]).toMatchObject({ attempt: 3, state: { type: 'COMPLETED' } });

  const failed = await world.weir([
    'exec',
    '--name',
    'never',
    '--tag',
    'nightly',
    '--',
    'sh',
    '-c',
    'echo e >&2; exit 3',
  ]);
  expect(failed).toMatchObject({ code: 3, stdout: '' });
  expect(failed.stderr).toMatch(/^e\nweir: never failed after .*: exit code 3 \(run 2\)\n +weir logs 2 .*weir retry 2/);
  expect((await world.show('never')).tags).toEqual(['nightly']);
  const quiet = await world.weir(['exec', '--quiet', '--', 'sh', '-c', 'echo e >&2; exit 3']);
  expect(quiet).toMatchObject({ code: 3, stdout: '', stderr: 'e\n' });
  const json = await world.weir(['exec', '--json', '--', 'sh', '-c', 'echo out; exit 4']);
  expect(json).toMatchObject({ code: 4, stderr: 'out\n' });
  expect(JSON.parse(json.stdout)).toMatchObject({ schema: 'weir.run/1', flow: 'echo', state: { type: 'FAILED' } });
});

test('the command has its caller’s folder, environment and input', async () => {
  const world = shellWorld();
  world.write('sub/.env', 'A=from file\nB="two words"\n');
  const told = await world.sh('cd sub; A=caller C=kept weir exec --env-file .env -- sh -c \'pwd; echo "$A, $B, $C"\'');
  expect(told.stdout).toBe(`${world.folder}/sub\nfrom file, two words, kept\n`);
  expect((await world.sh('weir exec --cwd sub -- pwd')).stdout).toBe(`${world.folder}/sub\n`);
  expect((await world.sh('seq 100000 | weir exec -- tail -n 1')).stdout).toBe('100000\n');
  // A retry reads a file from its beginning, and never what is left of a pipe.
  world.write('input', 'all of it\n');
  const again = await world.sh("weir exec --retries 1 -- sh -c 'cat; [ -e once ] || { touch once; exit 1; }' < input");
  expect(again).toMatchObject({ code: 0, stdout: 'all of it\nall of it\n' });
  const refused = await world.sh('weir exec --retries 1 -- cat <<EOF\nsome\nEOF');
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toContain('standard input holds data');
});

test('a reader that goes away ends the command, as it would without weir', async () => {
  const world = shellWorld();
  const { stdout, stderr } = await world.sh('weir exec -- yes | head -n 1');
  expect(stdout).toBe('y\n');
  expect(stderr).toContain('SIGPIPE');
});

test('a run whose process was killed is resumed, retried and run anew from another folder, by what was kept with it', async () => {
  const world = shellWorld();
  world.write('work/.weir-exec.yaml', 'not looked at\n');
  world.write('elsewhere/x', '');
  const elsewhere = { cwd: join(world.folder, 'elsewhere') };
  const line = 'pwd; echo "$1"; if [ -e go ]; then exit 9; fi; echo waits >> log; exec sleep 60';
  const running = world.start(['exec', '--name', 'job', '--', 'sh', '-c', line, 'sh', '${{ x }}'], {
    cwd: join(world.folder, 'work'),
  });
  await waitFor(
    'the command to run, and to be known to',
    () =>
      world.lines('work/log').length === 1 &&
      world.rows("select 1 from task_runs where state_type = 'RUNNING'").length === 1,
  );
  running.kill('SIGKILL');
  await running.ended;
  expect((await world.runs())[0]).toMatchObject({ flow: 'job', state: { name: 'AwaitingResume' } });
  world.write('work/go', '');
  const resumed = await world.weir(['resume', 'job'], elsewhere);
  expect(resumed.code).toBe(5);
  expect(resumed.stderr).toContain(`${world.folder}/work`);
  expect(resumed.stderr).toContain('${{ x }}');
  expect((await world.weir(['retry', 'job'], elsewhere)).stderr).toContain('exit code 9');
  expect(await world.show('job')).toMatchObject({ id: 1, attempt: 3, state: { type: 'FAILED' } });
  expect((await world.weir(['rerun', 'job'], elsewhere)).code).toBe(5);
  const [anew, first] = await world.runs();
  expect(anew).toMatchObject({ id: 2, flow: 'job', name: first?.name });
  expect((await world.weir(['logs', '2'])).stdout).toContain(`${world.folder}/work`);
});

test('SIGTERM interrupts the run, which can be resumed; Ctrl-C cancels it; both end the command', async () => {
  const world = shellWorld();
  const line = 'echo begun; [ -e go ] || exec sleep 60';
  const interrupted = world.start(['exec', '--name', 'one', '--', 'sh', '-c', line]);
  await interrupted.until(/begun/);
  interrupted.kill('SIGTERM');
  expect((await interrupted.ended).code).toBe(143);
  expect((await interrupted.ended).stderr).toContain('weir resume 1');
  const cancelled = world.start(['exec', '--name', 'two', '--', 'sh', '-c', line]);
  await cancelled.until(/begun/);
  cancelled.kill('SIGINT');
  expect((await cancelled.ended).code).toBe(130);
  world.write('go', '');
  expect((await world.weir(['resume', '1'])).code).toBe(0);
  const [two, one] = await world.runs();
  expect([one?.state.type, two?.state.type]).toEqual(['COMPLETED', 'CANCELLED']);
});

test('weir run with a program is answered by a command that runs it', async () => {
  const world = shellWorld();
  world.write('my jobs/back up.sh', 'echo "backed up $#"\n');
  const { code, stderr } = await world.weir(['run', 'my jobs/back up.sh']);
  expect(code).toBe(2);
  const hint = /weir exec -- .*$/m.exec(stderr)?.[0] ?? '';
  expect((await world.sh(hint)).stdout).toBe('backed up 0\n');
});
