/** Whole numbers on the command line. */
import { WeirError } from '../model/errors.ts';

/** null: the flag was not given. @throws WeirError `usage` */
export function parseWhole(flag: string, text: string | undefined, most: number): number | null {
  if (text === undefined) return null;
  if (/^\d{1,15}$/.test(text) && Number(text) >= 1 && Number(text) <= most) return Number(text);
  throw new WeirError(
    'usage',
    `${flag} is "${text}"; it must be a whole number${most > 10_000 ? '' : ` from 1 to ${most}`}`,
  );
}
