/**
 * How the codec stores errors: message, stack, cause and every further property come back, as does the nearest
 * built-in class. An error of the user's own class becomes one of that built-in class, with the `name` it had.
 * An error must never be lost because of what hangs on it (sockets, requests): such properties are left out.
 */

import type { StorableClass, ValueWriter } from './codec-classes.ts';

/** `hidden`: own properties that do not show when listed, such as message and stack; `fields`: those that do. */
interface ErrorPayload {
  readonly class: string;
  readonly hidden: Readonly<Record<string, unknown>>;
  readonly fields: Readonly<Record<string, unknown>>;
}

export const ERRORS: StorableClass<Error> = {
  tag: 'Error',
  prototype: Error.prototype,
  write: (error, writer) => {
    const className = nearestBuiltIn(error);
    const own = Object.getOwnPropertyNames(error);
    const isField = (key: string) => Object.prototype.propertyIsEnumerable.call(error, key);
    const hidden = own.filter((key) => !isField(key));
    if (!own.includes('name') && error.name !== className) hidden.push('name');
    // A DOMException keeps its message behind a getter of its prototype.
    if (className === 'DOMException') hidden.push('message');
    const hiddenText = writeProperties(error, hidden, writer);
    const fieldsText = writeProperties(error, own.filter(isField), writer);
    return `{"class":"${className}","hidden":${hiddenText},"fields":${fieldsText}}`;
  },
  create: (payload) => {
    const { class: className, hidden } = payload as ErrorPayload;
    const error = (BUILT_IN[className] ?? createPlain)(hidden);
    // Its stack would tell where it was read, not where it was thrown.
    Object.defineProperty(error, 'stack', { value: undefined, writable: true, configurable: true });
    return error;
  },
  fill: (error, payload, revive) => {
    const { hidden, fields } = payload as ErrorPayload;
    for (const [properties, enumerable] of [[hidden, false] as const, [fields, true] as const]) {
      for (const key of Object.keys(properties)) {
        const value = revive(properties[key]);
        Object.defineProperty(error, key, { value, enumerable, writable: true, configurable: true });
      }
    }
  },
};

type Create = (hidden: Readonly<Record<string, unknown>>) => Error;

const createPlain: Create = () => new Error();

const BUILT_IN: Readonly<Record<string, Create>> = {
  Error: createPlain,
  TypeError: () => new TypeError(),
  RangeError: () => new RangeError(),
  SyntaxError: () => new SyntaxError(),
  ReferenceError: () => new ReferenceError(),
  EvalError: () => new EvalError(),
  URIError: () => new URIError(),
  AggregateError: () => new AggregateError([]),
  SuppressedError: () => new SuppressedError(undefined, undefined),
  // What an AbortSignal throws. Its code follows from its name, so both are given at birth.
  DOMException: ({ message, name }) => new DOMException(String(message ?? ''), String(name ?? 'Error')),
};

/** The first built-in class on the way up from the error's own. */
function nearestBuiltIn(error: Error): string {
  for (let step: object | null = error; step !== null; step = Object.getPrototypeOf(step)) {
    const found = builtInPrototypes.get(step);
    if (found !== undefined) return found;
  }
  return 'Error';
}

const builtInPrototypes = new Map<object, string>(
  [
    ...[Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError],
    ...[AggregateError, SuppressedError, DOMException],
  ].map((Class) => [Class.prototype, Class.name]),
);

function writeProperties(error: Error, keys: readonly string[], writer: ValueWriter): string {
  const properties: string[] = [];
  for (const key of keys) {
    const text = writer.attempt(() => (error as unknown as Record<string, unknown>)[key], key);
    if (text !== undefined) properties.push(`${JSON.stringify(key)}:${text}`);
  }
  return `{${properties.join(',')}}`;
}
