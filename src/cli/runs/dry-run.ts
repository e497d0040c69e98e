/** `weir run --dry-run`: what would run, with which parameters, where. Records nothing, runs none of the flow's code. */
import type { ManualSlot } from '../../engine/schedule/manual-slot.ts';
import { isoTime } from '../../engine/tell/told-times.ts';
import { formatDuration } from '../../model/duration.ts';
import { EXIT } from '../../model/errors.ts';
import type { FlowDescription } from '../../model/flow-description.ts';
import { type PlainJson, toPlainJson } from '../../model/plain-json.ts';
import { colors, print, printJson, say, table } from '../output.ts';
import { plainText } from '../terminal-text.ts';

export interface Planned {
  readonly path: string;
  readonly flow: FlowDescription;
  /** As given. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly tags: readonly string[];
  readonly infrastructure: string;
  readonly slot: ManualSlot | null;
  readonly name: string | null;
}

export function tellPlan(plan: Planned, options: { readonly json: boolean }): number {
  const { given, missing } = parametersOf(plan);
  const code = missing.length > 0 ? EXIT.usage : EXIT.ok;
  const { flow, path, tags, infrastructure, slot } = plan;
  const { options: rules } = flow;
  if (options.json) {
    printJson({
      schema: 'weir.dry-run/1',
      ...{ flow: flow.name, path, entry: flow.entry, version: flow.version, code: flow.codeHash },
      params: Object.fromEntries(given.map(({ name, value }) => [name, value])),
      missing,
      ...{ tags, infrastructure, limits: rules.concurrencyLimits },
      slot: slot === null ? null : isoTime(slot.at),
      ...{ retries: rules.retries, timeout_ms: rules.timeoutMs },
    });
    return code;
  }
  print(`${plainText(flow.name)} would run, from ${path}`);
  const limits = Object.entries(rules.concurrencyLimits).map(([name, capacity]) => `${name} ${capacity}`);
  const facts = [
    ...given.map(({ name, value, isDefault }, place) => [
      place === 0 ? 'params' : '',
      `${plainText(name)} = ${plainText(JSON.stringify(value))}${isDefault ? colors.dim(' (default)') : ''}`,
    ]),
    ...(given.length === 0 ? [['params', 'none']] : []),
    ['tags', tags.map(plainText).join(', ') || 'none'],
    ['slot', slot === null ? 'none: the flow has no schedule' : isoTime(slot.at)],
    ['limits', limits.join(', ') || 'none'],
    ['where', `in a ${infrastructure} of this process`],
    ['retries', `${rules.retries}${rules.timeoutMs === null ? '' : `, time limit ${formatDuration(rules.timeoutMs)}`}`],
  ];
  print(table(facts.map(([name = '', value = '']) => [`  ${colors.dim(name)}`, value])));
  for (const name of missing) say(`${colors.red('missing:')} the parameter ${name} has no default: -p ${name}=...`);
  say(colors.dim('nothing was recorded; the values are checked by the flow when it runs'));
  return code;
}

interface Parameter {
  readonly name: string;
  readonly value: PlainJson;
  readonly isDefault: boolean;
}

/** What was given, then the defaults that the flow's schema names. */
function parametersOf({ flow, params }: Planned): { given: Parameter[]; missing: string[] } {
  const schema = flow.paramsSchema;
  const properties = (schema?.properties ?? {}) as Readonly<Record<string, { readonly default?: unknown }>>;
  const required = (schema?.required ?? []) as readonly string[];
  const given = Object.entries(params).map(([name, value]) => ({ name, value: toPlainJson(value), isDefault: false }));
  const defaults = Object.entries(properties)
    .filter(([name, property]) => !Object.hasOwn(params, name) && property.default !== undefined)
    .map(([name, property]) => ({ name, value: toPlainJson(property.default), isDefault: true }));
  const missing = required.filter((name) => !Object.hasOwn(params, name) && properties[name]?.default === undefined);
  return { given: [...given, ...defaults], missing };
}
