/** Places in lists, handed out as words that mean nothing to anybody else: a list may be cut otherwise one day. */
import { badField } from './bad-field.ts';

/** `next` of a page. The list's name keeps the places of one list out of another. */
export function cursorOf(list: string, ...place: readonly (number | string)[]): string {
  return Buffer.from(JSON.stringify([list, ...place])).toString('base64url');
}

/** Of places made of whole numbers; null where no cursor was given. @throws WeirError `invalid-value` */
export function placeOf(list: string, cursor: string | undefined, parts: number): readonly number[] | null {
  if (cursor === undefined) return null;
  const place = parse(cursor);
  if (place !== null && place.length === parts + 1 && place[0] === list) {
    const numbers = place.slice(1);
    if (numbers.every((part) => Number.isSafeInteger(part) && (part as number) >= 0)) return numbers as number[];
  }
  throw badField('cursor', `is no place in the list of ${list}`, {
    hint: 'give it what next of the page before said, or leave it out to begin with the first page',
  });
}

function parse(cursor: string): readonly unknown[] | null {
  try {
    const value = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown;
    return Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/** A page out of one item more than it may hold. */
export function pageOf<T>(
  schema: string,
  found: readonly T[],
  limit: number,
  json: (item: T) => unknown,
  next: (last: T) => string,
) {
  const shown = found.slice(0, limit);
  const last = found.length > limit ? shown.at(-1) : undefined;
  return { schema, items: shown.map(json), next: last === undefined ? null : next(last) };
}

/** A page of a short list that is read whole: its place is how many came before. */
export function partOf<T>(
  schema: string,
  list: string,
  all: readonly T[],
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
  json: (item: T) => unknown,
) {
  const [skipped = 0] = placeOf(list, cursor, 1) ?? [];
  return pageOf(schema, all.slice(skipped, skipped + limit + 1), limit, json, () => cursorOf(list, skipped + limit));
}
