import { type SpawnSyncOptions, spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { changesBash, simpleCommand } from '../../src/model/simple-command.ts';

vi.setConfig({ testTimeout: 120_000 });

const VALUES = { WEIR_VALUE_1: `it's "$(touch pwned)" \\ *\n`, WEIR_VALUE_2: '' };
const V1 = '"${WEIR_VALUE_1}"';

describe('a script is one plain program', () => {
  it.each<[string, readonly string[]]>([
    ['true', ['true']],
    ['  false \n\n', ['false']],
    [
      'python train.py --alpha 0.1 --out=a/b,c:d@e%f+g',
      ['python', 'train.py', '--alpha', '0.1', '--out=a/b,c:d@e%f+g'],
    ],
    ['./fetch.sh\t-x   y', ['./fetch.sh', '-x', 'y']],
    [`python train.py ${V1} "\${WEIR_VALUE_2}"`, ['python', 'train.py', VALUES.WEIR_VALUE_1, '']],
    [`dbt --x=${V1}z "a b \${WEIR_VALUE_1}c"`, ['dbt', `--x=${VALUES.WEIR_VALUE_1}z`, `a b ${VALUES.WEIR_VALUE_1}c`]],
    [`python -c 'print("a")\nprint($HOME)' "" ''`, ['python', '-c', 'print("a")\nprint($HOME)', '', '']],
    ['make x=1', ['make', 'x=1']],
  ])('%j', (script, argv) => expect(simpleCommand(script, VALUES)).toEqual(argv));
});

describe('bash has more to do than start a program', () => {
  it.each(
    [
      [
        '',
        ' \n',
        '# nothing',
        'a; b',
        'a && b',
        'a | b',
        'a &',
        'a\nb',
        'a > f',
        'a 2>&1',
        'a < f',
        '(a)',
        '{ a; }',
        '! a',
      ],
      [
        'x=1 a',
        'x=1',
        'a $x',
        'a "$x"',
        'a ${WEIR_VALUE_1}',
        'a "${HOME}"',
        'a "${WEIR_VALUE_1:-x}"',
        'a $(b)',
        'a `b`',
      ],
      [
        'a *',
        'a ?',
        'a [b]',
        'a {b,c}',
        'a ~',
        'a ~/b',
        'a \\b',
        'a "\\b"',
        "a $'b'",
        'a $"b"',
        'a #b',
        'a b\\\nc',
        'a !b',
      ],
      [
        'a "b',
        "a 'b",
        '"a"',
        "'a'",

        '"if" x',
        '%1',
        '-a',
        'a\rb',
        'a\u00a0b',
        '\u00a0a',
        '\ra',
        'a\r',
        'a é',
        'a\0',
      ],
      [
        'true --help',
        'false x',
        'echo a',
        'cd /',
        'exit 3',
        '. ./env.sh',
        'source x',
        'exec a',
        'test -f x',
        '[ -f x ]',
        ': a',
      ],
    ].flat(),
  )('%j', (script) => expect(simpleCommand(script, VALUES)).toBeNull());

  it('with any word that the bash of this machine does itself', () => {
    const { stdout } = spawnSync('bash', ['-c', 'compgen -bk'], { encoding: 'utf8' });
    const own = stdout.split('\n').filter((name) => name !== '' && name !== 'true' && name !== 'false');
    expect(own).toContain('printf');
    for (const name of own) expect([name, simpleCommand(`${name} x`, {})]).toEqual([name, null]);
  });
});

it('Whatever a script is, its program gets the arguments that bash would give it', () => {
  const pieces = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.constantFrom(' ', 'a', '-b=', '"c d"', "'e\"f'", V1, '"x${WEIR_VALUE_2}"', '.', '/', '\t'),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(...'\n"\'$`\\*?[]{}()<>|&;#~!=%^,:@+', '\r', '\u00a0', 'é', '${WEIR_VALUE_1}'),
    },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 2 }) },
  );
  let plain = 0;
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 8 }), (tail) => {
      const script = `/usr/bin/printf '%s\\n.' ${tail.join('')}`;
      const argv = simpleCommand(script, VALUES);
      if (argv === null) return;
      plain++;
      const env = { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', ...VALUES };
      const options: SpawnSyncOptions = { env, stdio: ['ignore', 'pipe', 'pipe'] };
      const told = spawnSync('bash', ['-eo', 'pipefail', '-c', script], options);
      const direct = spawnSync(argv[0] ?? '', argv.slice(1), options);
      expect([direct.status, direct.stdout, direct.stderr]).toEqual([told.status, told.stdout, told.stderr]);
      const words = argv.slice(2);
      expect(told.stdout.toString()).toBe(words.length === 0 ? '\n.' : words.map((word) => `${word}\n.`).join(''));
    }),
    { numRuns: 200 },
  );
  expect(plain).toBeGreaterThan(20);
});

it('Variables that bash obeys keep it from being passed over', () => {
  expect(changesBash({ PATH: '/bin', HOME: '/root', SHLVL: '3', SSH_CLIENT: '::1' })).toBe(false);
  const named = ['BASH_ENV', 'ENV', 'SHELLOPTS', 'BASHOPTS', 'POSIXLY_CORRECT', 'EXECIGNORE', 'BASH_FUNC_ls%%'];
  for (const name of named) expect([name, changesBash({ SHLVL: '1', [name]: 'x' })]).toEqual([name, true]);
  for (const SHLVL of ['x', '-1', '1005', '', '01']) expect([SHLVL, changesBash({ SHLVL })]).toEqual([SHLVL, true]);
  expect(changesBash({ SSH_CLIENT: '::1' })).toBe(true);
});
