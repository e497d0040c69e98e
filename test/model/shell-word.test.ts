import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { commandLine, shellWord } from '../../src/model/shell-word.ts';

test('words that mean nothing to a shell are left as they are', () => {
  expect(commandLine('weir', 'retry', 1043, '--from', 'train')).toBe('weir retry 1043 --from train');
});

test.each(['', 'two words', "it's", '$(rm -rf /)', '`x`', 'a\nb', '*', '~', '"', 'ü', "''", '\\', '#1', '!x', 'a;b'])(
  'a shell hands on %j as it is',
  (text) => {
    const out = execFileSync('/bin/sh', ['-c', `printf '%s|' ${shellWord(text)}`], { encoding: 'utf8' });
    expect(out).toBe(`${text}|`);
  },
);
