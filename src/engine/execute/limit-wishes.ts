/**
 * What a wish for places in limits comes to among the runs around it: what those hold covers what they call, and some
 * wishes could never be granted, however long they wait. Only reads; called inside the transaction of the wish.
 */
import {
  crosswise,
  deadlock,
  neverServed,
  refuseBeyondCover,
  refuseOwnFlow,
  refuseTooMuch,
  type Stander,
} from '../../model/limit.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { Amounts, Lack, LimitUser, Wish } from '../../store/limits.ts';
import type { Store } from '../../store/store.ts';

/** `taskName` is null where the flow itself wishes. */
export function createWishJudge({ limits, flowRuns, taskRuns }: Pick<Store, 'limits' | 'flowRuns' | 'taskRuns'>) {
  /** @throws WeirError for what can never be, however long it waits */
  function refuseImpossible(row: FlowRunRow, taskName: string | null, { occupies, declared }: Wish): void {
    for (const [limit, amount] of Object.entries(occupies)) {
      const capacity = limits.capacityOf(limit, declared);
      if (taskName === null) refuseTooMuch(`flow "${row.flow}"`, limit, amount, capacity);
      else {
        refuseTooMuch(`task "${taskName}"`, limit, amount, capacity);
        for (const flow of flowsAround(row, limit)) refuseOwnFlow(taskName, limit, amount, capacity, flow);
      }
    }
  }

  /** Flow runs around a task that hold the limit themselves: its own, and those that called it as a subflow. */
  function flowsAround(row: FlowRunRow, limit: string): { name: string; holds: number }[] {
    const found: { name: string; holds: number }[] = [];
    for (let each: FlowRunRow | null = row; each !== null; each = parentOf(each)) {
      const holds = each.options.occupies === undefined ? 0 : (limits.heldBy(each.id, 0)[limit] ?? 0);
      if (holds > 0) found.push({ name: each.flow, holds });
    }
    return found;
  }

  /**
   * A task may wait for what its own flow holds a part of, as long as somebody else's part will be free: not when every
   * holder is a flow that waits for a task of its own. Called when the task stands in the row already.
   * @throws WeirError `conflict`
   */
  function refuseDeadlock(row: FlowRunRow, taskName: string | null, { limit, capacity, all }: Lack): void {
    // A stop ends by itself, and so does a wait for another limit that somebody else holds.
    if (taskName === null || capacity === 0 || all.length > 1) return;
    const [flow] = flowsAround(row, limit);
    const holders = flow === undefined ? [] : limits.holders(limit);
    if (flow === undefined || holders.some((holder) => holder.taskRunId !== 0)) return;
    const waiting = new Set<number>();
    for (const { flowRunId, taskRunId } of limits.waiters(limit))
      for (let each = taskRunId === 0 ? null : flowRuns.byId(flowRunId); each !== null; each = parentOf(each))
        waiting.add(each.id);
    if (holders.every((holder) => waiting.has(holder.flowRunId))) throw deadlock(taskName, limit, flow.name);
  }

  /**
   * A task that is called where something is held must not wait for those who wait for just that.
   * Called when the task stands in the row already.
   * @throws WeirError `conflict`
   */
  function refuseCrosswise(row: FlowRunRow, taskName: string | null, user: LimitUser, { limit, all }: Lack): void {
    const around = taskName === null ? [] : usersAround(user).filter(holdsSomething);
    if (taskName === null || around.length === 0) return;
    // The usual row of many tasks that one flow calls: one of them ends, then the next is served.
    const endsByItself = (name: string) =>
      limits.holders(name).some((holder) => holder.taskRunId !== 0 && holder.flowRunId === row.id);
    if (around.every(({ taskRunId }) => taskRunId === 0) && all.every(endsByItself)) return;
    const names = limits.usedNames();
    const holders = new Map(names.map((name) => [name, limits.holders(name).map(keyOf)]));
    if (!neverServed(standersOf(names), holders).has(keyOf(user))) return;
    const held = new Set(around.flatMap((each) => Object.keys(limits.heldBy(each.flowRunId, each.taskRunId))));
    throw crosswise(taskName, limit, [...held]);
  }

  function standersOf(names: readonly string[]): Stander[] {
    const standers = new Map<string, Stander & { limits: string[] }>();
    for (const name of names)
      for (const waiter of limits.waiters(name)) {
        const key = keyOf(waiter);
        const stander = standers.get(key) ?? { key, limits: [], around: usersAround(waiter).map(keyOf) };
        standers.set(key, stander);
        const declared = flowRuns.byId(waiter.flowRunId)?.options.concurrencyLimits ?? {};
        // A stop ends by itself.
        if (limits.capacityOf(name, declared) > 0) stander.limits.push(name);
      }
    return [...standers.values()];
  }

  /** The tasks and flows that cannot end before this one has: those that called it. */
  function usersAround({ flowRunId, taskRunId }: LimitUser): LimitUser[] {
    const users: LimitUser[] = [];
    let task = taskRunId === 0 ? null : (taskRuns.byId(taskRunId)?.parentTaskId ?? null);
    for (let row = flowRuns.byId(flowRunId), own = taskRunId !== 0; row !== null; row = parentOf(row), own = true) {
      for (; task !== null; task = taskRuns.byId(task)?.parentTaskId ?? null)
        users.push({ flowRunId: row.id, taskRunId: task });
      if (own) users.push({ flowRunId: row.id, taskRunId: 0 });
      task = row.parentTaskId;
    }
    return users;
  }

  function holdsSomething({ flowRunId, taskRunId }: LimitUser): boolean {
    return Object.keys(limits.heldBy(flowRunId, taskRunId)).length > 0;
  }

  function parentOf(row: FlowRunRow): FlowRunRow | null {
    return row.parentRunId === null ? null : flowRuns.byId(row.parentRunId);
  }

  /** What a flow occupies, without what the runs and tasks around it hold already. */
  function uncovered(row: FlowRunRow): Amounts {
    const wanted = { ...row.options.occupies };
    for (let each = row, parent = parentOf(row); parent !== null; each = parent, parent = parentOf(parent)) {
      const around = [limits.heldBy(parent.id, 0)];
      for (let task = each.parentTaskId; task !== null; task = taskRuns.byId(task)?.parentTaskId ?? null)
        around.push(limits.heldBy(parent.id, task));
      for (const held of around)
        for (const [limit, covered] of Object.entries(held)) {
          const amount = wanted[limit];
          if (amount === undefined) continue;
          refuseBeyondCover(`flow "${row.flow}"`, limit, amount, covered);
          delete wanted[limit];
        }
    }
    return wanted;
  }

  return { refuseImpossible, refuseDeadlock, refuseCrosswise, uncovered };
}

function keyOf({ flowRunId, taskRunId }: LimitUser): string {
  return `${flowRunId}/${taskRunId}`;
}
