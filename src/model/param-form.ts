/**
 * A field of a form for each parameter, from its JSON Schema: which control, with which bounds, and a value as the text
 * that the control shows. What is typed is read by param-text.ts, as on the command line. Pure.
 */

import { requiredNames } from './param-faults.ts';
import {
  alternativesOf,
  constantsOf,
  expectationOf,
  type JsonSchema,
  knownParams,
  VALUE_MARK,
} from './param-schema.ts';
import { toPlainJson } from './plain-json.ts';

export type ParamControl =
  | { readonly kind: 'text'; readonly example: string | null }
  | { readonly kind: 'date' }
  | { readonly kind: 'number'; readonly min: number | null; readonly max: number | null; readonly step: number | 'any' }
  | { readonly kind: 'checkbox' }
  /** Each option as it is written. */
  | { readonly kind: 'select'; readonly options: readonly string[] }
  /** `json`: a list, an object, or anything else. */
  | { readonly kind: 'textarea'; readonly json: boolean };

export interface ParamField {
  readonly name: string;
  readonly title: string | null;
  readonly description: string | null;
  /** In words: `a whole number`; null where anything goes. */
  readonly expectation: string | null;
  readonly isRequired: boolean;
  /** What it is when nothing is given; null: there is none. */
  readonly defaultText: string | null;
  readonly control: ParamControl;
}

export interface ParamForm {
  readonly fields: readonly ParamField[];
  /** Further parameters may be given, as JSON. */
  readonly isOpen: boolean;
}

/** More have no field each, and are given as JSON. */
const MOST_FIELDS = 60;
const MOST_OPTIONS = 100;
const LONG_TEXT = 200;

/** `own`: values that count before the defaults of the schema, such as those of a deployment. */
export function paramForm(schema: JsonSchema | null, own: Readonly<Record<string, unknown>>): ParamForm {
  if (schema === null) return { fields: [], isOpen: true };
  const { properties, isOpen } = knownParams(schema);
  const required = new Set(requiredNames(schema));
  const fields = [...properties].slice(0, MOST_FIELDS).map(([name, each]): ParamField => {
    const alternatives = alternativesOf(each, schema);
    const said = alternatives.find((one) => 'default' in one);
    const hasOwn = Object.hasOwn(own, name);
    const fallback = hasOwn ? own[name] : 'default' in each ? each.default : said?.default;
    const hasDefault = hasOwn || fallback !== undefined;
    const isRequired = required.has(name) && !hasDefault;
    return {
      name,
      title: textOf(each.title),
      description: textOf(each.description),
      expectation: expectationOf(each, schema),
      isRequired,
      defaultText: hasDefault ? valueText(fallback) : null,
      control: controlOf(alternatives, hasDefault || isRequired, hasDefault ? fallback : undefined),
    };
  });
  return { fields, isOpen: isOpen || properties.size > MOST_FIELDS };
}

/** A value as it is typed, so that reading it gives the value again. */
export function valueText(value: unknown): string {
  if (typeof value === 'string') return value;
  const plain = toPlainJson(value);
  if (typeof plain === 'string') return plain;
  const text = JSON.stringify(plain);
  return text.length > 60 && typeof plain === 'object' ? JSON.stringify(plain, null, 2) : text;
}

function controlOf(alternatives: readonly JsonSchema[], isSettled: boolean, value: unknown): ParamControl {
  const constants = alternatives.map((each) => (each.type === 'null' ? [null] : constantsOf(each)));
  if (constants.every((each) => each !== null)) {
    const options = [...new Set(constants.flat().map(valueText))];
    return options.length <= MOST_OPTIONS ? { kind: 'select', options } : { kind: 'text', example: null };
  }
  const hasNull = alternatives.some((each) => each.type === 'null');
  const others = alternatives.filter((each) => each.type !== 'null');
  const [only] = others;
  const types = new Set(others.map((each) => each.type));
  if (only === undefined || types.size !== 1) {
    const structured = types.has('array') || types.has('object') || types.has(undefined);
    return structured ? { kind: 'textarea', json: true } : { kind: 'text', example: null };
  }
  switch (only.type) {
    case 'boolean':
      // A box is always ticked or not: where nothing may be said, there must be a way to say nothing.
      return !hasNull && isSettled
        ? { kind: 'checkbox' }
        : { kind: 'select', options: ['true', 'false', ...(hasNull ? ['null'] : [])] };
    case 'integer':
    case 'number':
      if (hasNull || others.length > 1 || only[VALUE_MARK] !== undefined) return { kind: 'text', example: null };
      return numberControl(only);
    case 'string':
      return textControl(others, hasNull, value);
    case 'array':
    case 'object':
    case undefined:
      return { kind: 'textarea', json: true };
    default:
      return { kind: 'text', example: null };
  }
}

function numberControl({ type, minimum, maximum, multipleOf }: JsonSchema): ParamControl {
  const bound = (value: unknown) => (Number.isSafeInteger(value) || !Number.isInteger(value) ? numberOf(value) : null);
  const step = numberOf(multipleOf) ?? (type === 'integer' ? 1 : 'any');
  // Steps count from the least: a browser would refuse what the schema takes.
  const min = bound(minimum);
  const isEven = min === null || step === 'any' || Number.isInteger(min / step);
  // The limits that libraries write for whole numbers are those of the language.
  const tight = (value: number | null) => (value !== null && Math.abs(value) < Number.MAX_SAFE_INTEGER ? value : null);
  return { kind: 'number', min: tight(min), max: tight(bound(maximum)), step: isEven ? step : 'any' };
}

function textControl(alternatives: readonly JsonSchema[], hasNull: boolean, value: unknown): ParamControl {
  const [only = {}] = alternatives;
  if (alternatives.length === 1 && only.format === 'date' && !hasNull && isDateOrNothing(value))
    return { kind: 'date' };
  if (only[VALUE_MARK] === 'date' || only.format === 'date-time')
    return { kind: 'text', example: '2026-11-23T06:00:00Z' };
  if (only.format === 'time') return { kind: 'text', example: '06:30:00' };
  const isLong = (numberOf(only.maxLength) ?? 0) > LONG_TEXT;
  const hasLines = typeof value === 'string' && value.includes('\n');
  return isLong || hasLines ? { kind: 'textarea', json: false } : { kind: 'text', example: null };
}

/** A default may be an expression, which is no date before the run begins. */
function isDateOrNothing(value: unknown): boolean {
  return value === undefined || (typeof value === 'string' && !value.includes('${{'));
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
