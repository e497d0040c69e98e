/** What code inside a run may ask and tell: where it is, log lines, progress, metrics. */
import { WeirError } from '../model/errors.ts';
import type { LogLevel } from '../model/report.ts';
import { type RunContext, runtime } from './runtime.ts';

/**
 * Where this code runs: flow run, task run, attempt, slot, parameters, folders, and the signal that aborts it.
 *
 * @example const { dir, signal } = context();
 */
export function context(): RunContext {
  return runtime('context()').context();
}

/**
 * Lines for the run's log. `console.log` and the others are captured as well; these keep fields and level.
 *
 * @example log.info('fetched', { rows: 1461 });
 */
export const log = Object.freeze({
  debug: (text: string, fields?: object) => write('debug', text, fields),
  info: (text: string, fields?: object) => write('info', text, fields),
  warn: (text: string, fields?: object) => write('warn', text, fields),
  error: (text: string, fields?: object) => write('error', text, fields),
});

/** Shows how far the task is, live in terminal and page. @example progress(3, 20, 'epochs') */
export function progress(done: number, total?: number, label?: string): void {
  for (const value of [done, total ?? 0]) {
    if (typeof value === 'number' && Number.isFinite(value)) continue;
    throw new WeirError('invalid-value', `progress was given ${String(value)}; it counts in finite numbers`, {
      hint: "progress(3, 20, 'epochs')",
    });
  }
  runtime('progress()').progress(done, total ?? null, label === undefined ? null : String(label));
}

/**
 * Keeps a figure with the run; the page draws it over the runs of the flow.
 *
 * @example metric('rmse', 1.93);
 * @throws WeirError `invalid-value` for NaN and infinite values
 */
export function metric(name: string, value: number): void {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new WeirError('invalid-value', `the metric "${name}" is ${String(value)}; only finite numbers can be kept`);
  }
  runtime('metric()').metric(String(name), value);
}

function write(level: LogLevel, text: string, fields?: object): void {
  runtime(`log.${level}()`).log(level, text, fields);
}
