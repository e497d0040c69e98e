/** The pure parts of the template weekly-retrain. That its flow runs is shown by the demo. */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { type Chart, lineChart } from '../../src/templates/weekly-retrain/chart.ts';
import { checkDays, type Day, knownBy, LAST_WEEK, parseDays } from '../../src/templates/weekly-retrain/data.ts';
import { buildFeatures, holdOut, type Row, type Table } from '../../src/templates/weekly-retrain/features.ts';
import { fitForest, predictForest } from '../../src/templates/weekly-retrain/forest.ts';
import {
  candidateSpecs,
  fitModel,
  type Model,
  nameOf,
  predict,
  rmse,
} from '../../src/templates/weekly-retrain/regressors.ts';
import {
  type Comparison,
  type Outcome,
  summaryText,
  weekChart,
  weeksOf,
} from '../../src/templates/weekly-retrain/report.ts';
import { fitRidge, predictRidge } from '../../src/templates/weekly-retrain/ridge.ts';

const csv = await readFile(
  new URL('../../src/templates/weekly-retrain/data/seattle-weather.csv', import.meta.url),
  'utf8',
);
const allDays = parseDays(csv);

/** The first days of the data, with one of them changed. */
function daysWith(at: number, change: Partial<Day>): Day[] {
  return allDays.slice(0, 10).map((day, i) => (i === at ? { ...day, ...change } : day));
}

/** A table of rows `x, f(x)` with two features on a grid. */
function tableOf(f: (a: number, b: number) => number): Table {
  const rows = Array.from({ length: 400 }, (_, i): Row => {
    const x: [number, number] = [(i % 20) - 10, Math.floor(i / 20) / 10];
    return { date: String(i), x, today: 0, y: f(...x) };
  });
  return { features: ['a', 'b'], rows };
}

function error(forecasts: number[], table: Table): number {
  return Math.sqrt(forecasts.reduce((sum, f, i) => sum + (f - (table.rows[i]?.y ?? NaN)) ** 2, 0) / forecasts.length);
}

describe('the data', () => {
  it('is complete and plausible as shipped', () => {
    expect(checkDays(allDays)).toEqual({
      days: 1461,
      from: '2012-01-01',
      to: '2015-12-31',
      coldest: -7.1,
      warmest: 35.6,
      wettest: 55.9,
    });
  });

  it('grows by seven days a week, from two years to all there is', () => {
    expect(knownBy(1, allDays)).toHaveLength(735);
    expect(knownBy(2, allDays)).toHaveLength(742);
    expect(knownBy(LAST_WEEK, allDays)).toHaveLength(1456);
    expect(1461 - 1456).toBeLessThan(7);
  });

  it('finds its columns by name and refuses a cell that is empty or no number', () => {
    const head = 'wind,date,temp_min,temp_max,precipitation';
    expect(parseDays(`${head}\r\n1,2012-01-01,2,3,4\r\n`)).toEqual([
      { date: '2012-01-01', precipitation: 4, tempMax: 3, tempMin: 2, wind: 1 },
    ]);
    expect(() => parseDays(`${head}\n1,2012-01-01,2,,4`)).toThrow('line 2: temp_max is "", not a number');
    expect(() => parseDays(`${head}\n1,2012-01-01,2,NaN,4`)).toThrow('line 2: temp_max is "NaN", not a number');
    expect(() => parseDays('date,wind\n2012-01-01,1')).toThrow('line 2: precipitation is "", not a number');
  });

  it.each([
    ['a missing day', allDays.slice(0, 10).toSpliced(4, 1), '2012-01-05 is missing (the next one is 2012-01-06)'],
    ['a day that is there twice', daysWith(4, { date: '2012-01-04' }), '2012-01-04 is there twice or out of order'],
    ['a night warmer than its day', daysWith(4, { tempMin: 20 }), '2012-01-05: temp_min 20 is above temp_max'],
    ['an impossible temperature', daysWith(4, { tempMax: 999 }), 'no weather of Seattle'],
    ['negative rain', daysWith(4, { precipitation: -1 }), '2012-01-05: precipitation is -1, below zero'],
    ['a value that is no number', daysWith(4, { wind: NaN }), '2012-01-05: a value is not a number'],
    ['no data at all', [], 'The data is empty.'],
  ])('is refused for %s', (_what, days, message) => {
    expect(() => checkDays(days)).toThrow(message);
  });

  it('is refused with at most five faults spelt out', () => {
    const days = allDays.slice(0, 10).map((day) => ({ ...day, precipitation: -1 }));
    expect(() => checkDays(days)).toThrow(/below zero\n {2}and 5 more$/);
  });
});

