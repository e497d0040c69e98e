import { describe, expect, it } from 'vitest';
import { parseEnvFile } from '../../src/model/env-file.ts';

const read = (text: string) => Object.fromEntries(parseEnvFile(text).variables);

describe('a file of variables', () => {
  it.each([
    ['A=1\nB=two words\n', { A: '1', B: 'two words' }],
    ['\uFEFFA=1\r\nB=2\r\n', { A: '1', B: '2' }],
    ['# comment\n\n  export A = 1  # why\nB=#none\nC=a#b', { A: '1', B: '', C: 'a#b' }],
    [
      'A=\'x # $HOME \\n\'\nB="a\\n\\"b\\" \\$HOME $HOME \\d" # end\nC=`it\'s`',
      { A: 'x # $HOME \\n', B: 'a\n"b" $HOME $HOME \\d', C: "it's" },
    ],
    ['KEY="-----BEGIN\nabc=\n-----END"\nNEXT=1', { KEY: '-----BEGIN\nabc=\n-----END', NEXT: '1' }],
    ['URL=postgres://a:b@c/d?x=y&z', { URL: 'postgres://a:b@c/d?x=y&z' }],
    ['A=1\nA=2', { A: '2' }],
    ['A=$(touch pwned)`touch pwned`', { A: '$(touch pwned)`touch pwned`' }],
    ['EMPTY=\nQUOTED=""', { EMPTY: '', QUOTED: '' }],
    ['__proto__=x', Object.fromEntries([['__proto__', 'x']])],
    ['', {}],
  ])('%j is read as it stands', (text, expected) => {
    expect(read(text)).toEqual(expected);
    expect(parseEnvFile(text).faults).toEqual([]);
  });

  it('that has lines which cannot be read tells each with its number, and never its value', () => {
    const text = 'A=1\nexport TOKEN\nKEY="two\nlines"\n1X=s3cret\nB=\'s3cret\nC="x" s3cret\nD=4';
    const { variables, faults } = parseEnvFile(text);
    expect(Object.fromEntries(variables)).toEqual({ A: '1', KEY: 'two\nlines', D: '4' });
    expect(faults.map(({ line }) => line)).toEqual([2, 5, 6, 7]);
    expect(faults.map(({ sentence }) => sentence).join('\n')).not.toContain('s3cret');
    expect(faults[0]?.sentence).toContain('no "="');
    expect(faults[2]?.sentence).toContain("begins with '");
  });
});
