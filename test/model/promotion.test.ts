import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Comparison, judge } from '../../src/model/promotion.ts';

const RMSE = { metric: 'rmse', goal: 'min', margin: 0.01, minimum: null } as const;
const ACCURACY = { metric: 'accuracy', goal: 'max', margin: 0, minimum: null } as const;

function compare(rule: Comparison['rule'], candidateValue: number, productionValue: number | null) {
  return judge({ rule, candidateValue, production: productionValue === null ? null : 3, productionValue });
}

describe('A candidate takes the place of production when it is better by at least the margin', () => {
  test.each([
    [RMSE, 2.31, 2.4, true, 'rmse 2.31 is better than 2.40 of version 3 by 0.09, margin 0.01'],
    [RMSE, 2.39, 2.4, true, 'rmse 2.39 is better than 2.40 of version 3 by 0.01, margin 0.01'],
    [RMSE, 2.395, 2.4, false, 'rmse 2.395 is better than 2.400 of version 3 by only 0.005, margin 0.01'],
    [RMSE, 2.4, 2.4, false, 'rmse 2.4 is the same as that of version 3'],
    [RMSE, 2.5, 2.4, false, 'rmse 2.5 is worse than 2.4 of version 3 by 0.1'],
    [RMSE, -1, 1, true, 'rmse -1 is better than 1 of version 3 by 2, margin 0.01'],
    [ACCURACY, 0.91, 0.9, true, 'accuracy 0.91 is better than 0.90 of version 3 by 0.01'],
    [ACCURACY, 0.9, 0.9, false, 'accuracy 0.9 is the same as that of version 3'],
    [ACCURACY, 0.9, 0.91, false, 'accuracy 0.90 is worse than 0.91 of version 3 by 0.01'],
    [{ ...ACCURACY, margin: 0.1 }, 0.4, 0.3, true, 'accuracy 0.4 is better than 0.3 of version 3 by 0.1, margin 0.1'],
    [
      { ...RMSE, margin: 0 },
      1.000000001,
      1.0000000012,
      true,
      'rmse 1.0000000010 is better than 1.0000000012 of version 3 by 2e-10',
    ],
    [{ ...RMSE, margin: 1e-300 }, 2.4, 2.4, false, 'rmse 2.4 is the same as that of version 3'],
    [{ ...RMSE, margin: 1e-300 }, 2.5, 2.4, false, 'rmse 2.5 is worse than 2.4 of version 3 by 0.1'],
  ] as const)('%j: %d against %d', (rule, candidate, production, promoted, reason) => {
    expect(compare(rule, candidate, production)).toEqual({ promoted, reason });
  });

  test('a gain that is short of the margin only by the rounding of binary figures counts, one that is really short does not', () => {
    expect(2.4 - 2.39).toBeLessThan(0.01);
    expect(compare(RMSE, 2.39, 2.4).promoted).toBe(true);
    expect(compare(RMSE, 2.390000001, 2.4)).toEqual({
      promoted: false,
      reason: 'rmse 2.39 is better than 2.40 of version 3 by only 0.009999999, margin 0.01',
    });
  });
});

describe('A minimum is asked of every candidate, the first one too', () => {
  test.each([
    [
      'the first version is promoted without one',
      RMSE,
      9,
      null,
      true,
      'rmse 9, and no version is in Production to compare with',
    ],
    [
      'lower is better: at most the minimum',
      { ...RMSE, minimum: 3 },
      3,
      null,
      true,
      'rmse 3 meets the minimum 3, and no version is in Production to compare with',
    ],
    [
      'lower is better: above it',
      { ...RMSE, minimum: 3 },
      3.25,
      null,
      false,
      'rmse 3.25 does not meet the minimum 3.00 (lower is better)',
    ],
    [
      'higher is better: at least the minimum',
      { ...ACCURACY, minimum: 0.8 },
      0.8,
      null,
      true,
      'accuracy 0.8 meets the minimum 0.8, and no version is in Production to compare with',
    ],
    [
      'higher is better: below it',
      { ...ACCURACY, minimum: 0.8 },
      0.79,
      null,
      false,
      'accuracy 0.79 does not meet the minimum 0.80 (higher is better)',
    ],
    [
      'better than production does not make up for it',
      { ...RMSE, minimum: 1 },
      2,
      3,
      false,
      'rmse 2 does not meet the minimum 1 (lower is better)',
    ],
    [
      'meeting it does not make up for being worse',
      { ...RMSE, minimum: 5 },
      4,
      3,
      false,
      'rmse 4 is worse than 3 of version 3 by 1',
    ],
  ] as const)('%s', (_, rule, candidate, production, promoted, reason) => {
    expect(compare(rule, candidate, production)).toEqual({ promoted, reason });
  });
});

