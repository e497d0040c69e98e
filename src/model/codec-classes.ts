/**
 * The classes whose instances the codec can store, each with its way to text and back side by side.
 * An instance counts by its exact prototype: a subclass of Map is a class of its own, which nobody could bring back.
 * (Errors are more lenient: codec-errors.ts.)
 * A tag or a payload must never change its meaning: old databases hold them.
 */

/** Deeper nesting is refused, the same everywhere, rather than when the stack of the moment happens to end. */
export const MAX_DEPTH = 1000;

/** One step of a path: a key, an index, or its text. */
export type Step = string | number | (() => string);

/** What a class is given to write what its instances hold. */
export interface ValueWriter {
  /** The text of a value inside; throws when it is not storable. */
  child(value: unknown, step: Step): string;
  /** The same, but undefined when it is not storable or cannot be read. */
  attempt(read: () => unknown, step: Step): string | undefined;
}

/** How instances of one class are stored. What they hold is filled in after `create`, so that cycles can close. */
export interface StorableClass<T extends object = object> {
  readonly tag: string;
  readonly prototype: T;
  /** The payload as JSON text. */
  write(value: T, writer: ValueWriter): string;
  create(payload: unknown): T;
  /** Must revive in the order in which `write` wrote. */
  fill?(instance: T, payload: unknown, revive: (payload: unknown) => unknown): void;
}

/** The storable class of an object, if it has one; errors have none here. */
export function classOf(value: object): StorableClass | undefined {
  return tables().byPrototype.get(Object.getPrototypeOf(value));
}

/** The storable class behind a tag; errors have none here. */
export function classByTag(tag: string): StorableClass | undefined {
  return tables().byTag.get(tag);
}

