/**
 * Concurrency limits: named capacities, who holds how much of them, and who waits. Everything that a run occupies is
 * taken at once or not at all; every function here must be called inside one transaction.
 *
 * Fairness: who finds a limit full takes a place in its row and keeps it, and nobody passes it there, however little
 * they want. What is free is left to others until all can be taken together. Tickets are one order over all limits, so
 * that two waiters never stand in front of each other.
 */
import type { Database } from './database.ts';
import { lazyStatements } from './statements.ts';

/** Amounts by the name of the limit. */
export type Amounts = Readonly<Record<string, number>>;

export interface LimitUser {
  readonly flowRunId: number;
  /** 0: the flow run itself. */
  readonly taskRunId: number;
}

export interface Holder extends LimitUser {
  readonly limit: string;
  readonly amount: number;
  readonly sinceAt: number;
}

export interface Waiter extends Holder {
  readonly ticket: number;
  /** Null: a run in the queue, which has not begun. */
  readonly processId: number | null;
}

/** What somebody wants to hold. */
export interface Wish extends LimitUser {
  readonly occupies: Amounts;
  /** Capacities that the flow declares: they count where the user has created no such limit. */
  readonly declared: Amounts;
  /** Who looks again when there is no room; null: a run in the queue. */
  readonly processId: number | null;
}

/** Why a wish has to wait. */
export interface Lack {
  readonly limit: string;
  readonly capacity: number;
  /** Every limit without room; `limit` is the first that is full by itself. */
  readonly all: readonly string[];
}

export interface CreatedLimit {
  readonly name: string;
  readonly capacity: number;
  readonly updatedAt: number;
}

const CAPACITY = 'select capacity from concurrency_limits where name = :name';
const HELD = 'select coalesce(sum(amount), 0) from limit_holders where limit_name = :name';
const TICKET = 'select min(ticket) from limit_waiters where flow_run_id = :flowRunId and task_run_id = :taskRunId';
// plan: search limit_waiters using index limit_waiters_in_order (limit_name=? and ticket<?)
const IS_BEHIND = `
  select exists (
    select 1
    from limit_waiters
    where limit_name = :name
      and ticket < :ticket
      and (process_id is not null or :processId is null)
  )`;
const TAKE = `
  insert into limit_holders (limit_name, amount, flow_run_id, task_run_id, since_at)
  values (:limit, :amount, :flowRunId, :taskRunId, :now)
  on conflict do nothing`;
// Greater than every ticket that is waiting: a ticket is never greater than the number of its row.
const NEXT_TICKET = 'select coalesce(max(id), 0) + 1 from limit_waiters';
const STAND = `
  insert into limit_waiters (ticket, limit_name, amount, flow_run_id, task_run_id, process_id, since_at)
  values (:ticket, :limit, :amount, :flowRunId, :taskRunId, :processId, :now)
  on conflict (limit_name, flow_run_id, task_run_id) do nothing`;
// Whoever looks now looks from now on: a run of the queue that somebody resumes, or that is left to the queue.
const ADOPT = `
  update limit_waiters
  set process_id = :processId
  where flow_run_id = :flowRunId
    and task_run_id = :taskRunId
    and process_id is not :processId`;
const STOP_WAITING = 'delete from limit_waiters where flow_run_id = :flowRunId and task_run_id = :taskRunId';
const STOP_WAITING_RUN = 'delete from limit_waiters where flow_run_id = :flowRunId';
const RELEASE_TASK = 'delete from limit_holders where flow_run_id = :flowRunId and task_run_id = :taskRunId';
const RELEASE_RUN = 'delete from limit_holders where flow_run_id = :flowRunId';
const INVOLVED = 'select flow_run_id from limit_holders union select flow_run_id from limit_waiters';
// Runs that this process has left to the queue stay in the row, and wait for whoever serves the queue next.
const LEAVE_TO_QUEUE = 'update limit_waiters set process_id = null where process_id = :processId';
const HELD_BY = `
  select limit_name as "limit", amount
  from limit_holders
  where flow_run_id = :flowRunId
    and task_run_id = :taskRunId`;

const HOLDER_COLUMNS =
  'limit_name as "limit", amount, flow_run_id as flowRunId, task_run_id as taskRunId, since_at as sinceAt';
const HOLDERS = `select ${HOLDER_COLUMNS} from limit_holders where limit_name = :name order by id`;
const WAITERS = `
  select ${HOLDER_COLUMNS}, ticket, process_id as processId
  from limit_waiters
  where limit_name = :name
  order by ticket`;
const WAITS_OF = `
  select ${HOLDER_COLUMNS}, ticket, process_id as processId
  from limit_waiters
  where flow_run_id = :flowRunId
    and (:taskRunId is null or task_run_id = :taskRunId)
  order by ticket, id`;
const AHEAD = `
  select count(*)
  from limit_waiters
  where limit_name = :limit
    and ticket < (select min(ticket) from limit_waiters where flow_run_id = :flowRunId and task_run_id = :taskRunId)`;
// One step of the index for each limit, not one for each waiter.
const QUEUE_HEADS = `
  with recursive names (name) as (
    select min(limit_name) from limit_waiters
    union all
    select (select min(limit_name) from limit_waiters where limit_name > name) from names where name is not null
  )
  select distinct (
    select flow_run_id
    from limit_waiters
    where limit_name = name
      and process_id is null
    order by ticket
    limit 1
  ) as flowRunId
  from names
  where flowRunId is not null`;

