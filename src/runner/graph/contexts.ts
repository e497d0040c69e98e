/**
 * The values that expressions of a run may name. What only some flows name (the environment, variables) is looked up only
 * where it is named.
 */
import type { RunContext } from '../../sdk/runtime.ts';
import type { Scope } from '../scope.ts';
import { instantIn } from '../slot-zone.ts';
import type { YamlData, YamlExpression, YamlTemplate } from '../yaml/yaml-flow.ts';

/** Names and what they hold. */
export type Contexts = Readonly<Record<string, unknown>>;

/** What holds in every task of a run: slot, run, and variables where any of `readers` names one. */
export async function runContexts(scope: Scope, readers: readonly YamlData[]): Promise<Contexts> {
  const context = scope.line.contextOf(scope);
  const names = new Set(readers.flatMap(expressionsOf).flatMap(({ reads }) => reads.map(([name = '']) => name)));
  const variables = names.has('variables') ? await scope.line.ask({ ask: 'variables' }, scope.call) : {};
  return { slot: slotOf(context), run: runOf(context), variables };
}

function runOf({ flowRun, dir, runDir }: RunContext): unknown {
  const { id, flow, name, attempt, trigger, tags } = flowRun;
  return { id, flow, name, attempt, trigger, tags, dir, run_dir: runDir };
}

/** Times in the schedule's zone. */
function slotOf({ slot }: RunContext): unknown {
  if (slot === null) return null;
  const told = (time: Date | null) => time && instantIn(time.getTime(), slot.zone);
  return { time: told(slot.time), start: told(slot.start), end: told(slot.end), covers_from: told(slot.coversFrom) };
}

/** Every expression that stands in it. */
export function expressionsOf(value: YamlData): readonly YamlExpression[] {
  switch (value.kind) {
    case 'plain':
      return [];
    case 'template':
      return value.template.expressions;
    case 'list':
      return value.items.flatMap(expressionsOf);
    case 'map':
      return Object.values(value.entries).flatMap(expressionsOf);
  }
}

/** A template where data is wanted. */
export function asData(template: YamlTemplate): YamlData {
  return { kind: 'template', template };
}

/** Whether the expressions name something, such as `item`. */
export function names(expressions: readonly YamlExpression[], name: string): boolean {
  return expressions.some(({ reads }) => reads.some(([head]) => head === name));
}
