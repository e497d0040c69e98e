import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSourceName, UNKNOWN, wordsOfArguments, wordsOfScript } from '../../src/model/named-files.ts';

/** Paths as they would be looked for; those that are executed have a star. */
const named = (script: string) =>
  wordsOfScript(script)
    .filter(({ word, as }) => as === 'program' || isSourceName(word))
    .map(({ word, as }) => (as === 'program' ? `${word}*` : word));

describe('the files that a command names', () => {
  it.each([
    ['python train.py --config conf.yaml > log.yaml', ['train.py*', 'conf.yaml']],
    ['python -u ./ml/train.py --config=conf.yaml --output=out.yaml', ['./ml/train.py', 'conf.yaml']],
    ['./fetch.sh 2>&1 | tee log.txt', ['./fetch.sh*']],
    ['bash deploy && source lib.sh; . other', ['deploy*', 'lib.sh*', 'other*']],
    ['A=1 exec time python3.12 a.py', ['a.py*']],
    [
      'python -m pipeline.train x.py',
      ['pipeline/train.py', 'pipeline/train/__main__.py', 'pipeline/train/__init__.py', 'x.py'],
    ],
    ['python "my file.py" \'b c.sql\'', ['my file.py*', 'b c.sql']],
    ['psql -f query.sql -o result.sql', ['query.sql']],
    ['if test -e go; then python a.py; fi # python b.py', ['a.py*']],
    ['python \\\n  a.py \\\n  --x', ['a.py*']],
    ['cat < in.sql 2> err.sql >> out.sql', ['in.sql']],
    ['python $SCRIPT *.py "$DIR/a.py" ~/b.py', []],
    [`python ${UNKNOWN} a.py`, ['a.py']],
    ['(cd sub; make) & wait', []],
    ["python -c 'import a.py'", ['import a.py']],
    ['', []],
    ["echo 'never closed", []],
  ])('%j', (script, expected) => {
    expect(named(script)).toEqual(expected);
  });

  it('without a shell are its arguments as they stand', () => {
    expect(wordsOfArguments(['python', 'my $file.py', UNKNOWN, '--conf', 'a.toml'])).toEqual([
      { word: 'my $file.py', as: 'program' },
      { word: 'a.toml', as: 'argument' },
    ]);
  });

  it.each(['data.csv', 'model.pkl', 'out.json', 'log.txt', 'nb.ipynb', 'Makefile'])('%s is data, not code', (name) => {
    expect(isSourceName(name)).toBe(false);
  });

  it('are words of it, whatever is written there', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab./-=\'"\\$`<>|&;()# \n\0') }), (script) => {
        for (const { word } of wordsOfScript(script)) expect(word).not.toContain(UNKNOWN);
      }),
      { examples: [['\\\0/']] },
    );
  });
});