describe('the features', () => {
  const days = allDays.slice(0, 120);
  const table = buildFeatures(days);

  it('have one row for each day that has a month behind it and a tomorrow', () => {
    expect(table.rows).toHaveLength(120 - 30);
    expect(table.rows[0]?.date).toBe('2012-01-30');
    expect(table.rows.every((row) => row.x.length === table.features.length && row.x.every(Number.isFinite))).toBe(
      true,
    );
    expect(table.rows[0]?.y).toBe(days[30]?.tempMax);
    expect(table.rows[0]?.today).toBe(days[29]?.tempMax);
  });

  it('never look at the day to be forecast or later', () => {
    const today = 60;
    const nonsense = { precipitation: 500, tempMax: 50, tempMin: -40, wind: 99 };
    const changed = buildFeatures(days.map((day, i) => (i > today ? { ...day, ...nonsense } : day)));
    const until = table.rows.findIndex((row) => row.date === days[today]?.date) + 1;
    expect(until).toBeGreaterThan(0);
    expect(changed.rows.slice(0, until).map((row) => row.x)).toEqual(table.rows.slice(0, until).map((row) => row.x));
    expect(changed.rows[until - 1]?.y).toBe(50); // the target does, and nothing else
  });

  it('are the same whether or not later days are known', () => {
    const fewer = buildFeatures(days.slice(0, 100));
    expect(fewer.rows).toEqual(table.rows.slice(0, fewer.rows.length));
  });

  it('are split by time: everything to learn from is known before the first held-out target', () => {
    const { train, heldOut } = holdOut(table, 8);
    expect(heldOut.rows).toHaveLength(56);
    expect(train.rows.length + heldOut.rows.length).toBe(table.rows.length);
    expect((train.rows.at(-1) as Row).date < (heldOut.rows[0] as Row).date).toBe(true);
    expect(() => holdOut(table, 50)).toThrow('too few to hold out 50 weeks');
  });
});

describe('ridge regression', () => {
  it('recovers a linear function when the penalty is small', () => {
    const model = fitRidge(
      tableOf((a, b) => 3 + 2 * a - 5 * b),
      1e-6,
    );
    expect(model.intercept).toBeCloseTo(3, 4);
    expect(model.weights[0]).toBeCloseTo(2, 4);
    expect(model.weights[1]).toBeCloseTo(-5, 4);
    expect(predictRidge(model, [1, 1])).toBeCloseTo(0, 4);
  });

  it('ends at the mean when the penalty is large', () => {
    const table = tableOf((a, b) => 3 + 2 * a - 5 * b);
    const model = fitRidge(table, 1e12);
    expect(predictRidge(model, [9, 1])).toBeCloseTo(table.rows.reduce((sum, row) => sum + row.y, 0) / 400, 4);
  });

  it('bears a constant feature, and one that is there twice', () => {
    const { rows } = tableOf((a) => a);
    const table = { features: ['a', 'a again', 'one'], rows: rows.map((row) => ({ ...row, x: [row.y, row.y, 1] })) };
    expect(predictRidge(fitRidge(table, 0.01), [4, 4, 1])).toBeCloseTo(4, 3);
  });
});

