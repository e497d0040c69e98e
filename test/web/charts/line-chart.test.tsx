/** Lines with axes, as HTML: what is drawn, what is said, what is left out. */
import { expect, test } from 'vitest';
import { BandChart } from '../../../src/web/charts/band-chart.tsx';
import { LineChart, type LineChartProps } from '../../../src/web/charts/line-chart.tsx';

const HOSTILE = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>&amp;`;
const points = (...values: number[]) => values.map((y, x) => ({ x, y, name: `run ${x + 1}`, href: `/runs/${x + 1}` }));
const chart = (props: Partial<LineChartProps> & { values?: number[] }) =>
  String(
    <LineChart
      id="data"
      title="rmse"
      series={[{ name: 'rmse', points: points(...(props.values ?? [3, 1, 2])) }]}
      axis={{ kind: 'order', names: ['1', '2', '3', '4'] }}
      {...props}
    />,
  );

test('says in words what it shows, names the best and the latest, and has every figure in a table', () => {
  const html = chart({ goal: 'min' });
  expect(html).toContain('aria-label="rmse: 3 points from 3 (run 1) to 2 (run 3), best 1 (run 2)"');
  expect(html).toContain('<i>latest 2</i>');
  expect(html).toMatch(/<text class="note"[^>]*>best 1<\/text>/);
  expect(html).toContain('<th scope="row"><a href="/runs/1">run 1</a></th><td class="n">3</td>');
  expect(chart({ goal: 'max' })).toContain('best 3 (run 1)');
  expect(chart({})).not.toContain('best');
});

test('the highest figure lies highest, and the line has whole numbers', () => {
  // 12% of room above and below: 3 lies at 97 of 1000, 1 at 903.
  expect(chart({})).toContain('d="M0 97L333 903L667 500"');
});

test('a run that failed is a cross on the axis', () => {
  const html = chart({ failures: [{ x: 3, name: 'run 4', href: '/runs/4' }] });
  expect(html.match(/class="x"/g)).toHaveLength(1);
  expect(html).toContain('1 failed');
  expect(html).toContain('<title>run 4: failed</title>');
});

test('several series differ by dash and mark, not by colour alone', () => {
  const series = ['a', 'b', 'c', 'd', 'too many'].map((name, index) => ({ name, points: points(index, index + 1) }));
  const html = chart({ series });
  const looks = [...html.matchAll(/<g class="s\d">.*?<\/g>/g)].map(([look]) =>
    look.replace(/ d="[^"]*"/g, '').replace(/class="s\d"/, ''),
  );
  expect(new Set(looks)).toHaveLength(4);
  expect(html).not.toContain('too many');
});

test('a bar to clear is a dashed stair, a single one a level line', () => {
  const gate = (values: number[]) => ({ name: 'to beat', points: points(...values) });
  expect(chart({ gate: gate([2, 2, 1]) })).toContain('<path class="gate" d="M0 500H333V500H667V903"');
  expect(chart({ gate: gate([2]) })).toContain('<path class="gate" d="M0 500h1000"');
});

test('a label stands only where it changes', () => {
  const labelled = points(1, 2, 3).map((point, index) => ({ ...point, label: index < 2 ? 'lr 0.1' : 'lr 0.3' }));
  const html = chart({ series: [{ name: 'rmse', points: labelled }] });
  expect(html.match(/>lr 0.1<\/text>/g)).toHaveLength(1);
  expect(html.match(/>lr 0.3<\/text>/g)).toHaveLength(1);
});

test('without a figure it says so; with one it is a dot without a line', () => {
  expect(chart({ values: [] })).toContain('No figure yet.');
  expect(chart({ values: [Number.NaN, Number.POSITIVE_INFINITY] })).toContain('No figure yet.');
  const one = chart({ values: [7], axis: { kind: 'order', names: ['1'] } });
  expect(one).toContain('aria-label="rmse: 7 (run 1)"');
  expect(one).toContain('d="M500 500h0"');
});

test('a thousand figures are one line without marks and without links over it', () => {
  const values = Array.from({ length: 1000 }, (_, index) => Math.sin(index / 30));
  const html = chart({ values, axis: { kind: 'order', names: values.map(String) } });
  expect(html).not.toContain('<circle');
  expect(html).toContain('Newest 100 of 1000');
  expect(html.length).toBeLessThan(30_000);
});

test('nothing in it is taken for HTML', () => {
  const hostile = points(1, 2).map((point) => ({ ...point, name: HOSTILE, label: HOSTILE }));
  const html = chart({
    title: HOSTILE,
    series: [{ name: HOSTILE, points: hostile }],
    gate: { name: HOSTILE, points: hostile },
    rings: { name: HOSTILE, at: new Set([0]) },
    axis: { kind: 'order', names: [HOSTILE, HOSTILE] },
  });
  expect(html).not.toContain('<script');
  expect(html).not.toContain('<img');
});

test('a band of durations begins at nought', () => {
  const html = String(
    <BandChart
      title="Duration"
      facts={['half took less than 2s']}
      label="durations"
      zone="UTC"
      dots={[]}
      points={[
        { x: 0, low: 2000, high: 4000 },
        { x: 1000, low: 2000, high: 4000 },
      ]}
    />,
  );
  expect(html).toContain('<path class="area" d="M0 91L1000 91L1000 545L0 545z"');
  expect(html).toContain('>2s</text>');
});
