/** What a run or a task of it waits for, as `weir why` tells it: the limit, who holds that, who came before. Only reads. */
import type { LimitUserView } from '../../model/limit-view.ts';
import type { Waiter } from '../../store/limits.ts';
import type { Store } from '../../store/store.ts';
import { limitView, userInWords, userView } from './limit-view.ts';
import { clockTime } from './told-times.ts';

export interface WaitView {
  readonly limit: string;
  readonly capacity: number;
  /** Null: the run itself waits. */
  readonly task: { readonly id: number; readonly name: string } | null;
  readonly amount: number;
  readonly since: string;
  /** How many wait for it that came before. */
  readonly ahead: number;
  readonly holders: readonly LimitUserView[];
}

/** Names and waits beyond these are only counted. */
const MOST_NAMED = 3;

export function waitView(store: Store, waiter: Waiter): WaitView {
  const limit = limitView(store, waiter.limit);
  const { task, amount, since } = userView(store, waiter);
  const ahead = store.limits.ahead(waiter, waiter.limit);
  return {
    limit: waiter.limit,
    capacity: limit?.capacity ?? 1,
    task,
    amount,
    since,
    ahead,
    holders: limit?.holders ?? [],
  };
}

/** `waits since 14:02 for "gpu" (capacity 1), held by run 5 of nightly, task train, since 14:01`. */
export function waitInWords({ limit, capacity, amount, since, ahead, holders }: WaitView, now: number): string {
  const wanted = amount === 1 ? `"${limit}"` : `${amount} of "${limit}"`;
  const held = holders.map((holder) => `${userInWords(holder)}, since ${clockTime(Date.parse(holder.since), now)}`);
  const by = capacity === 0 ? 'which is stopped' : held.length === 0 ? 'which nobody holds' : `held by ${listed(held)}`;
  const before = ahead === 0 ? '' : `; ${ahead} ${ahead === 1 ? 'waits' : 'wait'} longer`;
  return `waits since ${clockTime(Date.parse(since), now)} for ${wanted} (capacity ${capacity}), ${by}${before}`;
}

/** Commands that go on from the wait. */
export function nextOf({ limit, capacity, amount, holders }: WaitView, runId: number): string[] {
  if (capacity < amount) return [`weir concurrency-limit create ${limit} ${amount}`];
  const [other] = holders.filter((holder) => holder.run !== runId);
  return other === undefined ? [`weir concurrency-limit inspect ${limit}`] : [`weir why ${other.run}`];
}

/** `a, b, c and 4 more`. */
export function listed(parts: readonly string[]): string {
  const rest = parts.length - MOST_NAMED;
  return rest > 0 ? `${parts.slice(0, MOST_NAMED).join('; ')}; and ${rest} more` : parts.join('; ');
}