describe('the forest', () => {
  const options = { trees: 20, depth: 5, leaf: 3, seed: 7 };
  const step = tableOf((a, b) => (a > 2 && b > 0.5 ? 10 : -10));

  it('beats the mean on a step function by far', () => {
    const forest = fitForest(step, options);
    const forecasts = step.rows.map((row) => predictForest(forest, row.x));
    const mean = step.rows.reduce((sum, row) => sum + row.y, 0) / step.rows.length;
    expect(error(forecasts, step)).toBeLessThan(
      error(
        step.rows.map(() => mean),
        step,
      ) / 3,
    );
  });

  it('is the same for the same seed and another for another', () => {
    const table = tableOf((a, b) => Math.sin(a) + b);
    expect(fitForest(table, options)).toEqual(fitForest(table, options));
    expect(fitForest(table, options)).not.toEqual(fitForest(table, { ...options, seed: 8 }));
  });

  it('tells how many trees have grown', () => {
    const told: number[] = [];
    fitForest(step, { ...options, trees: 3 }, (done) => told.push(done));
    expect(told).toEqual([1, 2, 3]);
  });
});

describe('a model', () => {
  const { train, heldOut } = holdOut(buildFeatures(allDays.slice(0, 300)), 8);

  it.each(candidateSpecs([10]).map((spec) => [nameOf(spec), spec] as const))(
    '"%s" is plain data: it forecasts the same after a round trip through JSON',
    (_name, spec) => {
      const model = fitModel(spec, train);
      const stored: Model = JSON.parse(JSON.stringify(model));
      expect(stored).toEqual(model);
      expect(predict(stored, heldOut)).toEqual(predict(model, heldOut));
    },
  );

  it('still works after a feature was added before its own, and says which one it misses', () => {
    const model = fitModel({ kind: 'ridge', penalty: 1 }, train);
    const { features, rows } = heldOut;
    const wider = { features: ['new', ...features], rows: rows.map((row) => ({ ...row, x: [0, ...row.x] })) };
    const narrower = { features: features.slice(1), rows: rows.map((row) => ({ ...row, x: row.x.slice(1) })) };
    expect(rmse(model, wider)).toBe(rmse(model, heldOut));
    expect(() => rmse(model, narrower)).toThrow('The model needs max, which features.ts does not build.');
  });

  it('of the naive kind says that tomorrow is like today', () => {
    expect(predict(fitModel({ kind: 'same-as-today' }, train), heldOut)).toEqual(heldOut.rows.map((row) => row.today));
  });
});

describe('the chart', () => {
  const chart: Chart = {
    title: 'R&D <script>alert("1")</script>',
    xLabel: 'x',
    yLabel: "y'",
    series: [
      {
        name: 'a < b',
        color: 'red" onload="alert(1)',
        points: [
          { x: 1, y: 2, filled: true },
          { x: 2, y: 2.5 },
        ],
      },
    ],
  };

  it('is well-formed SVG in which text stays text', () => {
    const svg = lineChart(chart);
    expect(unclosed(svg)).toEqual([]);
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" /);
    expect(svg).not.toContain('<script');
    expect(svg).not.toContain('onload="');
    expect(svg).toContain('R&#38;D &#60;script&#62;');
    expect(svg.match(/<circle /g)).toHaveLength(2);
  });

  it.each([
    ['no point', []],
    ['one point', [{ x: 1, y: 2 }]],
    [
      'equal values',
      [
        { x: 1, y: 2 },
        { x: 2, y: 2 },
      ],
    ],
    ['104 weeks', Array.from({ length: 104 }, (_, i) => ({ x: i + 1, y: 2 + Math.sin(i) }))],
  ])('can be drawn for %s', (_what, points) => {
    const svg = lineChart({ ...chart, series: [{ name: 'a', color: 'red', points }] });
    expect(unclosed(svg)).toEqual([]);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });
});

