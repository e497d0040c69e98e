/** A task of a graph that is another flow: a run of its own, as when a TypeScript flow calls one. */
import { hashValue } from '../../model/identity.ts';
import type { FlowDefinition } from '../../sdk/flow.ts';
import { ReturnedState } from '../../sdk/states.ts';
import type { YamlWork } from '../yaml/yaml-flow.ts';
import type { TaskCallParts, Work } from './call-parts.ts';
import { paramsOfCall } from './command.ts';
import type { TaskResult } from './task-end.ts';

export function subflowOf(parts: TaskCallParts, work: Extract<YamlWork, { kind: 'flow' }>, flow: FlowDefinition): Work {
  const params = paramsOfCall(parts, work.params);
  return {
    kind: 'subflow',
    given: params,
    args: [params],
    more: { flow, settle: settled },
    code: flow.graph?.code ?? hashValue(flow.run.toString()) ?? '',
    run: flow.run,
  };
}

/** What its run returned, as a task of a graph hands it on. */
function settled(returned: unknown): unknown {
  if (!(returned instanceof ReturnedState)) return resultOf(returned);
  const { type, name, message, retriable, result } = returned;
  return type === 'COMPLETED' ? new ReturnedState(type, name, message, retriable, resultOf(result)) : returned;
}

function resultOf(result: unknown): TaskResult {
  const isObject = typeof result === 'object' && result !== null && !Array.isArray(result);
  const outputs = isObject ? (result as Record<string, unknown>) : {};
  return { outputs, files: {}, metrics: {}, result: result ?? null, finished_at: new Date().toISOString() };
}
