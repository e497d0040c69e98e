/**
 * `flow:etl state:failed since:7d tag:nightly metric.rmse:<1.3 param.lr:0.003 err:"connection refused"`: what `weir runs`
 * and the list of runs are asked for. Values of one key are alternatives, different keys must all match, and so must
 * several conditions on metrics, parameters and text. Pure: finding the runs is the store's part.
 */
import { parseDuration } from './duration.ts';
import { nearest, WeirError } from './errors.ts';
import { parseInstant } from './instant.ts';
import { STATE_NAMES, STATE_TYPES, type StateType } from './state.ts';

export type Comparison = '<' | '<=' | '>' | '>=' | '=' | '!=';

export interface MetricCondition {
  readonly name: string;
  readonly comparison: Comparison;
  readonly value: number;
}

/** Of a parameter at the top: a number is compared as one, a text only with `=` and `!=`. */
export interface ParamCondition {
  readonly name: string;
  readonly comparison: Comparison;
  readonly value: number | null;
  /** As it was written. */
  readonly text: string;
}

/** Empty lists and null ask for nothing. */
export interface RunFilter {
  readonly flows: readonly string[];
  /** A run is in one of these types, or its state has one of these names. */
  readonly stateTypes: readonly StateType[];
  readonly stateNames: readonly string[];
  readonly tags: readonly string[];
  readonly triggers: readonly string[];
  /** `flow/name`. */
  readonly deployments: readonly string[];
  readonly metrics: readonly MetricCondition[];
  readonly params: readonly ParamCondition[];
  /** What the error of a run that went wrong, or of one of its tasks, must hold; capitals make no difference. */
  readonly errors: readonly string[];
  /** What a run's name, tags, parameters or error must hold; capitals make no difference. */
  readonly texts: readonly string[];
  /** Created at or after, and before; epoch ms. */
  readonly sinceAt: number | null;
  readonly untilAt: number | null;
}

export const TRIGGERS = ['cli', 'api', 'page', 'schedule', 'catchup', 'backfill', 'subflow'] as const;

const KEYS = ['flow', 'state', 'since', 'until', 'tag', 'trigger', 'deployment', 'err', 'text'] as const;
const HINT =
  "weir runs flow:NAME state:failed since:7d until:2026-11-01 tag:T trigger:schedule 'metric.rmse:<1.3' param.lr:0.003 'err:connection refused'";
/** Their values are taken whole: a comma is a part of them. */
const WHOLE: readonly string[] = ['err', 'text', 'since', 'until'];

/** Words for states that are no state's own name. As `@failed`, failed runs are those that crashed, too. */
const SUGAR: Readonly<Record<string, readonly StateType[]>> = {
  failed: ['FAILED', 'CRASHED'],
  finished: ['COMPLETED', 'SKIPPED', 'FAILED', 'CANCELLED', 'CRASHED'],
  waiting: ['SCHEDULED', 'PENDING', 'PAUSED'],
  unfinished: ['SCHEDULED', 'PENDING', 'RUNNING', 'PAUSED', 'CANCELLING'],
};

/** @throws WeirError `usage` with the word at fault and the nearest that there is */
export function parseRunFilter(words: readonly string[], now: number, zone: string): RunFilter {
  const given = new Map<string, string[]>();
  const metrics: MetricCondition[] = [];
  const params: ParamCondition[] = [];
  for (const word of words) {
    const colon = word.indexOf(':');
    if (colon < 1) throw noFilter(word);
    const key = word.slice(0, colon);
    const value = word.slice(colon + 1);
    if (value === '') throw new WeirError('usage', `the filter "${word}" has no value`, { hint: HINT });
    if (key.startsWith('metric.')) metrics.push(parseMetric(word, key.slice('metric.'.length), value));
    else if (key.startsWith('param.')) params.push(parseParam(word, key.slice('param.'.length), value));
    else
      given.set(parseKey(key), [...(given.get(key) ?? []), ...(WHOLE.includes(key) ? [value] : alternatives(value))]);
  }
  const states = (given.get('state') ?? []).map(parseState);
  return {
    flows: given.get('flow') ?? [],
    stateTypes: [...new Set(states.flatMap((state) => state.types))],
    stateNames: [...new Set(states.flatMap((state) => state.names))],
    tags: given.get('tag') ?? [],
    triggers: (given.get('trigger') ?? []).map((word) => parseWord('trigger', word, TRIGGERS)),
    deployments: given.get('deployment') ?? [],
    metrics,
    params,
    errors: given.get('err') ?? [],
    texts: given.get('text') ?? [],
    sinceAt: parseTimes(given, 'since', now, zone),
    untilAt: parseTimes(given, 'until', now, zone),
  };
}

