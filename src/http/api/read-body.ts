/**
 * The JSON of a request, for resources that take one: what is too large, too deep, of another type or no JSON is refused
 * with a sentence before anything looks at it. Must not let through what JSON cannot give back: 1e999, or lone surrogates.
 */
import { WeirError } from '../../model/errors.ts';
import { badField } from './bad-field.ts';

/** Parameters and variables are small; files belong into the flow's folder. */
export const LARGEST_BODY = 2 * 1024 * 1024;
const DEEPEST = 64;
/** What is sent beyond the limit is read and dropped, so that the answer is heard; who sends more is cut off. */
const MOST_DROPPED = 64 * 1024 * 1024;

/** Undefined when the request has no body at all. @throws WeirError with the status that fits */
export async function readJson(request: Request): Promise<unknown> {
  const type = request.headers.get('content-type');
  const bytes = await readBytes(request);
  if (bytes.length === 0) return undefined;
  if (type === null || !/^application\/([\w.-]+\+)?json\s*(;|$)/i.test(type))
    throw new WeirError('unsupported-type', `the body is ${type === null ? 'of no type' : `"${type.slice(0, 100)}"`}`, {
      hint: 'send JSON, with the header "Content-Type: application/json"',
    });
  const value = parse(bytes);
  refuseUnkept(value);
  return value;
}

async function readBytes(request: Request): Promise<Uint8Array> {
  if (request.body === null) return new Uint8Array();
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of request.body as unknown as AsyncIterable<Uint8Array>) {
    size += part.length;
    if (size <= LARGEST_BODY) parts.push(part);
    else parts.length = 0;
    if (size > MOST_DROPPED) break;
  }
  if (size <= LARGEST_BODY) return Buffer.concat(parts);
  throw new WeirError('too-large', `the body has more than ${LARGEST_BODY} bytes`, {
    hint: 'hand large data on as a file, and its place as a parameter',
  });
}

function parse(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw badField('body', 'is no UTF-8', { cause });
  }
  refuseDepth(text);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw badField('body', `is no JSON: ${(cause as Error).message.slice(0, 200)}`, { cause });
  }
}

/** Counted in the text: what walks the value afterwards may call itself for every level. */
function refuseDepth(text: string): void {
  let depth = 0;
  let isString = false;
  for (let at = 0; at < text.length; at++) {
    const sign = text.charCodeAt(at);
    if (isString) {
      if (sign === 0x5c) at++;
      else if (sign === 0x22) isString = false;
    } else if (sign === 0x22) isString = true;
    else if (sign === 0x7b || sign === 0x5b) {
      if (++depth > DEEPEST) throw badField('body', `is nested deeper than ${DEEPEST} levels`);
    } else if (sign === 0x7d || sign === 0x5d) depth--;
  }
}

function refuseUnkept(value: unknown, place = ''): void {
  if (typeof value === 'number' && !Number.isFinite(value)) refuse(place, 'is too large a number');
  if (typeof value === 'string' && !value.isWellFormed()) refuse(place, 'holds half a character (a lone surrogate)');
  if (typeof value !== 'object' || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    const here = Array.isArray(value) ? `${place}[${key}]` : place === '' ? key : `${place}.${key}`;
    if (key === '__proto__') refuse(here, 'is a name that no object may have');
    if (!key.isWellFormed()) refuse(here, 'holds half a character (a lone surrogate)');
    refuseUnkept(item, here);
  }
}

function refuse(place: string, fault: string): never {
  throw badField(place === '' ? 'body' : place, fault);
}