const CREATED = 'select name, capacity, updated_at as updatedAt from concurrency_limits order by name';
const USED_NAMES = 'select limit_name from limit_holders union select limit_name from limit_waiters order by 1';
const PUT = `
  insert into concurrency_limits (name, capacity, declared_by, updated_at)
  values (:name, :capacity, 'user', :now)
  on conflict (name) do update set capacity = excluded.capacity, updated_at = excluded.updated_at`;
const DELETE = 'delete from concurrency_limits where name = :name';

/** A limit that nobody declared. */
const UNDECLARED_CAPACITY = 1;

export function createLimits(database: Database) {
  const statement = lazyStatements(database);
  const value = (sql: string, binding: object) => statement(sql).pluck().get(binding) as number | null | undefined;
  const capacityOf = (name: string, declared: Amounts): number =>
    value(CAPACITY, { name }) ?? (Object.hasOwn(declared, name) ? declared[name] : null) ?? UNDECLARED_CAPACITY;

  return {
    capacityOf,
    heldOf: (name: string): number => value(HELD, { name }) as number,

    /** Takes all that is wanted, and its place in the rows ends; or nothing, and it stands where there was no room. */
    tryHold(wish: Wish, now: number): Lack | null {
      const { flowRunId, taskRunId, processId } = wish;
      const user = { flowRunId, taskRunId };
      const ticket = value(TICKET, user) ?? null;
      const wanted = Object.entries(wish.occupies);
      const lacking: { limit: string; capacity: number; amount: number; isFull: boolean }[] = [];
      for (const [limit, amount] of wanted) {
        const capacity = capacityOf(limit, wish.declared);
        const isFull = (value(HELD, { name: limit }) as number) + amount > capacity;
        const behind = { name: limit, ticket: ticket ?? Number.MAX_SAFE_INTEGER, processId };
        if (isFull || value(IS_BEHIND, behind) === 1) lacking.push({ limit, capacity, amount, isFull });
      }
      if (lacking.length > 0) {
        const place = ticket ?? (value(NEXT_TICKET, {}) as number);
        for (const { limit, amount } of lacking)
          statement(STAND).run({ ticket: place, limit, amount, ...user, processId, now });
        if (ticket !== null) statement(ADOPT).run({ ...user, processId });
        const { limit, capacity } = lacking.find(({ isFull }) => isFull) ?? (lacking[0] as (typeof lacking)[0]);
        return { limit, capacity, all: lacking.map((each) => each.limit) };
      }
      for (const [limit, amount] of wanted) statement(TAKE).run({ limit, amount, ...user, now });
      if (ticket !== null) statement(STOP_WAITING).run(user);
      return null;
    },

    /** What a run (`taskRunId` null: with all its tasks) holds and waits for is given up. True when there was any. */
    release(flowRunId: number, taskRunId: number | null): boolean {
      const all = taskRunId === null;
      const held = all
        ? statement(RELEASE_RUN).run({ flowRunId })
        : statement(RELEASE_TASK).run({ flowRunId, taskRunId });
      const waited = all
        ? statement(STOP_WAITING_RUN).run({ flowRunId })
        : statement(STOP_WAITING).run({ flowRunId, taskRunId });
      return held.changes + waited.changes > 0;
    },

    /** Runs that hold something or wait for it. */
    runsInvolved: (): number[] => statement(INVOLVED).pluck().all() as number[],

    leaveToQueue(processId: number): void {
      statement(LEAVE_TO_QUEUE).run({ processId });
    },

    heldBy(flowRunId: number, taskRunId: number): Amounts {
      const rows = statement(HELD_BY).all({ flowRunId, taskRunId }) as { limit: string; amount: number }[];
      return Object.fromEntries(rows.map(({ limit, amount }) => [limit, amount]));
    },

    /** How many wait for it that came before. */
    ahead: ({ flowRunId, taskRunId }: LimitUser, limit: string): number =>
      value(AHEAD, { flowRunId, taskRunId, limit }) as number,

    /** Runs of the queue that stand first in a row, as far as runs of the queue go. */
    queueHeads: (): number[] => statement(QUEUE_HEADS).pluck().all() as number[],

    holders: (name: string): Holder[] => statement(HOLDERS).all({ name }) as Holder[],
    waiters: (name: string): Waiter[] => statement(WAITERS).all({ name }) as Waiter[],
    /** The places in rows that a run has; `taskRunId` null: those of all its tasks as well. */
    waitsOf: (flowRunId: number, taskRunId: number | null): Waiter[] =>
      statement(WAITS_OF).all({ flowRunId, taskRunId }) as Waiter[],

    /** Limits that users have created. */
    created: (): CreatedLimit[] => statement(CREATED).all({}) as CreatedLimit[],
    isCreated: (name: string): boolean => value(CAPACITY, { name }) !== undefined,
    /** Names of limits that are held or waited for, created or not. */
    usedNames: (): string[] => statement(USED_NAMES).pluck().all({}) as string[],
    put(name: string, capacity: number, now: number): void {
      statement(PUT).run({ name, capacity, now });
    },
    delete: (name: string): boolean => statement(DELETE).run({ name }).changes === 1,
  };
}

export type Limits = ReturnType<typeof createLimits>;
