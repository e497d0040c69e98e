import { expect, it } from 'vitest';
import { loginAnswer, missingPrograms, shellOf, unstartablePath } from '../../src/model/missing-program.ts';

it.each([
  ['bash', 'bash: line 3: conda: command not found', ['conda']],
  ['bash in a pipe', 'bash: conda: command not found', ['conda']],
  ['bash in German', 'bash: Zeile 1: conda: Kommando nicht gefunden.', ['conda']],
  ['dash', 'sh: 1: conda: not found', ['conda']],
  ['zsh', 'zsh:1: command not found: conda', ['conda']],
  ['fish', 'fish: Unknown command: conda', ['conda']],
  ['env', "env: 'conda': No such file or directory", ['conda']],
  ['env in other quotes', 'env: ‘python3.12’: No such file or directory', ['python3.12']],
  ['a path, which no PATH would help', 'bash: line 1: ./conda: No such file or directory', []],
  ['a path of a folder', 'bash: line 1: /opt/conda: No such file or directory', []],
  ['nothing of it', 'all done', []],
])('the missing program is read from what %s says', (_, line, names) => {
  expect(missingPrograms(['before', line])).toEqual(names);
});

it('takes the last that was missing for the likeliest', () => {
  expect(missingPrograms(['sh: 1: first: not found', 'sh: 2: second: not found'])).toEqual(['second', 'first']);
});

it.each([
  ['cd', 'sh'],
  ['ulimit', 'sh'],
  ['wait', 'sh'],
  ['source', 'bash'],
  ['typeset', 'bash'],
  ['echo', null],
  ['conda', null],
  ['', null],
])('%s is a word of the language of %s', (name, shell) => {
  expect(shellOf(name)).toBe(shell);
});

it('takes nothing that a shell would understand for a name', () => {
  expect(missingPrograms(['bash: line 1: $(touch x): command not found', "sh: 1: a'b: not found"])).toEqual([]);
});

it("reads a login shell's answer among whatever its start-up files print", () => {
  const path = '/a/bin:/b/bin';
  expect(loginAnswer('conda', `Welcome!\n/a/bin/conda\n\nweir-path=${path}\n`)).toEqual({
    path: ['/a/bin', '/b/bin'],
    isFunction: false,
  });
  expect(loginAnswer('conda', `conda\n\nweir-path=${path}\n`)?.isFunction).toBe(true);
  expect(loginAnswer('conda', `alias conda='mamba'\n\nweir-path=${path}\n`)?.isFunction).toBe(true);
  expect(loginAnswer('conda', 'no such option: -l')).toBeNull();
});

it.each([
  ['bash', 'bash: line 1: ./train.sh: Permission denied', './train.sh'],
  ['bash 5.2', 'bash: line 1: ./train.sh: cannot execute: required file not found', './train.sh'],
  ['bash before', 'bash: ./my train.sh: /bin/sh^M: bad interpreter: No such file or directory', './my train.sh'],
  ['dash', 'sh: 1: bin/train: not found', 'bin/train'],
  ['zsh', 'zsh:1: permission denied: ./train.sh', null],
  ['a program that is in no folder', 'bash: line 1: train: command not found', null],
  ['a line of a script', './train.sh: line 3: conda: command not found', null],
])('the file that could not be started is read from what %s says', (_, line, path) => {
  expect(unstartablePath(['before', line])).toBe(path);
});
