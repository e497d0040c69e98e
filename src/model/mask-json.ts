/**
 * Masks the texts in JSON, and in the bytes that Weir's codec makes of a value: never its signs, so that what comes out
 * can be read as before.
 */
import { decode, encode } from './codec.ts';
import { isPlainObject } from './codec-classes.ts';
import { MASKED, type Mask } from './mask.ts';
import type { PlainError } from './plain-error.ts';

/** With the sign behind it where it is a key. */
const TEXTS_AND_NUMBERS = /("(?:[^"\\]|\\.)*")(\s*:)?|-?\d[\d.eE+-]*/g;

/** JSON text with every text in it masked, and every number that is the value of a secret. Keys are names. */
export function maskJson(mask: Mask, json: string): string {
  // In JSON a value stands in a form of its own, which the mask knows as well: one look at the whole is enough.
  if (!mask.holds(json)) return json;
  return json.replace(TEXTS_AND_NUMBERS, (token, quoted?: string, colon?: string) => {
    if (quoted === undefined) return mask.text(token) === MASKED ? `"${MASKED}"` : token;
    const text = JSON.parse(quoted) as string;
    const masked = colon === undefined ? mask.text(text) : mask.name(text);
    return masked === text ? token : JSON.stringify(masked) + (colon ?? '');
  });
}

/** A stored value; the same bytes when it holds nothing of a secret. One that cannot be read any more is masked whole. */
export function maskValue(mask: Mask, bytes: Uint8Array): Uint8Array {
  const text = new TextDecoder().decode(bytes);
  const masked = text.slice(0, 1) + maskJson(mask, text.slice(1));
  if (masked === text) return bytes;
  try {
    const changed = new TextEncoder().encode(masked);
    decode(changed);
    return changed;
  } catch {
    return encode(MASKED);
  }
}

/** Every text in plain data, however deep, but for its keys: those are the words of whoever reads it. */
export function maskTexts<T>(mask: Mask, data: T): T {
  if (typeof data === 'string') return mask.text(data) as T;
  if (Array.isArray(data)) return data.map((item) => maskTexts(mask, item)) as T;
  if (typeof data !== 'object' || data === null || !isPlainObject(data)) return data;
  return Object.fromEntries(Object.entries(data).map(([key, item]) => [key, maskTexts(mask, item)])) as T;
}

/** Weir's own words in an error (its code, its signal) stay what they are, whatever the secret is. */
export function maskError(mask: Mask, error: PlainError): PlainError {
  const { name, message, stack, hint, cause, errors, last_lines: lastLines } = error;
  return {
    ...error,
    name: mask.name(name),
    message: mask.text(message),
    stack: stack === null ? null : mask.text(stack),
    ...(hint === undefined ? {} : { hint: mask.text(hint) }),
    ...(cause === undefined ? {} : { cause: maskError(mask, cause) }),
    ...(errors === undefined ? {} : { errors: errors.map((each) => maskError(mask, each)) }),
    ...(lastLines === undefined ? {} : { last_lines: lastLines.map((line) => mask.text(line)) }),
  };
}
