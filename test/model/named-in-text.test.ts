import { expect, it } from 'vitest';
import { filesNamedIn } from '../../src/model/named-in-text.ts';

const namesIn = (path: string, text: string) => filesNamedIn(path, text).map((each) => each.path);

it.each([
  ['flow.yaml', 'tasks:\n  a: { run: python train.py --config conf/a.toml > log.txt }', ['train.py', 'conf/a.toml']],
  ['flow.yaml', 'run: ./report && bash scripts/send.sh, then', ['./report', 'scripts/send.sh']],
  ['flow.ts', 'sh`Rscript ${\'plot.R\'} "sql/week.sql"`', ['plot.R', 'sql/week.sql']],
  ['run.sh', '. ./lib.sh\npython -m pipeline.train', ['./lib.sh', 'pipeline/train.py', 'pipeline/__init__.py']],
  ['flow.yaml', 'see https://example.org/a/b and 1.5 of 3', []],
])('a text of %s names the sources in %j', (path, text, names) => {
  expect(namesIn(path, text)).toEqual(expect.arrayContaining(names));
  if (names.length === 0) expect(namesIn(path, text)).toEqual([]);
});

it('Python imports its modules, those of packages and those beside it', () => {
  const text = `
import os, features as f
from pipeline.steps import clean, (
from . import near
from ..shared import (
  one,
  two,
)
    import inner  # in a function
`;
  expect(namesIn('train.py', text)).toEqual(
    expect.arrayContaining([
      'features.py',
      'pipeline/steps.py',
      'pipeline/__init__.py',
      'pipeline/steps/clean.py',
      'near.py',
      '../shared.py',
      '../shared/one.py',
      '../shared/two.py',
      'inner.py',
    ]),
  );
  expect(namesIn('train.sh', text)).not.toContain('features.py');
});

it('a program without an ending counts only as one', () => {
  expect(filesNamedIn('flow.yaml', './report')).toEqual([{ path: './report', isProgram: true }]);
  expect(filesNamedIn('flow.yaml', './report.sh')).toEqual([{ path: './report.sh', isProgram: false }]);
});
