/**
 * The kinds of model that compete, and the three things done with any of them: fit, predict, rmse.
 * To add a kind: its spec and its model here, a case in `fitModel` and one in `predict`, a line in `candidateSpecs`.
 * A fitted model is plain data: it goes into the registry as JSON, and next week it is judged again.
 */
import type { Table } from './features.ts';
import { type Forest, type ForestOptions, fitForest, predictForest } from './forest.ts';
import { fitRidge, predictRidge, type Ridge } from './ridge.ts';

/** What to fit. */
export type Spec =
  | { kind: 'same-as-today' }
  | { kind: 'ridge'; penalty: number }
  | ({ kind: 'forest' } & ForestOptions);

/** The naive forecast. Whatever cannot beat it is not worth its electricity. */
export interface SameAsToday {
  kind: 'same-as-today';
  features: string[];
}

export type Model = SameAsToday | Ridge | Forest;

export interface Candidate {
  name: string;
  spec: Spec;
  model: Model;
  /** On the held-out weeks, °C. */
  rmse: number;
}

/** Who competes each week. */
export function candidateSpecs(penalties: number[]): Spec[] {
  return [
    { kind: 'same-as-today' },
    ...penalties.map((penalty): Spec => ({ kind: 'ridge', penalty })),
    { kind: 'forest', trees: 40, depth: 6, leaf: 5, seed: 1 },
  ];
}

export function nameOf(spec: Spec): string {
  switch (spec.kind) {
    case 'same-as-today':
      return 'same as today';
    case 'ridge':
      return `ridge ${spec.penalty}`;
    case 'forest':
      return `forest of ${spec.trees}`;
  }
}

/**
 * Fits one candidate; `onProgress` is told how far it is. All of them learn by how much tomorrow differs from today:
 * a forest then need not learn the temperature itself, and a ridge under a heavy penalty ends at the naive forecast.
 */
export function fitModel(spec: Spec, table: Table, onProgress?: (done: number, total: number) => void): Model {
  const changes = { ...table, rows: table.rows.map((row) => ({ ...row, y: row.y - row.today })) };
  switch (spec.kind) {
    case 'same-as-today':
      return { kind: 'same-as-today', features: [] };
    case 'ridge':
      return fitRidge(changes, spec.penalty);
    case 'forest':
      return fitForest(changes, spec, (done) => onProgress?.(done, spec.trees));
  }
}

/** One forecast for each row, °C. */
export function predict(model: Model, table: Table): number[] {
  // By name, not by position: a model of last month still works after a feature was added to features.ts.
  const columns = model.features.map((name) => table.features.indexOf(name));
  const missing = model.features.filter((_, j) => columns[j] === -1);
  if (missing.length > 0) throw new Error(`The model needs ${missing.join(', ')}, which features.ts does not build.`);
  return table.rows.map((row) => {
    const x = columns.map((column) => row.x[column] as number);
    return row.today + change(model, x);
  });
}

function change(model: Model, x: number[]): number {
  switch (model.kind) {
    case 'same-as-today':
      return 0;
    case 'ridge':
      return predictRidge(model, x);
    case 'forest':
      return predictForest(model, x);
  }
}

/** Root mean squared error of a model on a table, °C: how far off a typical forecast is. */
export function rmse(model: Model, table: Table): number {
  const errors = predict(model, table).map((forecast, i) => forecast - (table.rows[i]?.y as number));
  return Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length);
}
