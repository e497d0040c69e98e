/** What is told of an error beside its own message: where it was thrown, and what it came from. Pure, and always brief. */
import type { PlainError } from './plain-error.ts';

const MOST_CAUSES = 4;
/** Of an AggregateError. */
const MOST_PARTS = 3;
const LONGEST_WORDS = 300;

/** `RangeError: no such week`: the name, and the first line of the message. */
export function errorTitle({ name, message }: PlainError): string {
  const [line = ''] = message.split('\n', 1);
  const words = line.length > LONGEST_WORDS ? `${line.slice(0, LONGEST_WORDS)}…` : line;
  return words === '' ? name : `${name}: ${words}`;
}

/** The lines of its stack that name a place, as `at file.ts:3:7`. */
export function placesOf({ stack }: PlainError, most: number): string[] {
  const lines = stack?.split('\n').map((line) => line.trim()) ?? [];
  return lines.filter((line) => line.startsWith('at ')).slice(0, most);
}

/** `caused by TypeError: ...` for each error behind it, and a line for each part of an AggregateError. */
export function causeLines(error: PlainError): string[] {
  const lines: string[] = [];
  let told: PlainError | undefined = error;
  for (let depth = 0; told !== undefined; depth++) {
    const { cause, errors = [] }: PlainError = told;
    for (const part of errors.slice(0, MOST_PARTS)) lines.push(`- ${errorTitle(part)}`);
    if (errors.length > MOST_PARTS) lines.push(`- and ${errors.length - MOST_PARTS} more`);
    if (depth === MOST_CAUSES) break;
    // A sentence that ends in what it was told by another says it already.
    if (cause !== undefined && !told.message.includes(cause.message.trimEnd()))
      lines.push(`caused by ${errorTitle(cause)}${placeIn(cause)}`);
    told = cause;
  }
  return lines;
}

/** Where in a file of the user's. */
function placeIn(error: PlainError): string {
  const place = placesOf(error, Number.POSITIVE_INFINITY).find((line) => line.includes('file:'));
  return place === undefined ? '' : ` (${place})`;
}
