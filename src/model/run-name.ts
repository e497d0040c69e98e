/** The name of a flow run from its flow's template: `week {week}`, where `{week}` stands for a parameter. */

const LONGEST_VALUE = 80;

/** null when there is no template: the run is then named by its number. */
export function resolveRunName(template: string | null, params: unknown): string | null {
  if (template === null) return null;
  const given = (params ?? {}) as Readonly<Record<string, unknown>>;
  return template.replace(/\{([\w-]+)\}/g, (whole, name: string) =>
    Object.hasOwn(given, name) ? String(given[name]).slice(0, LONGEST_VALUE) : whole,
  );
}
