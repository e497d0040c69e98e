/** How a flow run ended, from what its body returned and what became of its task calls. Pure. */
import { isSuccess, type State } from '../model/state.ts';
import type { TaskFuture } from '../sdk/future.ts';
import { ReturnedState } from '../sdk/states.ts';
import type { DirectCall } from './calls.ts';

export interface Conclusion {
  readonly state: Omit<State, 'at'>;
  readonly result: unknown;
  readonly retriable: boolean;
}

/** `settled` tells the final state of every future; it is asked only after all calls have ended. */
export async function conclude(returned: unknown, calls: readonly DirectCall[]): Promise<Conclusion> {
  if (returned instanceof ReturnedState) {
    return {
      state: { type: returned.type, name: returned.name, message: returned.message },
      result: returned.result,
      retriable: returned.retriable,
    };
  }
  const listed = statesListed(returned);
  if (listed !== null) return fromList(await listed, await valuesListed(returned as readonly unknown[]));
  const unobserved = await countUnobservedFailures(calls);
  if (unobserved > 0) return failed(`${unobserved}/${calls.length} states failed.`);
  return { state: { type: 'COMPLETED', name: 'Completed', message: null }, result: returned, retriable: false };
}

/** A list of nothing but futures and states is judged by them. */
function statesListed(returned: unknown): Promise<readonly Omit<State, 'at'>[]> | null {
  if (!Array.isArray(returned) || returned.length === 0 || !returned.every((item) => isFuture(item) || isState(item)))
    return null;
  return Promise.all(returned.map(async (item) => (isFuture(item) ? await item.state() : (item as State))));
}

/** Of a list of futures, what each came to; of anything else nothing. */
async function valuesListed(returned: readonly unknown[]): Promise<unknown> {
  if (!returned.every((item) => isFuture(item))) return null;
  return Promise.all((returned as readonly TaskFuture<unknown>[]).map((future) => future.result({ raise: false })));
}

function fromList(states: readonly Omit<State, 'at'>[], values: unknown): Conclusion {
  const bad = states.filter((state) => !isSuccess(state.type)).length;
  if (bad > 0) return failed(`${bad}/${states.length} states failed.`);
  return {
    state: { type: 'COMPLETED', name: 'Completed', message: 'All states completed.' },
    result: values,
    retriable: false,
  };
}

/** A failure counts when nobody awaited or asked the call itself, nor one that it was passed on to. */
async function countUnobservedFailures(calls: readonly DirectCall[]): Promise<number> {
  const byNumber = new Map(calls.map((call) => [call.future.call, call]));
  const known = new Map<number, boolean>();
  const isObserved = (number: number): boolean => {
    let observed = known.get(number);
    if (observed !== undefined) return observed;
    const call = byNumber.get(number);
    // Each call is looked at once, however many ways lead to it.
    known.set(number, false);
    observed = call !== undefined && (call.future.observed || call.passedTo.some(isObserved));
    known.set(number, observed);
    return observed;
  };
  let count = 0;
  for (const call of calls) {
    const observed = isObserved(call.future.call);
    const outcome = await call.future.outcome;
    if (!outcome.ok && !observed) count++;
  }
  return count;
}

function failed(message: string): Conclusion {
  return { state: { type: 'FAILED', name: 'Failed', message }, result: null, retriable: true };
}

function isFuture(value: unknown): value is TaskFuture<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'outcome' in value &&
    'state' in value &&
    typeof value.state === 'function'
  );
}

function isState(value: unknown): boolean {
  if (value instanceof ReturnedState) return true;
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    'name' in value &&
    'message' in value &&
    'at' in value &&
    Object.keys(value).length === 4
  );
}
