/** Concurrency limits as people and scripts see them: capacity, who holds, who waits. Only reads. */
import type { FlowRules } from '../../model/flow-description.ts';
import type { LimitUserView, LimitView } from '../../model/limit-view.ts';
import { taskTitle } from '../../model/task-title.ts';
import type { Holder } from '../../store/limits.ts';
import type { Store } from '../../store/store.ts';
import { isoTime } from './told-times.ts';

/** Every limit that was created, is declared by a deployed flow, or is in use. */
export function limitNames(store: Store): string[] {
  const declared = store.deployments.all().flatMap(({ options }) => Object.keys(options.concurrencyLimits));
  const created = store.limits.created().map(({ name }) => name);
  return [...new Set([...created, ...declared, ...store.limits.usedNames()])].sort();
}

/** null when nobody knows such a limit. */
export function limitView(store: Store, name: string): LimitView | null {
  const holders = store.limits.holders(name);
  const waiters = store.limits.waiters(name);
  const declared = declaredCapacity(store, name, [...holders, ...waiters]);
  const isCreated = store.limits.isCreated(name);
  if (!isCreated && declared === null && holders.length + waiters.length === 0) return null;
  return {
    name,
    capacity: store.limits.capacityOf(name, declared === null ? {} : { [name]: declared }),
    declared_by: isCreated ? 'user' : declared === null ? null : 'flow',
    in_use: store.limits.heldOf(name),
    holders: holders.map((holder) => userView(store, holder)),
    waiters: waiters.map((waiter) => userView(store, waiter)),
  };
}

/** What the flows say that use it, else those that are deployed; flows may disagree, the first is told. */
function declaredCapacity(store: Store, name: string, users: readonly Holder[]): number | null {
  // A limit may be called as what every object has: `constructor`.
  const declares = (rules: FlowRules | undefined) =>
    rules !== undefined && Object.hasOwn(rules.concurrencyLimits, name);
  const ofUsers = users.map(({ flowRunId }) => store.flowRuns.byId(flowRunId)?.options).find(declares);
  // All deployments are read only where no user says it.
  const declaring = ofUsers ?? store.deployments.all().find(({ options }) => declares(options))?.options;
  return declaring?.concurrencyLimits[name] ?? null;
}

export function userView(store: Store, { flowRunId, taskRunId, amount, sinceAt }: Holder): LimitUserView {
  const task = taskRunId === 0 ? null : store.taskRuns.byId(taskRunId);
  return {
    run: flowRunId,
    flow: store.flowRuns.byId(flowRunId)?.flow ?? '',
    task: task === null ? null : { id: task.id, name: taskTitle(task) },
    amount,
    since: isoTime(sinceAt),
  };
}

/** `run 5 of nightly, task train`. */
export function userInWords({ run, flow, task, amount }: LimitUserView): string {
  return `run ${run} of ${flow}${task === null ? '' : `, task ${task.name}`}${amount === 1 ? '' : ` (${amount})`}`;
}
