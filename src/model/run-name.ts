/** The name of a flow run from its flow's template: `week {week}`, where `{week}` stands for a parameter. */

const LONGEST_VALUE = 80;

/**
 * null when there is no template: the run is then named by its number. What is not given has the default that the
 * parameters' JSON Schema names; a parameter that has neither is shown as it is written.
 */
export function resolveRunName(
  template: string | null,
  params: unknown,
  schema: Readonly<Record<string, unknown>> | null = null,
): string | null {
  if (template === null) return null;
  const given = (params ?? {}) as Readonly<Record<string, unknown>>;
  const properties = (schema?.properties ?? {}) as Readonly<Record<string, { readonly default?: unknown }>>;
  return template.replace(/\{([\w-]+)\}/g, (whole, name: string) => {
    if (Object.hasOwn(given, name)) return shown(given[name]);
    const fallback = Object.hasOwn(properties, name) ? properties[name]?.default : undefined;
    return fallback === undefined ? whole : shown(fallback);
  });
}

function shown(value: unknown): string {
  return (typeof value === 'object' && value !== null ? (JSON.stringify(value) ?? '') : String(value)).slice(
    0,
    LONGEST_VALUE,
  );
}
