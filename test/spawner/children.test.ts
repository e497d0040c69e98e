import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Command } from '../../src/model/command.ts';
import { Children } from '../../src/spawner/children.ts';
import { loadPosix } from '../../src/spawner/posix.ts';

const PATH = process.env.PATH ?? '';
const children = new Children(loadPosix());
let folder = '';

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'weir-children-')));
  writeFileSync(join(folder, 'no-first-line'), 'echo "$0"\n', { mode: 0o755 });
  writeFileSync(join(folder, 'gone-interpreter'), '#!/nowhere/sh\n', { mode: 0o755 });
  writeFileSync(join(folder, 'no-program'), 'text', { mode: 0o644 });
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Ended {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly out: string;
  readonly err: string;
}

/** null: it is left to Node. */
function run(argv: readonly string[], env: Record<string, string> = { PATH }, cwd = folder): Promise<Ended> | null {
  const command: Command = { argv, cwd, env, stderr: 'separate', graceMs: 0 };
  const files = ['out', 'err'].map((name) => join(folder, `${name}-${Math.random()}`));
  const [out = -1, err = -1] = files.map((file) => openSync(file, 'w'));
  const told = Promise.withResolvers<Ended>();
  const pid = children.start(command, env, out, err, (exitCode, signal) => {
    const [stdout = '', stderr = ''] = files.map((file) => readFileSync(file, 'utf8'));
    told.resolve({ exitCode, signal, out: stdout, err: stderr });
  });
  for (const fd of [out, err]) closeSync(fd);
  return pid === null ? null : told.promise;
}

/** The same by Node, in a session of its own. */
function runByNode(argv: readonly string[], env: Record<string, string>): Promise<string> {
  const child = spawn(argv[0] ?? '', argv.slice(1), {
    cwd: folder,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  return new Promise((resolve) => child.once('close', () => resolve(out)));
}

describe.skipIf(process.platform !== 'linux')('a program that is started without a copy of the spawner', () => {
  it('is possible on this machine', () => expect(loadPosix()).not.toBeNull());

  it('gets arguments, environment and folder byte for byte', async () => {
    const env = { PATH, EMPTY: '', 'odd.name': 'a=b\n', TEXT: 'é\u{1f600}' };
    const words = ['', ' ', '"\'$x`*', 'é\u{1f600}\n', 'x'.repeat(100_000)];
    const echoed = await run(['printf', '[%s]', ...words], env);
    expect(echoed).toEqual({ exitCode: 0, signal: null, out: words.map((word) => `[${word}]`).join(''), err: '' });
    expect((await run(['env', '-0'], env))?.out).toBe(await runByNode(['env', '-0'], env));
    expect((await run(['pwd', '-P']))?.out).toBe(`${folder}\n`);
  });

  it('begins as one that Node started: its own session, no input, no signal blocked or ignored', async () => {
    const script = 'grep -E "^Sig(Blk|Ign)" /proc/self/status; readlink /proc/self/fd/0; ls /proc/self/fd | wc -l';
    const told = await run(['sh', '-c', `${script}; [ "$(cut -d" " -f6 /proc/$$/stat)" = $$ ] && echo leads`]);
    expect(told?.out).toBe(await runByNode(['sh', '-c', `${script}; echo leads`], { PATH }));
    expect(told?.out).toContain('/dev/null');
  });

  it('tells its exit code, or the signal that ended it', async () => {
    expect(await run(['sh', '-c', 'echo no >&2; exit 137'])).toMatchObject({
      exitCode: 137,
      signal: null,
      err: 'no\n',
    });
    for (const signal of ['SIGKILL', 'SIGSEGV', 'SIGABRT', 'SIGPIPE', 'SIGTERM'])
      expect(await run(['sh', '-c', `kill -${signal.slice(3)} $$`])).toMatchObject({ exitCode: null, signal });
  });

  it('is told of, however many end at once', async () => {
    const codes = await Promise.all(Array.from({ length: 100 }, (_, n) => run(['sh', '-c', `exit ${n}`])));
    expect(codes.map((end) => end?.exitCode)).toEqual(Array.from({ length: 100 }, (_, n) => n));
  });
});

it('What Node explains better, or does in its own way, is left to it', () => {
  const cases: [string, Promise<Ended> | null][] = [
    ['no program', run([])],
    ['an empty name', run([''])],
    ['missing', run(['no-such-program'])],
    ['missing, by path', run(['./no-such-program'])],
    ['a folder', run([folder])],
    ['not executable', run(['./no-program'])],
    ['without a first line', run(['./no-first-line'])],
    ['interpreter gone', run(['./gone-interpreter'])],
    ['folder gone', run(['true'], { PATH }, join(folder, 'gone'))],
    ['no PATH', run(['true'], {})],
    ['a PATH that counts from the folder', run(['true'], { PATH: `.:${PATH}` })],
    ['a zero in an argument', run(['printf', 'a\0b'])],
    ['a zero in a variable', run(['true'], { PATH, A: 'a\0b' })],
    ['too much', run(['true', 'x'.repeat(200_000)])],
  ];
  expect(cases.filter(([, started]) => started !== null).map(([name]) => name)).toEqual([]);
});
