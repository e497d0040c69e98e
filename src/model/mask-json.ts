/**
 * Masks the texts in JSON, and in the bytes that Weir's codec makes of a value: never its signs, so that what comes out
 * can be read as before.
 */
import { decode, encode } from './codec.ts';
import { MASKED, type Mask } from './mask.ts';

const TEXTS_AND_NUMBERS = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

/** JSON text with every text in it masked, and every number that is the value of a secret. */
export function maskJson(mask: Mask, json: string): string {
  // In JSON a value stands in a form of its own, which the mask knows as well: one look at the whole is enough.
  if (!mask.holds(json)) return json;
  return json.replace(TEXTS_AND_NUMBERS, (token) => {
    if (!token.startsWith('"')) return mask.text(token) === MASKED ? `"${MASKED}"` : token;
    const text = JSON.parse(token) as string;
    const masked = mask.text(text);
    return masked === text ? token : JSON.stringify(masked);
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

/** Every text in plain data, however deep; what holds none is the same object. */
export function maskTexts<T>(mask: Mask, data: T): T {
  if (typeof data === 'string') return mask.text(data) as T;
  if (Array.isArray(data)) {
    const masked = data.map((item) => maskTexts(mask, item));
    return (masked.some((item, index) => item !== data[index]) ? masked : data) as T;
  }
  if (typeof data !== 'object' || data === null || ArrayBuffer.isView(data)) return data;
  const entries = Object.entries(data).map(([key, item]) => [mask.text(key), maskTexts(mask, item)] as const);
  const isSame = Object.entries(data).every(
    ([key, item], index) => entries[index]?.[0] === key && entries[index]?.[1] === item,
  );
  return isSame ? data : (Object.fromEntries(entries) as T);
}
