/** What was typed into the form of parameters, to the values that a run is given; each text is read as `-p` reads it. Pure. */
import { type ParamFault, paramFaults } from './param-faults.ts';
import type { ParamForm } from './param-form.ts';
import { parseJsonParams } from './param-json.ts';
import { type JsonSchema, knownParams } from './param-schema.ts';
import { readParam, readUntyped } from './param-text.ts';

/** Texts by the name of the parameter, as they stand in the form. */
export type ParamTexts = ReadonlyMap<string, string>;

export interface ParamEntry {
  /** What the run is given; what was left empty is not. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly faults: readonly ParamFault[];
  /** `weir deployment run FLOW` is given these. */
  readonly flags: readonly string[];
}

/** The field of further parameters, in faults: no parameter can be called so. */
export const FURTHER = '';

/** `own`: the deployment's values, which count where nothing is given. */
export function readParamEntry(
  form: ParamForm,
  texts: ParamTexts,
  further: string,
  schema: JsonSchema | null,
  own: Readonly<Record<string, unknown>>,
): ParamEntry {
  const { properties, rest } = knownParams(schema);
  const params = new Map<string, unknown>();
  const faults: ParamFault[] = [];
  const flags: string[] = [];
  if (further.trim() !== '') {
    const object = readObject(further, schema);
    if (object === null) faults.push({ field: FURTHER, message: 'expected a JSON object, such as {"week": 7}' });
    else for (const [name, value] of Object.entries(object)) params.set(name, value);
    flags.push('--params', further.trim());
  }
  for (const { name, control, defaultText } of form.fields) {
    const text = texts.get(name)?.replaceAll('\r\n', '\n') ?? '';
    // A box cannot say nothing: where it stands as it would by itself, nothing is given.
    if (text === '' || (control.kind === 'checkbox' && text === defaultText)) continue;
    const reading =
      schema === null ? { value: readUntyped(text) } : readParam(text, properties.get(name) ?? rest, schema);
    params.set(name, reading === null ? text : reading.value);
    flags.push('-p', `${name}=${text.startsWith('@') ? '@' : ''}${text}`);
  }
  const values = Object.fromEntries(params);
  return { params: values, faults: [...faults, ...paramFaults({ ...own, ...values }, schema)], flags };
}

function readObject(text: string, schema: JsonSchema | null): Record<string, unknown> | null {
  try {
    const value = parseJsonParams(text, schema);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