function parseKey(key: string): string {
  return parseWord('filter', key, KEYS, 'metric.NAME, param.NAME');
}

/** "a,b" is two values; in names with a comma it is written "\\,". */
function alternatives(value: string): string[] {
  return (value.match(/(?:\\.|[^,\\])+|\\$/gs) ?? []).map((each) => each.replaceAll('\\,', ','));
}

function parseWord<T extends string>(what: string, word: string, known: readonly T[], also?: string): T {
  const found = known.find((each) => each === word);
  if (found !== undefined) return found;
  const near = nearest(word, known);
  const all = also === undefined ? known.join(', ') : `${known.join(', ')}, ${also}`;
  throw new WeirError('usage', `there is no ${what} "${word}"; there are ${all}`, {
    hint: near === undefined ? HINT : `did you mean ${near}?`,
  });
}

function parseState(word: string): { types: readonly StateType[]; names: readonly string[] } {
  const wanted = word.toLowerCase().replaceAll(/[-_ ]/g, '');
  const sugar = SUGAR[wanted];
  if (sugar !== undefined) return { types: sugar, names: [] };
  const type = STATE_TYPES.find((each) => each.toLowerCase() === wanted);
  if (type !== undefined) return { types: [type], names: [] };
  const names = Object.values(STATE_NAMES).flat();
  const name = names.find((each) => each.toLowerCase() === wanted);
  if (name !== undefined) return { types: [], names: [name] };
  const known = [...new Set([...STATE_TYPES, ...names].map((each) => each.toLowerCase())), ...Object.keys(SUGAR)];
  const near = nearest(wanted, known);
  throw new WeirError('usage', `there is no state "${word}"; there are ${STATE_TYPES.join(', ').toLowerCase()}`, {
    hint:
      near === undefined
        ? 'also finished, unfinished, waiting, and names such as TimedOut, Late, AwaitingRetry'
        : `did you mean ${near}?`,
  });
}

function parseMetric(word: string, name: string, text: string): MetricCondition {
  const [, comparison = '=', number = ''] = /^(<=|>=|!=|<|>|=)?(.*)$/s.exec(text) ?? [];
  const value = Number(number);
  if (name !== '' && number.trim() !== '' && Number.isFinite(value))
    return { name, comparison: comparison as Comparison, value };
  throw new WeirError('usage', `the filter "${word}" compares no metric with a number`, {
    hint: "write it like 'metric.rmse:<1.3', in quotes: the shell takes a bare < for a file",
  });
}

function parseParam(word: string, name: string, value: string): ParamCondition {
  const [, comparison = '=', text = ''] = /^(<=|>=|!=|<|>|=)?(.*)$/s.exec(value) ?? [];
  const number = text.trim() === '' ? Number.NaN : Number(text);
  const isNumber = Number.isFinite(number);
  if (name === '' || (!isNumber && comparison !== '=' && comparison !== '!='))
    throw new WeirError('usage', `the filter "${word}" compares no parameter with a value`, {
      hint: "write it like param.lr:0.003, param.day:2026-11-23 or 'param.lr:<0.01'; only numbers are smaller or larger",
    });
  return { name, comparison: comparison as Comparison, value: isNumber ? number : null, text };
}

/** A duration counts back from now; everything else is a time. The last one counts. */
function parseTimes(given: ReadonlyMap<string, string[]>, key: string, now: number, zone: string): number | null {
  const text = given.get(key)?.at(-1);
  if (text === undefined) return null;
  if (/^\d{4}-\d\d/.test(text)) return parseInstant(text, zone, key);
  try {
    return now - parseDuration(text);
  } catch (cause) {
    throw new WeirError('usage', `${key}: ${(cause as Error).message}`, {
      hint: `write ${key}:7d, ${key}:90m or ${key}:2026-11-23`,
      cause,
    });
  }
}

function noFilter(word: string): WeirError {
  const near = nearest(word, KEYS);
  return new WeirError('usage', `"${word}" is no filter: those are written key:value`, {
    hint: near === undefined ? `for the runs of a flow: weir runs flow:${word}` : `did you mean ${near}:...?`,
  });
}
