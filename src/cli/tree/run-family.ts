/**
 * A run and the subflows in it as one run to look at: what a subflow tells is told where its call stands, below it in
 * the tree, and by name in plain lines. Knows a subflow from the task that stands for it; drops what belongs to others.
 */

import type { EngineEvent } from '../../engine/events.ts';
import { taskTitle } from '../../model/task-title.ts';
import type { TaskRunRow } from '../../store/task-runs.ts';

/** A run of the family: the task that stands for it in its caller, as it is shown; null for the run at the root. */
type Member = { readonly call: TaskRunRow | null };

/** `named`: tasks of subflows carry the name of their call, as `load > fetch`. */
export type FamilyView = (event: EngineEvent, options: { readonly named: boolean }) => EngineEvent | null;

export function createFamily(rootId: number): FamilyView {
  const members = new Map<number, Member>([[rootId, { call: null }]]);

  const shown = (task: TaskRunRow, { call }: Member, named: boolean): TaskRunRow => {
    if (call === null) return task;
    const scope = task.scope === '' ? call.identity : `${call.identity}/${task.scope}`;
    const name = named ? `${taskTitle(call)} > ${task.name}` : task.name;
    return { ...task, scope, identity: `${call.identity}/${task.identity}`, name };
  };

  return (event, { named }) => {
    const runId = event.kind === 'log' ? event.chunk.flowRunId : event.runId;
    const member = members.get(runId);
    if (member === undefined) return null;
    const { call } = member;
    switch (event.kind) {
      case 'task-state': {
        const { childRunId } = event.task;
        // By its full name: whatever it calls is told with it.
        if (childRunId !== null) members.set(childRunId, { call: shown(event.task, member, true) });
        return { ...event, runId: rootId, task: shown(event.task, member, named) };
      }
      case 'log':
        return { ...event, task: event.task === null ? call : shown(event.task, member, true) };
      case 'progress':
        return { ...event, runId: rootId, task: event.task === null ? call : shown(event.task, member, named) };
      case 'run-state':
        // The rest of its states is told by its call.
        return call === null || event.state.name === 'AwaitingRetry' ? event : null;
      default:
        return event;
    }
  };
}
