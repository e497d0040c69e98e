/**
 * JSON Schema of the parameters that may be given to a flow: by zod's converter, or by the schema's own word (Standard
 * JSON Schema). A schema that JSON Schema cannot say is no fault: what cannot be said is left open.
 */
import { COERCES_MARK, type JsonSchema, VALUE_MARK } from '../model/param-schema.ts';

/** The part of a Standard Schema that is looked at. */
interface Described {
  readonly '~standard'?: {
    readonly vendor?: string;
    readonly jsonSchema?: { readonly input?: (options: object) => unknown };
  };
}

/** The part of zod that is used. */
type Convert = (schema: unknown, options: object) => JsonSchema;

interface ZodNode {
  readonly zodSchema: { readonly _zod: { readonly def: { readonly type: string; readonly coerce?: boolean } } };
  readonly jsonSchema: Record<string, unknown>;
}

/** null when nothing can be said: then every name is accepted, and the schema alone judges. */
export function paramsToJsonSchema(schema: unknown, loadZod: () => Record<PropertyKey, unknown>): JsonSchema | null {
  const standard = (schema as Described)['~standard'];
  try {
    if (standard?.vendor === 'zod') {
      const convert = loadZod().toJSONSchema as Convert;
      return convert(schema, { io: 'input', unrepresentable: 'any', override: markNode });
    }
    const own = standard?.jsonSchema?.input?.({ target: 'draft-2020-12' });
    return typeof own === 'object' ? (own as JsonSchema | null) : null;
  } catch {
    return null;
  }
}

/** Dates and whole numbers of any size can be written as text, though JSON has none. */
function markNode({ zodSchema, jsonSchema }: ZodNode): void {
  const { type, coerce } = zodSchema._zod.def;
  if (type === 'date') Object.assign(jsonSchema, { type: 'string', format: 'date-time', [VALUE_MARK]: 'date' });
  if (type === 'bigint') Object.assign(jsonSchema, { type: 'integer', [VALUE_MARK]: 'bigint' });
  if (coerce === true) jsonSchema[COERCES_MARK] = true;
}
