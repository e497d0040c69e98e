/** `--metric rmse=1.92 --param alpha=0.1 --tag week=7`: pairs from the command line, and numbers in them. */
import { WeirError } from '../../model/errors.ts';

/** @throws WeirError `usage` for what is no `name=value`, and for a name that is given twice */
export function parsePairs<Value>(
  flag: string,
  example: string,
  pairs: readonly string[],
  parse: (text: string) => Value,
): Record<string, Value> {
  // A map: `__proto__` is a name like any other here.
  const values = new Map<string, Value>();
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    if (equals < 1) throw new WeirError('usage', `${flag} ${pair} is not name=value`, { hint: `${flag} ${example}` });
    const name = pair.slice(0, equals);
    if (values.has(name))
      throw new WeirError('usage', `${flag} ${name} is given more than once`, { hint: 'give each name one value' });
    values.set(name, parse(pair.slice(equals + 1)));
  }
  return Object.fromEntries(values);
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** @throws WeirError `usage`: NaN and infinity are no numbers to judge by */
export function parseNumber(flag: string, text: string): number {
  if (NUMBER.test(text.trim()) && Number.isFinite(Number(text))) return Number(text);
  throw new WeirError('usage', `${flag} is "${text}", which is no finite number`);
}

/** A number where it prints back the same, else the text: `007` and `1e3` stay what they are. */
export function toValue(text: string): string | number {
  return Number.isFinite(Number(text)) && String(Number(text)) === text ? Number(text) : text;
}