describe('What is no finite number is refused by name', () => {
  test.each([
    [
      { rule: RMSE, candidateValue: NaN, production: 3, productionValue: 2 },
      'rmse of the candidate is NaN, not a finite number',
    ],
    [
      { rule: RMSE, candidateValue: NaN, production: null, productionValue: null },
      'rmse of the candidate is NaN, not a finite number',
    ],
    [
      { rule: RMSE, candidateValue: -Infinity, production: 3, productionValue: 2 },
      'rmse of the candidate is -Infinity, not a finite number',
    ],
    [
      { rule: RMSE, candidateValue: 2, production: 3, productionValue: NaN },
      'rmse of version 3, which is in Production, is NaN, not a finite number',
    ],
    [
      { rule: RMSE, candidateValue: 2, production: 3, productionValue: Infinity },
      'rmse of version 3, which is in Production, is Infinity, not a finite number',
    ],
    [
      { rule: RMSE, candidateValue: 2, production: 3, productionValue: null },
      'rmse of version 3, which is in Production, is null, not a finite number',
    ],
    [
      { rule: RMSE, candidateValue: 2, production: null, productionValue: 1 },
      'there is a rmse of the production version (1), but no such version',
    ],
    [
      { rule: RMSE, candidateValue: '2' as unknown as number, production: null, productionValue: null },
      'rmse of the candidate is "2", not a finite number',
    ],
    [
      { rule: { ...RMSE, margin: NaN }, candidateValue: 2, production: 3, productionValue: 2 },
      'the margin is NaN, not a finite number',
    ],
    [
      { rule: { ...RMSE, margin: -1 }, candidateValue: 2, production: 3, productionValue: 2 },
      'the margin is -1, and less than 0 would promote a worse model',
    ],
    [
      { rule: { ...RMSE, minimum: NaN }, candidateValue: 2, production: 3, productionValue: 2 },
      'the minimum is NaN, not a finite number',
    ],
  ] as const)('%#: %j', (comparison, message) => {
    expect(() => judge(comparison)).toThrow(
      expect.objectContaining({ name: 'WeirError', code: 'invalid-value', message }),
    );
  });
});

describe('For all finite figures', () => {
  const figure = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer({ min: -1000, max: 1000 }).map((n) => n / 100),
  );
  const margin = fc.oneof(
    fc.constant(0),
    fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
    fc.integer({ min: 0, max: 50 }).map((n) => n / 100),
  );
  const rule = fc.record({
    metric: fc.constant('m'),
    goal: fc.constantFrom('min', 'max'),
    margin,
    minimum: fc.option(figure),
  });

  test('a candidate that is worse or equal is never promoted', () => {
    fc.assert(
      fc.property(rule, figure, figure, (anyRule, a, b) => {
        const isBetter = anyRule.goal === 'min' ? a < b : a > b;
        if (!isBetter) expect(compare(anyRule, a, b).promoted).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  test('of two models at most one is promoted over the other, and with no margin exactly one unless they are equal', () => {
    fc.assert(
      fc.property(rule, figure, figure, (anyRule, a, b) => {
        expect(compare(anyRule, a, b).promoted && compare(anyRule, b, a).promoted).toBe(false);
        const free = { ...anyRule, margin: 0, minimum: null };
        expect(compare(free, a, b).promoted !== compare(free, b, a).promoted).toBe(a !== b);
      }),
      { numRuns: 2000 },
    );
  });

  test('what is promoted over production would be promoted with a smaller margin and without a minimum too', () => {
    fc.assert(
      fc.property(rule, figure, figure, fc.double({ min: 0, max: 1, noNaN: true }), (anyRule, a, b, part) => {
        if (compare(anyRule, a, b).promoted) {
          expect(compare({ ...anyRule, margin: anyRule.margin * part, minimum: null }, a, b).promoted).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