/** Whether an object is a plain one: made by `{}`, by JSON.parse, or without a prototype. */
export function isPlainObject(value: object): value is Record<string, unknown> {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Whether an array holds its items and nothing else: no holes, no further properties (a RegExp match has some). */
export function isDense(array: readonly unknown[]): boolean {
  const keys = Object.keys(array);
  return keys.length === array.length && (keys.length === 0 || keys.at(-1) === String(array.length - 1));
}

/** What people would call the class of an object. */
export function nameOfClass(value: object): string {
  const named: unknown = (value as { constructor?: { name?: unknown } }).constructor?.name;
  return typeof named === 'string' && named !== '' ? named : 'a class without a name';
}

/** The bytes that a view or a buffer shows, without copying them. */
export function bytesOf(value: ArrayBuffer | ArrayBufferView): Uint8Array {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return new Uint8Array(value);
}

const DATE: StorableClass<Date> = {
  tag: 'Date',
  prototype: Date.prototype,
  write: (date) => (Number.isNaN(date.getTime()) ? 'null' : `"${date.toISOString()}"`),
  create: (payload) => new Date(payload === null ? Number.NaN : (payload as string)),
};

const MAP: StorableClass<Map<unknown, unknown>> = {
  tag: 'Map',
  prototype: Map.prototype,
  write: (map, { child }) => {
    const entries = Array.from(map, ([key, value], index) => {
      const keyText = child(key, () => `.keys()[${index}]`);
      const valueText = child(value, () => (typeof key === 'object' ? `.values()[${index}]` : `.get(${keyText})`));
      return `[${keyText},${valueText}]`;
    });
    return `[${entries.join(',')}]`;
  },
  create: () => new Map(),
  fill: (map, payload, revive) => {
    for (const [key, value] of payload as [unknown, unknown][]) map.set(revive(key), revive(value));
  },
};

const SET: StorableClass<Set<unknown>> = {
  tag: 'Set',
  prototype: Set.prototype,
  write: (set, { child }) => `[${Array.from(set, (value, index) => child(value, index)).join(',')}]`,
  create: () => new Set(),
  fill: (set, payload, revive) => {
    for (const value of payload as unknown[]) set.add(revive(value));
  },
};

const REGEXP: StorableClass<RegExp> = {
  tag: 'RegExp',
  prototype: RegExp.prototype,
  write: ({ source, flags }) => JSON.stringify([source, flags]),
  create: (payload) => new RegExp(...(payload as [string, string])),
};

const WEB_ADDRESS: StorableClass<URL> = {
  tag: 'URL',
  prototype: URL.prototype,
  write: (url) => JSON.stringify(url.href),
  create: (payload) => new URL(payload as string),
};

/** Only the bytes that a view shows are stored; two views of one buffer come back with a buffer each. */
const BYTES = [
  bytesClass(ArrayBuffer, (buffer) => buffer),
  bytesClass(Buffer, (buffer) => Buffer.from(buffer)),
  ...[DataView, Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array].map(viewClass),
  ...[Int32Array, Uint32Array, Float16Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array].map(viewClass),
];

type Bytes = ArrayBuffer | ArrayBufferView;

function viewClass(
  View: (new (buffer: ArrayBuffer) => Bytes) & { name: string; prototype: Bytes },
): StorableClass<Bytes> {
  return bytesClass(View, (buffer) => new View(buffer));
}

function bytesClass(
  Class: { readonly name: string; readonly prototype: Bytes },
  view: (buffer: ArrayBuffer) => Bytes,
): StorableClass<Bytes> {
  return {
    tag: Class.name,
    prototype: Class.prototype,
    write: (value) => `"${bytesOf(value).toBase64()}"`,
    create: (payload) => view(Uint8Array.fromBase64(payload as string).buffer),
  };
}

const DURATION_FIELDS = [
  'years',
  'months',
  'weeks',
  'days',
  'hours',
  'minutes',
  'seconds',
  'milliseconds',
  'microseconds',
  'nanoseconds',
] as const;

/** Made when one is first asked for: reaching for Temporal takes half a millisecond, and few values are of it. */
function temporalClasses(): StorableClass[] {
  /** Temporal's own text is exact for these. */
  const byText = (
    ['Instant', 'PlainDate', 'PlainTime', 'PlainDateTime', 'PlainYearMonth', 'PlainMonthDay'] as const
  ).map(
    (name): StorableClass => ({
      tag: `Temporal.${name}`,
      prototype: Temporal[name].prototype,
      write: (value) => JSON.stringify(String(value)),
      create: (payload) => Temporal[name].from(payload as string),
    }),
  );

  /** Not by its text, which rounds the offset to minutes and is refused when the zone's rules have changed since. */
  const zoned: StorableClass<Temporal.ZonedDateTime> = {
    tag: 'Temporal.ZonedDateTime',
    prototype: Temporal.ZonedDateTime.prototype,
    write: (time) => JSON.stringify([String(time.epochNanoseconds), time.timeZoneId, time.calendarId]),
    create: (payload) => {
      const [nanoseconds, zone, calendar] = payload as [string, string, string];
      return new Temporal.ZonedDateTime(BigInt(nanoseconds), zone, calendar);
    },
  };

  /** Not by its text, which turns 1500 milliseconds into a second and a half. */
  const duration: StorableClass<Temporal.Duration> = {
    tag: 'Temporal.Duration',
    prototype: Temporal.Duration.prototype,
    write: (value) => JSON.stringify(DURATION_FIELDS.map((field) => value[field])),
    create: (payload) => new Temporal.Duration(...(payload as number[])),
  };
  return [...byText, zoned, duration];
}

interface Tables {
  readonly byTag: ReadonlyMap<string, StorableClass>;
  readonly byPrototype: ReadonlyMap<object, StorableClass>;
}

let made: Tables | undefined;

function tables(): Tables {
  if (made !== undefined) return made;
  const classes = [DATE, MAP, SET, REGEXP, WEB_ADDRESS, ...BYTES, ...temporalClasses()];
  made = {
    byTag: new Map(classes.map((kind) => [kind.tag, kind])),
    byPrototype: new Map(classes.map((kind) => [kind.prototype, kind])),
  };
  return made;
}
