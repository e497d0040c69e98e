/** `--metric rmse=1.92 --param alpha=0.1 --tag week=7`: pairs from the command line, and numbers in them. */
import { WeirError } from '../../model/errors.ts';

/** @throws WeirError `usage` for what is no `name=value` */
export function parsePairs<Value>(
  flag: string,
  example: string,
  pairs: readonly string[],
  parse: (text: string) => Value,
): Record<string, Value> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const equals = pair.indexOf('=');
      if (equals < 1) throw new WeirError('usage', `${flag} ${pair} is not name=value`, { hint: `${flag} ${example}` });
      return [pair.slice(0, equals), parse(pair.slice(equals + 1))];
    }),
  );
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
