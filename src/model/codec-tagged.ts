/**
 * The tagged form of the codec: JSON in which `{"$": tag, "v": payload}` stands for what JSON has no word for.
 * It must never be asked for what plain JSON can say (slower), and reader and writer must meet objects in the same
 * order: a second reference to an object is `{"$":"ref","v":n}`, n counting the objects met before it.
 *
 *   tags: undefined, number (NaN, Infinity, -Infinity, -0), bigint, ref, object (one with a key "$" of its own),
 *   array (one with holes or further properties), and those of codec-classes.ts
 */

import {
  classByTag,
  classOf,
  isDense,
  isPlainObject,
  MAX_DEPTH,
  nameOfClass,
  type Step,
  type ValueWriter,
} from './codec-classes.ts';
import { ERRORS } from './codec-errors.ts';
import { WeirError } from './errors.ts';

/** The tagged text of a value; throws `not-storable` with the path of what is at fault, beginning with `name`. */
export function writeTagged(root: unknown, name: string): string {
  const seen = new Map<object, number>();
  const met: object[] = [];
  const path: Step[] = [];
  const writer: ValueWriter = { child, attempt };
  return write(root);

  function write(value: unknown): string {
    switch (typeof value) {
      case 'string':
        return JSON.stringify(value);
      case 'boolean':
        return String(value);
      case 'number':
        return Number.isFinite(value) && !Object.is(value, -0) ? String(value) : specialNumber(value);
      case 'undefined':
        return '{"$":"undefined"}';
      case 'bigint':
        return `{"$":"bigint","v":"${value}"}`;
      case 'object':
        return value === null ? 'null' : writeObject(value);
      default:
        throw refused(`is a ${typeof value}`);
    }
  }

  function writeObject(value: object): string {
    const index = seen.get(value);
    if (index !== undefined) return `{"$":"ref","v":${index}}`;
    if (path.length >= MAX_DEPTH) {
      path.length = 0;
      throw refused(`is nested more than ${MAX_DEPTH} levels deep`);
    }
    seen.set(value, met.length);
    met.push(value);

    if (Array.isArray(value)) return writeArray(value);
    if (isPlainObject(value)) {
      const fields = writeFields(value, Object.keys(value));
      return Object.hasOwn(value, '$') ? `{"$":"object","v":${fields}}` : fields;
    }
    const kind = classOf(value) ?? (value instanceof Error ? ERRORS : undefined);
    if (kind !== undefined) return `{"$":"${kind.tag}","v":${kind.write(value, writer)}}`;
    throw refused(
      value instanceof Promise ? 'is a Promise; await it first' : `is an instance of ${nameOfClass(value)}`,
    );
  }

  function writeArray(value: readonly unknown[]): string {
    if (!isDense(value)) {
      const fields = writeFields(value as unknown as Record<string, unknown>, Object.keys(value));
      return `{"$":"array","length":${value.length},"v":${fields}}`;
    }
    let text = '[';
    for (let index = 0; index < value.length; index++) {
      text += `${index === 0 ? '' : ','}${child(value[index], index)}`;
    }
    return `${text}]`;
  }

  function writeFields(value: Readonly<Record<string, unknown>>, keys: readonly string[]): string {
    let text = '{';
    for (const key of keys) {
      text += `${text === '{' ? '' : ','}${JSON.stringify(key)}:${child(value[key], key)}`;
    }
    return `${text}}`;
  }

  function child(value: unknown, step: Step): string {
    path.push(step);
    const text = write(value);
    path.pop();
    return text;
  }

  function attempt(read: () => unknown, step: Step): string | undefined {
    const depth = path.length;
    const known = met.length;
    try {
      return child(read(), step);
    } catch {
      // The reader will not meet what was met in here, so it must not be counted.
      path.length = depth;
      for (const forgotten of met.splice(known)) seen.delete(forgotten);
      return undefined;
    }
  }

  function refused(what: string): WeirError {
    return new WeirError('not-storable', `${name}${path.map(showStep).join('')} ${what}`);
  }
}

/** The value of a tagged text. */
export function readTagged(text: string): unknown {
  const met: object[] = [];
  return revive(JSON.parse(text));

  /** Objects and arrays are revived in place: they are fresh from JSON.parse, nobody else holds them. */
  function revive(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) {
      met.push(value);
      for (let index = 0; index < value.length; index++) value[index] = revive(value[index]);
      return value;
    }
    return Object.hasOwn(value, '$') ? reviveTagged(value as Tagged) : reviveFields(value as Record<string, unknown>);
  }

  function reviveFields(value: Record<string, unknown>): object {
    met.push(value);
    // An own key "__proto__" is safe here: assigning to an own property never reaches the prototype's setter.
    for (const key of Object.keys(value)) value[key] = revive(value[key]);
    return value;
  }

  function reviveTagged({ $: tag, v: payload, length = 0 }: Tagged): unknown {
    switch (tag) {
      case 'undefined':
        return undefined;
      case 'number':
        return Number(payload);
      case 'bigint':
        return BigInt(payload as string);
      case 'ref':
        return met[payload as number];
      case 'object':
        return reviveFields(payload as Record<string, unknown>);
      case 'array':
        return reviveArray(length, payload as Record<string, unknown>);
      default:
        return reviveInstance(tag, payload);
    }
  }

  function reviveArray(length: number, fields: Readonly<Record<string, unknown>>): unknown[] {
    const array: unknown[] = [];
    met.push(array);
    array.length = length;
    for (const key of Object.keys(fields)) {
      const value = revive(fields[key]);
      Object.defineProperty(array, key, { value, writable: true, enumerable: true, configurable: true });
    }
    return array;
  }

  function reviveInstance(tag: string, payload: unknown): object {
    const kind = tag === ERRORS.tag ? ERRORS : classByTag(tag);
    if (kind === undefined) {
      throw new WeirError('internal', `a stored value has the tag "${tag}", which this version of Weir cannot read`);
    }
    const instance = kind.create(payload);
    met.push(instance);
    kind.fill?.(instance, payload, revive);
    return instance;
  }
}

interface Tagged {
  readonly $: string;
  readonly v: unknown;
  readonly length?: number;
}

function specialNumber(value: number): string {
  return `{"$":"number","v":"${Object.is(value, -0) ? '-0' : value}"}`;
}

function showStep(step: Step): string {
  if (typeof step === 'function') return step();
  if (typeof step === 'number') return `[${step}]`;
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
}