describe('26 weeks', () => {
  const outcomes: Outcome[] = [];
  const naive: number[] = [];
  const decisions: Comparison[] = [];
  const versions: { version: number; tags: Record<string, string> }[] = [];
  let summary = '';

  // What flow.ts does, without Weir.
  let production: { version: number; model: Model } | null = null;
  for (let week = 1; week <= 26; week++) {
    const days = knownBy(week, allDays);
    const report = checkDays(days);
    const { train, heldOut } = holdOut(buildFeatures(days), 8);
    const candidates = candidateSpecs([1, 10, 100, 1000]).map((spec) => {
      const model = fitModel(spec, train);
      return { name: nameOf(spec), spec, model, rmse: rmse(model, heldOut) };
    });
    const best = candidates.reduce((a, b) => (b.rmse < a.rmse ? b : a));
    const former: Outcome['production'] = production && {
      version: production.version,
      rmse: rmse(production.model, heldOut),
    };
    const promoted: boolean = former === null || best.rmse < former.rmse - 0.01;
    if (promoted) production = { version: week, model: best.model };
    const outcome = { week, rows: days.length, best, production: former, promoted, version: week };
    outcomes.push(outcome);
    naive.push(candidates[0]?.rmse ?? NaN);
    versions.push({ version: week, tags: { week: String(week) } });
    decisions.push({ candidate: week, candidateValue: best.rmse, productionValue: former?.rmse ?? null, promoted });
    summary = summaryText(outcome, report, candidates, 'no better by 0.01');
  }

  it('promote in some and keep in others', () => {
    const promoted = outcomes.filter((outcome) => outcome.promoted);
    expect(outcomes[0]?.promoted).toBe(true);
    expect(promoted.length).toBeGreaterThan(1);
    expect(promoted.length).toBeLessThan(26);
  });

  it('have a best candidate that beats "tomorrow is like today" each time', () => {
    expect(outcomes.every((outcome, i) => outcome.best.rmse < (naive[i] as number))).toBe(true);
    const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(outcomes.map((outcome) => outcome.best.rmse))).toBeLessThan(0.93 * mean(naive));
  });

  it('stand in the chart once each, in order, also when one is run again', () => {
    const again = [...versions, { version: 27, tags: { week: '3' } }, { version: 28, tags: {} }];
    const more = [
      { candidate: 27, candidateValue: 1, productionValue: 2, promoted: true },
      { candidate: 28, candidateValue: 9, productionValue: 2, promoted: false },
    ];
    const weeks = weeksOf(again, [...decisions, ...more]);
    expect(weeks.map((week) => week.week)).toEqual(Array.from({ length: 26 }, (_, i) => i + 1));
    expect(weeks[2]).toEqual({ week: 3, candidate: 1, production: 2, promoted: true });
  });

  it('are drawn as a candidate for each week and the production model from the second on', () => {
    const svg = lineChart(weekChart(weeksOf(versions, decisions)));
    expect(svg.match(/<circle /g)).toHaveLength(26 + 25);
    expect(unclosed(svg)).toEqual([]);
  });

  it('end with a summary that names both figures and the decision', () => {
    expect(summary).toContain('### Week 26: version');
    expect(summary).toContain('stays in Production');
    expect(summary).toContain('RMSE 2.539 °C on the held-out weeks');
    expect(summary).toContain('910 days, 2012-01-01 to 2014-06-28');
  });
});

/** Names of the elements of an XML text that are not closed, or closed in the wrong order; and bare ampersands. */
function unclosed(xml: string): string[] {
  const open: string[] = [];
  for (const [, end, name, rest] of xml.matchAll(/<(\/?)([a-z]+)((?:\s+[a-zA-Z0-9-]+="[^"<]*")*\/?)>/g)) {
    if (end === '/') {
      if (open.pop() !== name) return [`</${name}>`];
    } else if (!rest?.endsWith('/')) open.push(name as string);
  }
  const text = xml.replace(/<\/?[a-z]+(?:\s+[a-zA-Z0-9-]+="[^"<]*")*\s*\/?>/g, '');
  return [...open, ...(text.match(/<|>|&(?!#\d+;)/g) ?? [])];
}
