/**
 * Whether a candidate takes the place of the model in Production: the one rule of `promoteIfBetter`.
 * Must never promote on a figure that is no number, and never say yes to a candidate that is worse.
 */
import { WeirError } from './errors.ts';
import type { PromotionDecision, PromotionRule } from './registered-model.ts';

export interface Comparison {
  readonly rule: Pick<PromotionRule, 'metric' | 'goal' | 'margin' | 'minimum'>;
  readonly candidateValue: number;
  /** Version number of what is in Production, null when nothing is. */
  readonly production: number | null;
  /** What the same evaluation gave for it; null exactly when `production` is. */
  readonly productionValue: number | null;
}

export interface Judgement {
  readonly promoted: boolean;
  /** A sentence with the figures, as people read it in the decision log. */
  readonly reason: string;
}

/**
 * Judges a candidate. `margin` is an absolute difference in the metric's own unit: the candidate must be better by
 * at least that much, and strictly better when it is 0. `minimum` is asked of every candidate, the first one too:
 * at most `minimum` where lower is better, at least `minimum` where higher is. With nothing in Production that is all.
 * @throws WeirError `invalid-value` when a figure is NaN, infinite or missing, or the margin is negative
 */
export function judge({ rule, candidateValue, production, productionValue }: Comparison): Judgement {
  const { metric, minimum } = rule;
  refuseUnusable(rule, candidateValue, production, productionValue);
  if (minimum !== null && advantage(rule, candidateValue, minimum) < 0) {
    const [value, least] = figures(candidateValue, minimum);
    return {
      promoted: false,
      reason: `${metric} ${value} does not meet the minimum ${least} (${rule.goal === 'min' ? 'lower' : 'higher'} is better)`,
    };
  }
  if (production === null || productionValue === null)
    return { promoted: true, reason: firstOfItsKind(rule, candidateValue) };
  return compare(rule, candidateValue, production, productionValue);
}

/** `promoted 3: rmse 1.92 is better than ...`, or which version was kept. */
export function comparisonInWords(
  decision: Pick<PromotionDecision, 'promoted' | 'candidate' | 'production' | 'reason'>,
): string {
  const { promoted, candidate, production, reason } = decision;
  if (promoted) return `promoted ${candidate}: ${reason}`;
  if (candidate === production) return `kept ${production}: ${reason}`;
  return `${production === null ? 'promoted none' : `kept ${production}`}, rejected ${candidate}: ${reason}`;
}

function compare(
  rule: Comparison['rule'],
  candidateValue: number,
  production: number,
  productionValue: number,
): Judgement {
  const { metric, margin } = rule;
  const gain = forgiveRounding(
    advantage(rule, candidateValue, productionValue),
    candidateValue,
    productionValue,
    margin,
  );
  const [value, other] = figures(candidateValue, productionValue);
  const [difference, least] = apart([Math.abs(gain), margin]);
  if (gain === 0) return { promoted: false, reason: `${metric} ${value} is the same as that of version ${production}` };
  if (gain < 0)
    return {
      promoted: false,
      reason: `${metric} ${value} is worse than ${other} of version ${production} by ${figures(-gain)[0]}`,
    };
  const better = `${metric} ${value} is better than ${other} of version ${production} by`;
  if (margin === 0) return { promoted: true, reason: `${better} ${figures(gain)[0]}` };
  if (gain >= margin) return { promoted: true, reason: `${better} ${difference}, margin ${least}` };
  return { promoted: false, reason: `${better} only ${difference}, margin ${least}` };
}

/** By how much `a` is better than `b`; negative when it is worse. */
function advantage({ goal }: Comparison['rule'], a: number, b: number): number {
  return goal === 'min' ? b - a : a - b;
}

/**
 * 2.40 - 2.39 is 0.00999999999999979 in binary: a gain that differs from the margin only by the rounding of the two
 * figures counts as the margin. It stays a gain: what is not better by any amount is never lifted to the margin.
 */
function forgiveRounding(gain: number, a: number, b: number, margin: number): number {
  const noise = Number.EPSILON * Math.abs(a) + Number.EPSILON * Math.abs(b);
  return gain > 0 && margin > 0 && Math.abs(gain - margin) <= noise ? margin : gain;
}

function firstOfItsKind({ metric, minimum }: Comparison['rule'], candidateValue: number): string {
  const nothing = 'no version is in Production to compare with';
  if (minimum === null) return `${metric} ${figures(candidateValue)[0]}, and ${nothing}`;
  const [value, least] = figures(candidateValue, minimum);
  return `${metric} ${value} meets the minimum ${least}, and ${nothing}`;
}

function refuseUnusable(
  rule: Comparison['rule'],
  candidateValue: number,
  production: number | null,
  productionValue: number | null,
): void {
  refuseNoNumber(`${rule.metric} of the candidate`, candidateValue);
  if (production !== null)
    refuseNoNumber(`${rule.metric} of version ${production}, which is in Production,`, productionValue);
  if (production === null && productionValue !== null) {
    throw new WeirError(
      'invalid-value',
      `there is a ${rule.metric} of the production version (${productionValue}), but no such version`,
    );
  }
  refuseNoNumber('the margin', rule.margin);
  if (rule.margin < 0) {
    throw new WeirError('invalid-value', `the margin is ${rule.margin}, and less than 0 would promote a worse model`, {
      hint: 'give 0 or more, in the unit of the metric',
    });
  }
  if (rule.minimum !== null) refuseNoNumber('the minimum', rule.minimum);
}

function refuseNoNumber(what: string, value: unknown): void {
  if (typeof value === 'number' && Number.isFinite(value)) return;
  throw new WeirError(
    'invalid-value',
    `${what} is ${typeof value === 'string' ? JSON.stringify(value) : String(value)}, not a finite number`,
    {
      hint: 'nothing was promoted; look at what the evaluation returns and at the data it was given',
    },
  );
}

/** Figures as people compare them: with equal decimals, short, but never alike when they differ. */
function figures(...values: readonly number[]): readonly string[] {
  return withEqualDecimals(apart(values));
}

/** As short as four digits, longer only where figures that differ would look alike. */
function apart(values: readonly number[]): readonly string[] {
  const distinct = new Set(values).size;
  for (const precision of [4, 6, 9, 12, 15]) {
    const texts = values.map((value) => String(Number(value.toPrecision(precision))));
    if (new Set(texts).size === distinct) return texts;
  }
  return values.map(String);
}

function withEqualDecimals(texts: readonly string[]): readonly string[] {
  if (!texts.every((text) => /^-?\d+(\.\d+)?$/.test(text))) return texts;
  const decimals = Math.max(...texts.map((text) => text.split('.')[1]?.length ?? 0));
  return texts.map(
    (text) =>
      text +
      (text.includes('.') || decimals === 0 ? '' : '.') +
      '0'.repeat(decimals - (text.split('.')[1]?.length ?? 0)),
  );
}
