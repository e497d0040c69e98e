/**
 * What handlers see of a run's tasks: as this host has seen them end or, where the run was driven by a host that is gone,
 * as the engine has kept them. Items are not kept, only what became of them.
 */
import { decode } from '../../model/codec.ts';
import type { EndedTask } from '../../model/request.ts';
import { readKept } from '../kept-result.ts';
import type { Scope } from '../scope.ts';
import type { YamlPlace } from './place.ts';
import { type ItemEnd, type TaskResult, viewOf } from './task-end.ts';

/** What `${{ tasks.NAME }}` reaches, of every task that has ended. */
export async function endedTasks(
  { ended, flow }: YamlPlace,
  scope: Scope,
  runId: number,
): Promise<Readonly<Record<string, unknown>>> {
  const seen = ended.get(runId);
  if (seen !== undefined) return Object.fromEntries(seen);
  const kept = (await scope.line.ask({ ask: 'ended-tasks' }, scope.call)) as readonly EndedTask[];
  const byName = Map.groupBy(kept, ({ name }) => name);
  const views = flow.tasks.flatMap(({ name, forEach, continueOnFailure }): [string, unknown][] => {
    const items = byName.get(name)?.map(itemOf);
    if (items === undefined) return [];
    return [[name, viewOf({ name, items, hasItems: forEach !== null, isTolerated: continueOnFailure })]];
  });
  return Object.fromEntries(views);
}

function itemOf({ state, result, content }: EndedTask): ItemEnd {
  const kept = state === 'COMPLETED' ? readKept({ result, content }) : null;
  const value = kept !== null && 'bytes' in kept ? (decode(kept.bytes) as TaskResult) : null;
  return { call: null, state, result: value, item: null };
}
