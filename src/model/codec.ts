/**
 * Weir's own codec: values to bytes and back, so that a result, a parameter or a cached value is what it was.
 * One character says the form, the rest is UTF-8 text, readable in SQLite: `j` and plain JSON, or `t` and JSON with
 * tags (codec-tagged.ts). Which classes are storable: codec-classes.ts.
 * It must never change a value silently: what cannot come back as it was is refused, with its path.
 */

import { isDense, isPlainObject, MAX_DEPTH } from './codec-classes.ts';
import { readTagged, writeTagged } from './codec-tagged.ts';
import { WeirError } from './errors.ts';

const PLAIN = 'j'.charCodeAt(0);
const TAGGED = 't'.charCodeAt(0);

// Not Buffer.from, though it is faster (0.2 against 0.5 us): it cuts small buffers from a shared pool, all of which
// would travel along in every message to another thread.
const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder();

/** The bytes of a value; throws `not-storable` with a sentence such as `result.model.predict is a function`. */
export function encode(value: unknown, name = 'result'): Uint8Array<ArrayBuffer> {
  try {
    return utf8.encode(toText(value, name));
  } catch (error) {
    throw asNotStorable(error, name);
  }
}

/** Like `encode`, but the sentence is returned instead of thrown. */
export function tryEncode(
  value: unknown,
  name = 'result',
): { readonly bytes: Uint8Array<ArrayBuffer> } | { readonly reason: string } {
  try {
    return { bytes: utf8.encode(toText(value, name)) };
  } catch (error) {
    return { reason: asNotStorable(error, name).message };
  }
}

/** The value that `encode` was given. */
export function decode(bytes: Uint8Array): unknown {
  const text = fromUtf8.decode(bytes);
  const form = bytes[0];
  if (form === PLAIN) return JSON.parse(text.slice(1));
  if (form === TAGGED) return readTagged(text.slice(1));
  throw new WeirError('internal', `a stored value begins with byte ${form}, which this version of Weir cannot read`);
}

function toText(value: unknown, name: string): string {
  if (isPlainJson(value, undefined, 0)) return `j${JSON.stringify(value)}`;
  return `t${writeTagged(value, name)}`;
}

/** Whether JSON alone brings the value back: no undefined, NaN or -0, no classes, nothing referred to twice. */
function isPlainJson(value: unknown, seen: Set<object> | undefined, depth: number): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0);
    case 'object':
      return value === null || isPlainTree(value, seen, depth);
    default:
      return false;
  }
}

function isPlainTree(value: object, seen: Set<object> | undefined, depth: number): boolean {
  if (depth >= MAX_DEPTH || seen?.has(value)) return false;
  const known = seen ?? new Set();
  known.add(value);
  if (Array.isArray(value)) {
    return isDense(value) && value.every((item) => isPlainJson(item, known, depth + 1));
  }
  if (!isPlainObject(value)) return false;
  for (const key of Object.keys(value)) {
    if (!isPlainJson(value[key], known, depth + 1)) return false;
  }
  return true;
}

/** A getter that throws, a revoked proxy, a text too long for the engine: all of it means the same to the caller. */
function asNotStorable(error: unknown, name: string): WeirError {
  if (error instanceof WeirError) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new WeirError('not-storable', `${name} cannot be read: ${why}`, { cause: error });
}
