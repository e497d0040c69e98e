/** Concurrency limits: named capacities and who holds how much of them. All that a run occupies is taken at once or not at all. */
import type { Database } from './database.ts';

export interface Holder {
  readonly limit: string;
  readonly amount: number;
  readonly flowRunId: number;
  /** 0: the flow run itself. */
  readonly taskRunId: number;
}

const CAPACITY = 'select capacity from concurrency_limits where name = :name';
const HELD = 'select coalesce(sum(amount), 0) from limit_holders where limit_name = :name';
const TAKE = `
  insert into limit_holders (limit_name, amount, flow_run_id, task_run_id, since_at)
  values (:limit, :amount, :flowRunId, :taskRunId, :now)
  on conflict do nothing`;
const RELEASE_TASK = 'delete from limit_holders where flow_run_id = :flowRunId and task_run_id = :taskRunId';
const RELEASE_RUN = 'delete from limit_holders where flow_run_id = :flowRunId';
const HOLDERS =
  'select limit_name as "limit", amount, flow_run_id as flowRunId, task_run_id as taskRunId from limit_holders where limit_name = :name order by id';

export function createLimits(database: Database) {
  const capacity = database.prepare(CAPACITY).pluck();
  const held = database.prepare(HELD).pluck();
  const take = database.prepare(TAKE);
  const releaseTask = database.prepare(RELEASE_TASK);
  const releaseRun = database.prepare(RELEASE_RUN);
  const holders = database.prepare(HOLDERS);

  return {
    /**
     * Takes everything in `occupies`, or nothing and names the limit that is full. A limit created by the user counts
     * before the flow's own declaration; one that nobody declared counts as 1.
     */
    tryTake(
      occupies: Readonly<Record<string, number>>,
      declared: Readonly<Record<string, number>>,
      holder: { readonly flowRunId: number; readonly taskRunId: number },
      now: number,
    ): { readonly full: string; readonly capacity: number } | null {
      const wanted = Object.entries(occupies);
      for (const [name, amount] of wanted) {
        const most = (capacity.get({ name }) as number | undefined) ?? declared[name] ?? 1;
        if ((held.get({ name }) as number) + amount > most) return { full: name, capacity: most };
      }
      for (const [limit, amount] of wanted) take.run({ limit, amount, ...holder, now });
      return null;
    },

    /** True when something was held. */
    release(flowRunId: number, taskRunId: number | null): boolean {
      const result = taskRunId === null ? releaseRun.run({ flowRunId }) : releaseTask.run({ flowRunId, taskRunId });
      return result.changes > 0;
    },

    holders: (name: string): Holder[] => holders.all({ name }) as Holder[],
  };
}

export type Limits = ReturnType<typeof createLimits>;
