/** Schedules of a YAML flow, in the words that schedules have everywhere (model/schedule-spec.ts), and judged by it. */
import type { WeirError } from '../../model/errors.ts';
import type { ScheduleInput } from '../../model/schedule-input.ts';
import { resolveSchedule, scheduleIdentity, scheduleWarnings } from '../../model/schedule-spec.ts';
import { FLOW_FIELDS, SCHEDULE_FIELDS } from './format.ts';
import type { Problems, Span } from './problem.ts';
import { read } from './read.ts';
import type { Shape } from './shape.ts';
import type { Values } from './surroundings.ts';
import { asHint, entryOf, textOf } from './told.ts';
import type { Tree } from './tree.ts';

/** Settings that the flow says for all of its schedules. */
const SHARED = {
  timezone: 'timezone',
  catchup: 'catchup',
  catchup_window: 'catchupWindow',
  overlap: 'overlap',
} as const;
const NAMES: Readonly<Record<string, string>> = { ...SHARED, day_or: 'dayOr' };

const ONE: Shape = {
  kind: 'either',
  of: [{ kind: 'text' }, { kind: 'object', name: 'schedule', fields: SCHEDULE_FIELDS }],
};

/** The schedules that are right; `values` are the flow's. */
export function readSchedules(tree: Tree | undefined, values: Values, problems: Problems): ScheduleInput[] {
  if (tree === undefined) return [];
  const trees = tree.kind === 'list' ? tree.items : [tree];
  const seen = new Map<string, string>();
  return trees.flatMap((each, at): ScheduleInput[] => {
    const field = tree.kind === 'list' ? `schedule[${at}]` : 'schedule';
    const input = inputOf(each, field, values, problems);
    if (input === null) return [];
    try {
      const spec = resolveSchedule(input, { machineZone: 'UTC', seed: '', createdAt: 0, field });
      const identity = scheduleIdentity(spec);
      const first = seen.get(identity);
      if (first !== undefined)
        problems.error(
          spanOf(each),
          `${field} is the same schedule as ${first}`,
          'give each a name of its own, or keep one of them',
        );
      seen.set(identity, field);
      for (const warning of scheduleWarnings(spec)) problems.warning(spanIn(each, 'cron'), warning);
      return [input];
    } catch (error) {
      const { message, hint } = error as WeirError;
      const key = /^schedule(?:\[\d+\])?\.(\w+)/.exec(message)?.[1];
      problems.error(
        key === undefined ? spanOf(each) : spanIn(each, key),
        inKeys(message, each).replace(/\.$/, ''),
        asHint(hint),
      );
      return [];
    }
  });
}

/** Null when the table found something wrong in it, which has been told. */
function inputOf(tree: Tree, field: string, flow: Values, problems: Problems): ScheduleInput | null {
  const value = read(tree, ONE, { path: field, example: FLOW_FIELDS.schedule?.example ?? null }, problems);
  if (typeof value === 'string') return withShared({ cron: value }, flow);
  if (typeof value !== 'object' || value === null || tree.kind !== 'map') return null;
  if (Object.keys(value).length < tree.entries.length) return null;
  const entries = Object.entries(value).map(([key, each]): [string, unknown] => {
    const written = entryOf(tree, key)?.value;
    // The unit counts: 1d is a day of the calendar, 24h are hours.
    if (key === 'interval' && written?.kind === 'scalar') return [key, textOf(written)];
    return [NAMES[key] ?? key, each];
  });
  return withShared(Object.fromEntries(entries), flow);
}

function withShared(own: Readonly<Record<string, unknown>>, flow: Values): ScheduleInput {
  const namesZone = /^\s*(CRON_)?TZ=/.test(String(own.cron ?? ''));
  const shared = Object.entries(SHARED)
    .filter(([key]) => flow[key] !== undefined && !(key === 'timezone' && namesZone))
    .map(([key, name]) => [name, flow[key]]);
  return { ...Object.fromEntries(shared), ...own } as unknown as ScheduleInput;
}

/** The model's names of settings as this file has them. */
function inKeys(message: string, tree: Tree): string {
  const inText = tree.kind === 'scalar' ? message.replace(/^(schedule(?:\[\d+\])?)\.cron/, '$1') : message;
  return inText.replaceAll('catchupWindow', 'catchup_window').replaceAll('dayOr', 'day_or');
}

function spanIn(tree: Tree, key: string): Span {
  const written = Object.entries(NAMES).find(([, name]) => name === key)?.[0] ?? key;
  return entryOf(tree, written)?.value ?? spanOf(tree);
}

function spanOf(tree: Tree): Span {
  return tree.kind === 'map' ? (tree.entries[0]?.key ?? tree) : tree;
}
