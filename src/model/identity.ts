/**
 * What makes two calls the same call: hashes of inputs and code, task identities and cache keys.
 * Equal values must hash alike whatever the order of their keys and however they share parts; different values must
 * never hash alike, since a result would be taken for another's. What cannot be hashed is null: the call is unique.
 * The canonical text below is kept in databases as its hash: changing it makes every task run again once.
 */

import { bytesOf, classOf, isDense, isPlainObject, MAX_DEPTH } from './codec-classes.ts';
import { isHandedFile, nameOfHandedFile } from './handed-file.ts';
import { sha256 } from './sha256.ts';

/** Hash of a storable value; null for functions, symbols, instances of unknown classes, and cycles. */
export function hashValue(value: unknown): string | null {
  try {
    return digest(canonical(value, undefined, 0));
  } catch {
    // Also a getter that throws, a revoked proxy, a text too long for the engine.
    return null;
  }
}

/** Hash of a call's arguments. `f(1, undefined)` and `f(1)` are the same inputs. */
export function hashArguments(args: readonly unknown[]): string | null {
  let length = args.length;
  while (length > 0 && args[length - 1] === undefined) length--;
  return hashValue(length === args.length ? args : args.slice(0, length));
}

/** Hash of a task's code: its function's text (any line ends) and the version its author gave it. */
export function hashCode(functionText: string, version?: string): string {
  const text = functionText.replaceAll('\r\n', '\n');
  return digest(joined(version === undefined ? ['code', text] : ['code', text, version]));
}

/** The hash of a task's code and of the project files that belong to it; null: there are none. */
export function withFiles(codeHash: string, filesHash: string | null): string {
  return filesHash === null ? codeHash : `${codeHash}+${filesHash}`;
}

/** The two parts of what `withFiles` gave. */
export function partsOfCode(codeHash: string): { readonly code: string; readonly files: string } {
  const [code = '', files = ''] = codeHash.split('+');
  return { code, files };
}

/** Which call of a flow run this is: the same identity in a later attempt is the same call. */
export function taskIdentity(call: {
  /** Flow or subflow call path. */
  readonly scope: string;
  readonly name: string;
  readonly codeHash: string;
  readonly inputHash: string;
  /** How many earlier calls in this scope had the same four. */
  readonly index: number;
}): string {
  return digest(joined(['task', call.scope, call.name, call.codeHash, call.inputHash, String(call.index)]));
}

/** Under which a result is kept for other flow runs. */
export function cacheKeyOf(result: {
  readonly taskName: string;
  readonly codeHash: string;
  /** The hash of the inputs, or what the author's own function returned. */
  readonly key: string;
}): string {
  return digest(joined(['cache', result.taskName, result.codeHash, result.key]));
}

/** Longer texts of objects are replaced by their hash, so that what is shared many times stays short. */
const LONGEST_TEXT = 256;

const UNHASHABLE = new Error('cannot be hashed');

/** 22 characters of base64url: 132 of SHA-256's bits. */
function digest(text: string): string {
  return fullDigest(text).slice(0, 22);
}

function fullDigest(text: string): string {
  // UTF-8 has one replacement for every lone surrogate; JSON tells them apart. No text here begins with a quote.
  return sha256(text.isWellFormed() ? text : JSON.stringify(text), 'base64url');
}

/** Every part behind its length: no two lists of parts give one text. */
function joined(parts: readonly string[]): string {
  let text = '';
  for (const part of parts) text += `${part.length}:${part}`;
  return text;
}

/**
 * A text per value: a letter for the type, lengths and counts in front, so that no text begins another.
 * `memo` holds the text of each object met, null while its own parts are still being written (then it is a cycle).
 */
function canonical(value: unknown, memo: Map<object, string | null> | undefined, depth: number): string {
  switch (typeof value) {
    case 'number':
      // String(-0) is "0".
      return `n${value};`;
    case 'string':
      return `s${value.length}:${value}`;
    case 'boolean':
      return value ? 't' : 'f';
    case 'undefined':
      return 'u';
    case 'bigint':
      return `i${value};`;
    case 'object':
      return value === null ? 'z' : canonicalObject(value, memo ?? new Map(), depth);
    default:
      throw UNHASHABLE;
  }
}

function canonicalObject(value: object, memo: Map<object, string | null>, depth: number): string {
  const known = memo.get(value);
  if (known === null || depth >= MAX_DEPTH) throw UNHASHABLE;
  if (known !== undefined) return known;
  memo.set(value, null);
  const text = describeObject(value, (part) => canonical(part, memo, depth + 1));
  const short = text.length > LONGEST_TEXT ? `#${fullDigest(text)}` : text;
  memo.set(value, short);
  return short;
}

function describeObject(value: object, part: (value: unknown) => string): string {
  if (Array.isArray(value)) {
    if (!isDense(value)) return `A${value.length};${fields(value as unknown as Record<string, unknown>, part)}`;
    let text = `a${value.length};`;
    for (const item of value) text += part(item);
    return text;
  }
  // Wherever the copy lies: what is in it is the input, and what it is called.
  if (isHandedFile(value)) return `h${part(nameOfHandedFile(value))}${part(value.sha256)}`;
  if (isPlainObject(value)) return fields(value, part);
  if (value instanceof Error) return `x${part(String(value.name))}${part(String(value.message))}`;
  const kind = classOf(value);
  if (kind === undefined) throw UNHASHABLE;
  if (value instanceof Map) {
    let text = `m${value.size};`;
    for (const [key, item] of value) text += part(key) + part(item);
    return text;
  }
  if (value instanceof Set) {
    let text = `e${value.size};`;
    for (const item of value) text += part(item);
    return text;
  }
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    return `b${part(kind.tag)}${sha256(bytesOf(value), 'base64url')}`;
  }
  // What is left (dates, addresses, Temporal) holds no further values.
  return `k${part(kind.tag)}${part(kind.write(value, NO_PARTS))}`;
}

const NO_PARTS = {
  child: (): string => {
    throw UNHASHABLE;
  },
  attempt: () => undefined,
};

function fields(value: Readonly<Record<string, unknown>>, part: (value: unknown) => string): string {
  let text = '';
  let count = 0;
  for (const key of Object.keys(value).sort()) {
    const field = value[key];
    if (field === undefined) continue;
    text += `${key.length}:${key}${part(field)}`;
    count++;
  }
  return `o${count};${text}`;
}
