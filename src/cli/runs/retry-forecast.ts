/** `weir retry --dry-run`: what would be reused and what would run, as far as it can be known before. Changes nothing. */
import type { RetryForecastJson } from '../../engine/tell/retry-forecast-json.ts';
import type { GlobalFlags } from '../declarations/declare.ts';
import { colors, print, printJson, say, stateGlyph, table } from '../output.ts';
import { taskName } from '../tree/progress-lines.ts';

type Item = RetryForecastJson['items'][number];

const IN_WORDS: Readonly<Record<Item['verdict'], string>> = {
  reuse: 'reused',
  run: 'runs',
  'keep-failure': 'keeps its failure',
  'not-called': 'not called',
};

/** Of this database, or of a server elsewhere. */
export function tellForecast(forecast: RetryForecastJson, { json }: GlobalFlags): void {
  const { run, flow, attempt, items, only } = forecast;
  if (json) return printJson(forecast);
  say(`run ${run} of ${flow} would begin attempt ${attempt}; nothing was changed`);
  if (items.length === 0) return say('it has called no task: all of it runs');
  print(table(items.map((item) => [nameOf(item), IN_WORDS[item.verdict], colors.dim(item.why ?? '')])));
  if (!only) say('whatever else the flow calls runs as well');
}

/** A subflow has no attempts of its own. */
export function sayRoot(asked: number, root: number): void {
  if (root !== asked) say(`run ${asked} is a subflow: it is retried inside of run ${root}`);
}

function nameOf({ name, key, state }: Item): string {
  return `${stateGlyph(state.type, state.name)} ${taskName({ name, label: key })}`;
}
