import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { directProgram } from '../../../src/runner/shell/direct-program.ts';

let folder = '';
const PATH = process.env.PATH ?? '';

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'weir-direct-')));
  mkdirSync(join(folder, 'real'));
  symlinkSync('real', join(folder, 'link'));
  for (const [name, text] of Object.entries({
    bare: 'echo "$0 $1"\n',
    first: '#!/bin/sh\n',
    gone: '#!/nowhere/sh\n',
    empty: '',
  })) {
    writeFileSync(join(folder, 'real', name), text);
    chmodSync(join(folder, 'real', name), 0o755);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

const direct = (script: string, env: Record<string, string>, cwd = folder, secrets: readonly string[] = []) =>
  directProgram(script, {}, { env: { PATH, ...env }, cwd, secrets });

describe('a program that is started without a shell has the environment that bash would give it', () => {
  it.each<[string, string, () => Record<string, string>]>([
    ['nothing inherited', '', () => ({})],
    ['a shell around Weir', '', () => ({ SHLVL: '2', PWD: folder, OLDPWD: '/', _: '/usr/bin/weir' })],
    ['Weir started elsewhere', 'real', () => ({ SHLVL: '0', PWD: '/' })],
    ['a folder that is gone', 'real', () => ({ PWD: '/nowhere' })],
    ['no folder', 'real', () => ({ PWD: 'real' })],
    ['a link that was inherited', 'real', () => ({ PWD: join(folder, 'link') })],
    ['a link that was not', 'link', () => ({ PWD: '/' })],
    ['names that no shell has', '', () => ({ 'a-b': '1', 'x.y': 'z\nz' })],
  ])('%s', (_, below, given) => {
    const cwd = join(folder, below);
    const env = { PATH, ...given() };
    const found = direct('env -0', env, cwd);
    expect(found?.program.argv).toEqual(['env', '-0']);
    const sorted = (argv: readonly string[], all: Record<string, string>) =>
      spawnSync(argv[0] ?? '', argv.slice(1), { cwd, env: all, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
        .stdout.split('\0')
        .sort();
    const alone = sorted(found?.program.argv ?? [], { ...env, ...found?.env });
    expect(alone).toEqual(sorted(['bash', '-eo', 'pipefail', '-c', 'env -0'], env));
    expect(alone.length).toBeGreaterThan(3);
  });
});

describe('bash is given the script', () => {
  it('when the program is not there, or is nothing that the kernel runs by itself', () => {
    expect(direct('env', {})?.program.argv).toEqual(['env']);
    for (const script of ['no-such-program', './real/bare', './real/first', './real/gone', './real/empty', './real'])
      expect([script, direct(script, {})]).toEqual([script, null]);
  });

  it('when it looks the program up in its own way, or is not there', () => {
    for (const path of [`~/bin:${PATH}`, `:${PATH}`, `bin:${PATH}`, join(folder, 'real')])
      expect([path, direct('env', { PATH: path })]).toEqual([path, null]);
  });

  it('when a variable or a secret changes what it does', () => {
    expect(direct('env', { BASH_ENV: '/x' })).toBeNull();
    expect(direct('env', {}, folder, ['TOKEN'])).not.toBeNull();
    for (const name of ['PATH', 'BASH_ENV']) expect(direct('env', {}, folder, [name])).toBeNull();
  });
});
