/** Ridge regression: least squares with a penalty on large weights, solved exactly. */
import { mean, type Table } from './features.ts';

export interface Ridge {
  kind: 'ridge';
  features: string[];
  intercept: number;
  /** Per unit of the feature as it is, so that predicting needs no scaling. */
  weights: number[];
}

/** Fits on standardised features, since a penalty on weights is only fair if all have the same scale. */
export function fitRidge({ features, rows }: Table, penalty: number): Ridge {
  const columns = features.map((_, j) => rows.map((row) => row.x[j] as number));
  const means = columns.map(mean);
  const spreads = columns.map((column, j) => deviation(column, means[j] as number) || 1); // a constant column has none
  const scaled = columns.map((column, j) => column.map((v) => (v - (means[j] as number)) / (spreads[j] as number)));
  const level = mean(rows.map((row) => row.y));
  const y = rows.map((row) => row.y - level);

  const left = scaled.map((a, i) => scaled.map((b, j) => dot(a, b) + (i === j ? penalty : 0)));
  const right = scaled.map((a) => dot(a, y));
  const weights = solve(left, right).map((weight, j) => weight / (spreads[j] as number));
  return { kind: 'ridge', features, intercept: level - dot(weights, means), weights };
}

export function predictRidge(model: Ridge, x: number[]): number {
  return model.intercept + dot(model.weights, x);
}

/** Solves `a · w = b` for a symmetric positive definite `a`, by Cholesky: a = L·Lᵀ, then two triangles. */
function solve(a: number[][], b: number[]): number[] {
  const n = b.length;
  const at = (m: number[][], i: number, j: number): number => (m[i] as number[])[j] as number;
  const lower: number[][] = a.map(() => new Array<number>(n).fill(0));
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = at(a, i, j);
      for (let k = 0; k < j; k++) rest -= at(lower, i, k) * at(lower, j, k);
      if (i === j && rest <= 0) throw new Error('Two features say the same; take one out, or raise the penalty.');
      (lower[i] as number[])[j] = i === j ? Math.sqrt(rest) : rest / at(lower, j, j);
    }
  }
  const half: number[] = [];
  for (let i = 0; i < n; i++) {
    let rest = b[i] as number;
    for (let k = 0; k < i; k++) rest -= at(lower, i, k) * (half[k] as number);
    half[i] = rest / at(lower, i, i);
  }
  const w = new Array<number>(n).fill(0);
  for (let i = n - 1; i >= 0; i--) {
    let rest = half[i] as number;
    for (let k = i + 1; k < n; k++) rest -= at(lower, k, i) * (w[k] as number);
    w[i] = rest / at(lower, i, i);
  }
  return w;
}

function dot(a: number[], b: number[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function deviation(values: number[], middle: number): number {
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}
