/** What an evaluation's files and lines are taken for: a figure, or a reason to refuse it. */
import { describe, expect, test } from 'vitest';
import { toldFigure } from '../../src/model/told-figure.ts';

const told = (metrics: string, stdout = '') =>
  toldFigure({ metric: 'rmse', model: 'version 2 of "m"', metrics, stdout });

describe('the figure', () => {
  test.each([
    ['rmse=1.25\n', '', 1.25],
    [' rmse = 1.25 \nmae=3', '9', 1.25],
    ['{"rmse": 1.25, "mae": NaN}', '', 1.25],
    ['{"rmse": "1.25"}', '', 1.25],
    ['mae=3\n', '7\n0.5\ndone\n', 0.5],
    ['', '0.5', 0.5],
    ['', '-1e-3\n\n', -0.001],
    ['', '.5', 0.5],
    ['', 'epoch 1\n  2.50  \n', 2.5],
  ])('of %j and the output %j is %d', (metrics, stdout, figure) => {
    expect(told(metrics, stdout)).toBe(figure);
  });

  test.each([
    ['rmse=nan', '1', 'gave "nan" as rmse of version 2 of "m"; a finite number is needed'],
    ['rmse=high', '1', 'gave "high"'],
    ['rmse=', '1', 'gave ""'],
    ['rmse=0x10', '1', 'gave "0x10"'],
    ['{"rmse": NaN}', '1', 'gave "NaN"'],
    ['{"mae": 1, "rmse": -Infinity}', '1', 'gave "-Infinity"'],
    ['{"rmse": null}', '1', 'gave "null"'],
    ['{"rmse": 1', '1', 'begins with { but is no JSON object'],
    ['', '1\nnan', 'gave "nan"'],
    ['', '1\n-inf\nbye', 'gave "-inf"'],
    ['', '1e999', 'gave "1e999"'],
    ['', 'the error is 1.5', 'printed no line that is a number; its last is "the error is 1.5"'],
    ['', '', 'of version 2 of "m" printed nothing'],
  ])('of %j and the output %j is refused', (metrics, stdout, sentence) => {
    expect(() => told(metrics, stdout)).toThrow(sentence);
    expect(() => told(metrics, stdout)).toThrow(expect.objectContaining({ code: 'evaluation-failed' }));
  });
});
