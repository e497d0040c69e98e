import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type CommandWorld, commandWorld } from '../support/command-world.ts';
import { isAlive, markedProcesses } from '../support/marked-processes.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let world: CommandWorld;
beforeEach(() => {
  world = commandWorld();
});
afterEach(async () => {
  await world.commands.stop();
  for (const path of folders.splice(0)) rmSync(path, { recursive: true });
});

const folders: string[] = [];

/** A fresh folder, removed after the test. */
function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'weir-spawner-test-'));
  folders.push(path);
  return path;
}

describe('output and end', () => {
  it('hands over both streams and the exit code', async () => {
    const end = await world.bash('echo out; echo err >&2; exit 3');
    expect(end).toMatchObject({ exitCode: 3, signal: null, stdout: 'out\n', stderr: 'err\n' });
  });

  it('keeps the order of both streams in one merged pipe', async () => {
    const script = 'for i in {1..500}; do echo $((2*i)); echo $((2*i+1)) >&2; done';
    const end = await world.bash(script, { command: { stderr: 'merged' } });
    const numbers = end.stdout.trim().split('\n').map(Number);
    expect(numbers).toEqual(Array.from({ length: 1000 }, (_, index) => index + 2));
    expect(end.stderr).toBe('');
  });

  it('hands over output byte for byte, and nothing of it is lost at the end', async () => {
    const end = await world.bash('head -c 3000000 /dev/zero | tr "\\0" x; printf "\\377\\n" >&2');
    expect(end.stdout.length).toBe(3_000_000);
    expect(end.stderr).toBe('\ufffd\n');
  });

  it('gives a real pipe, so that a script can open /dev/stderr by its name', async () => {
    const end = await world.bash('echo one > /dev/stderr; echo two | tee /dev/stderr');
    expect(end).toMatchObject({ exitCode: 0, stdout: 'two\n', stderr: 'one\ntwo\n' });
  });

  it('reads nothing from standard input', async () => {
    expect(await world.bash('cat; echo done')).toMatchObject({ stdout: 'done\n' });
  });

  it('gives the command its own environment and nothing else', async () => {
    const env = { PATH: process.env.PATH ?? '', ONLY: 'this' };
    const end = await world.bash('env', { command: { env } });
    const names = end.stdout
      .split('\n')
      .map((line) => line.split('=')[0])
      .sort();
    expect(names.filter((name) => !['', 'PWD', 'OLDPWD', 'SHLVL', '_'].includes(name ?? ''))).toEqual([
      'ONLY',
      'PATH',
      'WEIR_MARK',
    ]);
  });

  it('tells the signal a command died of', async () => {
    expect(await world.bash('kill -9 $$')).toMatchObject({ exitCode: null, signal: 'SIGKILL' });
    expect(await world.bash('kill -SEGV $$')).toMatchObject({ exitCode: null, signal: 'SIGSEGV' });
    expect(await world.bash('bash -c "kill -9 \\$\\$"; exit $?')).toMatchObject({ exitCode: 137, signal: null });
  });

  it('does not cut off a process that only finishes writing what the shell gave it', async () => {
    const file = join(folder(), 'log');
    const end = await world.bash(
      `exec > >(while read -r line; do echo "copied $line"; done | tee ${file}); echo one; echo two`,
    );
    expect(end.stdout).toBe('copied one\ncopied two\n');
  });

  it('samples memory and CPU time of the whole tree', async () => {
    const script =
      "node -e 'const b = Buffer.alloc(80e6, 1); const end = Date.now() + 700; while (Date.now() < end); console.log(b.length)'; true";
    const end = await world.bash(script, {
      command: { env: { PATH: `${join(process.execPath, '..')}:${process.env.PATH}` } },
    });
    expect(end.stdout).toBe('80000000\n');
    expect(end.peakMemory).toBeGreaterThan(80e6);
    expect(end.cpuMs).toBeGreaterThan(0);
  });

  it('runs 200 short commands 4 at a time, each with its own output', async () => {
    const outputs: string[] = [];
    let next = 0;
    const slot = async () => {
      for (let index = next++; index < 200; index = next++) outputs[index] = (await world.bash(`echo ${index}`)).stdout;
    };
    await Promise.all([slot(), slot(), slot(), slot()]);
    expect(outputs).toEqual(Array.from({ length: 200 }, (_, index) => `${index}\n`));
    expect(markedProcesses(world.mark)).toEqual([]);
  });
});

