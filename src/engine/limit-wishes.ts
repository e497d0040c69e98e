/**
 * What a wish for places in limits comes to among the runs around it: what those hold covers what they call, and some
 * wishes could never be granted, however long they wait. Only reads; called inside the transaction of the wish.
 */
import { deadlock, refuseBeyondCover, refuseOwnFlow, refuseTooMuch } from '../model/limit.ts';
import type { FlowRunRow } from '../store/flow-runs.ts';
import type { Amounts, Lack, Wish } from '../store/limits.ts';
import type { Store } from '../store/store.ts';

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

  return { refuseImpossible, refuseDeadlock, uncovered };
}
