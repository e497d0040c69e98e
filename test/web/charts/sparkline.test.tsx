/** Small lines beside a figure. */
import { expect, test } from 'vitest';
import { Sparkline, sparkPath } from '../../../src/web/charts/sparkline.tsx';

test.each<[string, (number | null)[], string, { x: number; y: number } | null]>([
  ['nothing draws nothing', [], '', null],
  ['one value is a dot in the middle', [7], '', { x: 60, y: 12 }],
  ['the lowest lies at the bottom, the highest at the top', [1, 3, 2], 'M3 21L60 3L117 12', { x: 117, y: 12 }],
  ['equal values are a level line', [5, 5], 'M3 12L117 12', { x: 117, y: 12 }],
  ['a missing value leaves a gap', [0, 1, null, 1, 0], 'M3 21L32 3M89 3L117 21', { x: 117, y: 21 }],
  ['the largest numbers there are still make a line', [-1.7e308, 1.7e308], 'M3 21L117 3', { x: 117, y: 3 }],
  ['what is no number is a gap', [Number.NaN, 2, Number.POSITIVE_INFINITY], '', { x: 60, y: 12 }],
])('%s', (_, values, d, end) => {
  expect(sparkPath(values)).toEqual({ d, end });
});

test('of a thousand values the newest sixty are drawn, with whole numbers', () => {
  const { d } = sparkPath(Array.from({ length: 1000 }, (_, index) => Math.sin(index)));
  expect(d.match(/[ML]/g)).toHaveLength(60);
  expect(d).not.toContain('.');
});

test('says in words what it shows', () => {
  const svg = String(<Sparkline values={[1, 2]} label={'rmse <of> "ridge"'} />);
  expect(svg).toContain('role="img" aria-label="rmse &lt;of&gt; &quot;ridge&quot;"');
});