describe('what a command leaves behind', () => {
  const LEFTOVERS = {
    'a background process that holds the pipes': 'sleep 1000 &',
    'a background process in silence': 'sleep 1000 >/dev/null 2>&1 &',
    'a session of its own': 'setsid sleep 1000 &',
    'a double fork in a session of its own':
      '(setsid bash -c "sleep 1000 & sleep 1000 & exec sleep 1000" >/dev/null 2>&1 &)',
    'a session that waits for its shell to be gone before it forks again':
      '(setsid bash -c "while kill -0 $$; do :; done; sleep 1000 & sleep 1000" >/dev/null 2>&1 &)',
    'a job of an interactive shell, in its own group': 'set -m; sleep 1000 & set +m',
    'a stopped process':
      'bash -c "kill -STOP \\$\\$; sleep 1000" & until [ "$(cut -d" " -f3 /proc/$!/stat)" = T ]; do :; done',
  };

  for (const [what, script] of Object.entries(LEFTOVERS)) {
    it(`is ended with it: ${what}`, async () => {
      const end = await world.bash(`${script}\necho here`);
      expect(end).toMatchObject({ exitCode: 0, stdout: 'here\n' });
      expect(end.survivors).toBeUndefined();
      expect(markedProcesses(world.mark)).toEqual([]);
    });
  }

  it('is killed after the grace when it ignores SIGTERM', async () => {
    const script =
      '(trap "" TERM; setsid bash -c "while :; do sleep 0.05; done" & while :; do sleep 0.05; done) & echo here';
    const end = await world.bash(script, { command: { graceMs: 300 } });
    expect(end).toMatchObject({ exitCode: 0, stdout: 'here\n' });
    expect(markedProcesses(world.mark)).toEqual([]);
  });

  it('does not keep the end waiting when it has wiped its environment, left the group and holds the pipe', async () => {
    const end = await world.bash(
      'env -i setsid sleep 1000 & until [ "$(cut -d" " -f6 /proc/$!/stat)" = $! ]; do :; done; echo $!',
    );
    expect(end).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^\d+\n$/) });
    // The one kind of process that may escape, unless it was seen below its parent.
    if (isAlive(Number(end.stdout))) process.kill(Number(end.stdout), 'SIGKILL');
  });
});

describe('a refused start', () => {
  it('names the PATH that was searched for a program that is missing', async () => {
    const command = world.command(['no-such-program'], { env: { PATH: '/usr/bin:/bin' } });
    await expect(world.commands.run(command, { onOutput() {} })).rejects.toMatchObject({
      code: 'not-found',
      message: 'There is no program "no-such-program" in PATH (/usr/bin:/bin).',
    });
  });

  it('names the folder that is missing', async () => {
    await expect(world.bash('true', { command: { cwd: '/no/such/folder' } })).rejects.toMatchObject({
      message: 'The working directory /no/such/folder does not exist.',
    });
  });

  it('says that a file may not be executed', async () => {
    const file = join(folder(), 'plain');
    writeFileSync(file, 'echo hello');
    await expect(world.commands.run(world.command([file]), { onOutput() {} })).rejects.toMatchObject({
      code: 'file-system',
      message: expect.stringContaining(`${file} may not be executed`),
    });
  });

  it('says that the interpreter of a script is missing', async () => {
    const file = join(folder(), 'script');
    writeFileSync(file, '#!/no/such/interpreter\n', { mode: 0o755 });
    await expect(world.commands.run(world.command([file]), { onOutput() {} })).rejects.toMatchObject({
      message: expect.stringContaining('the interpreter named in its first line, /no/such/interpreter, does not exist'),
    });
  });

  it('says that a script has the line ends of Windows, and how to take them away', async () => {
    const file = join(folder(), 'script');
    writeFileSync(file, '#!/bin/sh\r\necho hello\r\n', { mode: 0o755 });
    await expect(world.commands.run(world.command([file]), { onOutput() {} })).rejects.toMatchObject({
      message: expect.stringContaining("its lines end as on Windows (CRLF), which no interpreter's name may: sed -i"),
    });
  });

  it('names the variable that is too large', async () => {
    const env = { PATH: '/usr/bin:/bin', BIG: 'x'.repeat(200_000) };
    await expect(world.bash('true', { command: { env } })).rejects.toMatchObject({
      code: 'invalid-value',
      message: expect.stringMatching(/argument or the environment is too large.*the largest is the variable BIG/),
    });
  });

  it('says that a NUL character cannot be passed', async () => {
    await expect(world.commands.run(world.command(['echo', 'a\0b']), { onOutput() {} })).rejects.toMatchObject({
      message: expect.stringContaining('NUL'),
    });
  });

  it('leaves the spawner fit for the next command', async () => {
    await expect(world.bash('true', { command: { cwd: '/no/such/folder' } })).rejects.toThrow();
    expect(await world.bash('echo still here')).toMatchObject({ stdout: 'still here\n' });
  });
});
