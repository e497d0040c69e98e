/**
 * Values as plain JSON for `--json` output, the HTTP API and pages: for reading, never for reading back (codec.ts is).
 * It must never throw and never refuse: what JSON has no word for becomes the nearest thing a person would expect.
 */

import { bytesOf, isPlainObject, MAX_DEPTH, nameOfClass } from './codec-classes.ts';

export type PlainJson = null | boolean | number | string | readonly PlainJson[] | { readonly [key: string]: PlainJson };

/**
 * | value | becomes |
 * |---|---|
 * | undefined, NaN, Infinity | null; an undefined property is left out |
 * | Date, Temporal, URL, RegExp, BigInt | text; an invalid Date is null |
 * | Map | list of [key, value] |
 * | Set | list |
 * | Buffer, ArrayBuffer, DataView | base64 |
 * | typed array | list of numbers |
 * | Error | { name, message } |
 * | an instance with toJSON() | what that returns |
 * | any other instance | its own properties |
 * | function, symbol, Promise | "[function predict]" and the like |
 * | an object inside itself | "[circular]" |
 */
export function toPlainJson(value: unknown): PlainJson {
  const ancestors = new Set<object>();
  return plain(value);

  function plain(item: unknown): PlainJson {
    switch (typeof item) {
      case 'string':
      case 'boolean':
        return item;
      case 'number':
        return Number.isFinite(item) ? item : null;
      case 'undefined':
        return null;
      case 'bigint':
      case 'symbol':
        return String(item);
      case 'function':
        return `[function ${item.name || 'without a name'}]`;
      case 'object':
        return item === null ? null : guarded(item);
    }
  }

  function guarded(item: object): PlainJson {
    if (ancestors.has(item)) return '[circular]';
    if (ancestors.size >= MAX_DEPTH) return '[nested too deeply]';
    ancestors.add(item);
    try {
      return plainObject(item);
    } catch (error) {
      return `[unreadable: ${error instanceof Error ? error.message : String(error)}]`;
    } finally {
      ancestors.delete(item);
    }
  }

  function plainObject(item: object): PlainJson {
    if (Array.isArray(item)) return Array.from(item, plain);
    if (isPlainObject(item)) return plainFields(item);
    if (item instanceof Date) return Number.isNaN(item.getTime()) ? null : item.toISOString();
    if (item instanceof Map) return Array.from(item, ([key, value]) => [plain(key), plain(value)]);
    if (item instanceof Set) return Array.from(item, plain);
    if (item instanceof Error) return { name: String(item.name), message: String(item.message) };
    if (item instanceof RegExp) return String(item);
    if (item instanceof Promise) return '[Promise]';
    if (item instanceof ArrayBuffer || item instanceof DataView || Buffer.isBuffer(item))
      return bytesOf(item).toBase64();
    if (ArrayBuffer.isView(item)) return Array.from(item as unknown as Iterable<number | bigint>, plain);
    // URL and Temporal answer here too.
    if ('toJSON' in item && typeof item.toJSON === 'function') return plain(item.toJSON());
    const fields = plainFields(item as Readonly<Record<string, unknown>>);
    return Object.keys(fields).length === 0 ? `[${nameOfClass(item)}]` : fields;
  }

  /** Object.fromEntries defines properties instead of assigning them: an own key "__proto__" stays one. */
  function plainFields(item: Readonly<Record<string, unknown>>): { readonly [key: string]: PlainJson } {
    const entries: [string, PlainJson][] = [];
    for (const key of Object.keys(item)) {
      const field = item[key];
      if (field !== undefined) entries.push([key, plain(field)]);
    }
    return Object.fromEntries(entries);
  }
}
