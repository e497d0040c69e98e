/**
 * Which runs a URL asks for: `q` in the words of `weir runs`, and a field each for what a form offers, which may be given
 * several times. The page, its CSV, the JSON and actions on many runs read it alike.
 */
import { WeirError } from '../model/errors.ts';
import { filterWord, joinFilter, splitFilter } from '../model/filter-text.ts';
import { parseRunFilter, type RunFilter } from '../model/run-filter.ts';

export type QueryFields = Readonly<Record<string, readonly string[]>>;

const NAMES = ['flow', 'tag', 'deployment'] as const;
const WORDS = ['state', 'trigger', 'since', 'until'] as const;
const LONGEST = 2000;

/** The filter's words, without its meaning. @throws WeirError `usage` */
export function queryWords(fields: QueryFields): string[] {
  const valuesOf = (key: string) => (fields[key] ?? []).filter((value) => value.trim() !== '');
  const words = [
    ...NAMES.flatMap((key) => valuesOf(key).map((value) => filterWord(key, value))),
    ...WORDS.flatMap((key) => valuesOf(key).map((value) => `${key}:${value.trim()}`)),
    ...valuesOf('q').flatMap(splitFilter),
  ];
  const unique = [...new Set(words)];
  if (joinFilter(unique).length > LONGEST)
    throw new WeirError('usage', `the filter is longer than ${LONGEST} characters`, { hint: 'ask for less at once' });
  return unique;
}

/** @throws WeirError `usage` with the word at fault and the nearest that there is */
export function readRunFilter(fields: QueryFields, now: number, zone: string): RunFilter {
  return parseRunFilter(queryWords(fields), now, zone);
}
