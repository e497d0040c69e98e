/**
 * The format of YAML flows as JSON Schema, for editors: made from the table that also validates (format.ts), so it says
 * what Weir does. Draft-07, because that is what the YAML support of editors understands.
 */
import { SCHEMA_FORMATS, SCHEMA_KEYWORDS, SCHEMA_TYPES } from '../../model/json-schema.ts';
import { FLOW_SHAPE } from './format.ts';
import { PARAM_TYPES } from './params.ts';
import type { Fields, Shape } from './shape.ts';

type Schema = Readonly<Record<string, unknown>>;

const DURATION = '^\\s*(\\d+(\\.\\d+)?(ms|[smhdw])\\s*)+$';

/** JSON Schema of a whole flow file. */
export function formatSchema(): Schema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Weir flow',
    description: 'A pipeline of shell commands. In a file: # yaml-language-server: $schema=weir-flow.schema.json',
    ...objectSchema(FLOW_SHAPE),
    patternProperties: { '^x-': { description: 'Holds what anchors share; Weir does not read it.' } },
    definitions: { parameter: parameterSchema() },
  };
}

function schemaOf(shape: Shape): Schema {
  switch (shape.kind) {
    case 'text': {
      const type = shape.takesAny === true ? ['string', 'number', 'boolean'] : 'string';
      if (shape.words !== undefined) return { enum: shape.words };
      if (shape.rule !== undefined) return { type, pattern: shape.rule.pattern.source };
      return shape.canBeEmpty === true ? { type } : { type, pattern: '\\S' };
    }
    case 'integer':
    case 'number': {
      const least = Number.isFinite(shape.least) ? { minimum: shape.least } : {};
      return { type: shape.kind, ...least, ...(shape.most === undefined ? {} : { maximum: shape.most }) };
    }
    case 'boolean':
      return { type: 'boolean' };
    case 'duration':
      return { type: 'string', pattern: DURATION };
    case 'list':
      return { type: 'array', items: schemaOf(shape.of), ...(shape.isFilled === true ? { minItems: 1 } : {}) };
    case 'map':
      return {
        type: 'object',
        additionalProperties: schemaOf(shape.of),
        propertyNames: { pattern: shape.keys.rule?.pattern.source ?? '\\S' },
        ...(shape.isFilled === true ? { minProperties: 1 } : {}),
      };
    case 'object':
      return objectSchema(shape);
    case 'either':
      return { anyOf: shape.of.map(schemaOf) };
    case 'data':
      return {};
    case 'schema':
      return { $ref: '#/definitions/parameter' };
  }
}

function objectSchema({ fields, required = [] }: Extract<Shape, { kind: 'object' }>): Schema {
  return {
    type: 'object',
    properties: propertiesOf(fields),
    additionalProperties: false,
    ...(required.length === 0 ? {} : { required }),
  };
}

function propertiesOf(fields: Fields): Schema {
  const entries = Object.entries(fields).map(([name, { shape, says, example }]) => [
    name,
    { description: `${says}\n\n${example}`, ...schemaOf(shape) },
  ]);
  return Object.fromEntries(entries) as Schema;
}

function parameterSchema(): Schema {
  const self = { $ref: '#/definitions/parameter' };
  const type = { enum: [...SCHEMA_TYPES, ...PARAM_TYPES] };
  const count = { type: 'integer', minimum: 0 };
  const kinds: Readonly<Record<(typeof SCHEMA_KEYWORDS)[string], Schema>> = {
    any: {},
    text: { type: 'string' },
    number: { type: 'number' },
    count,
    flag: { type: 'boolean' },
    list: { type: 'array' },
    texts: { type: 'array', items: { type: 'string' } },
    pattern: { type: 'string', format: 'regex' },
    format: { enum: SCHEMA_FORMATS },
    type: { anyOf: [type, { type: 'array', items: type, minItems: 1 }] },
    schema: self,
    'schema-or-flag': { anyOf: [{ type: 'boolean' }, self] },
    schemas: { type: 'array', items: self, minItems: 1 },
    'named-schemas': { type: 'object', additionalProperties: self },
  };
  return {
    description: 'JSON Schema of one parameter. Without default it must be given.',
    type: 'object',
    properties: Object.fromEntries(Object.entries(SCHEMA_KEYWORDS).map(([name, check]) => [name, kinds[check]])),
    additionalProperties: false,
  };
}
