/** Judgements about wishes for places in limits, and the sentences that tell them. Pure. */
import { WeirError } from './errors.ts';

/** Why a run or task waits, as its state says it: `waits for "gpu" (capacity 1), held by run 5`. */
export function waitMessage(limit: string, capacity: number, holders: readonly number[], ahead: number): string {
  const runs = [...new Set(holders)].map((run) => `run ${run}`);
  const most = 5;
  const told = runs.length > most ? [...runs.slice(0, most), `${runs.length - most} more`] : runs;
  const held = told.length === 0 ? 'held by nobody' : `held by ${told.join(', ')}`;
  return `waits for "${limit}" (capacity ${capacity}), ${held}${ahead === 0 ? '' : `, ${ahead} ahead of it`}`;
}

/**
 * More than there is will never be free. A capacity of 0 is a stop, and stops end: that is waited for.
 * `who`: `task "train"`, `flow "nightly"`.
 */
export function refuseTooMuch(who: string, limit: string, wanted: number, capacity: number): void {
  if (capacity === 0 || wanted <= capacity) return;
  throw new WeirError('invalid-value', `${who} occupies ${wanted} of "${limit}", whose capacity is ${capacity}`, {
    hint: `occupy less, or raise it: weir concurrency-limit create ${limit} ${wanted}`,
  });
}

/** What a flow holds while it runs is never free for its own tasks: where too little is left, they would wait for ever. */
export function refuseOwnFlow(
  task: string,
  limit: string,
  wanted: number,
  capacity: number,
  flow: { readonly name: string; readonly holds: number },
): void {
  if (capacity === 0 || flow.holds === 0 || flow.holds + wanted <= capacity) return;
  const sentence = `task "${task}" occupies ${wanted} of "${limit}", but flow "${flow.name}" around it holds ${flow.holds} of it as long as it runs, and its capacity is ${capacity}: the task would wait for ever`;
  throw new WeirError('invalid-value', sentence, {
    hint: `let either the flow or the task occupy it, or raise it: weir concurrency-limit create ${limit} ${flow.holds + wanted}`,
  });
}

/** Everything is held by flows whose own tasks wait for it: none of them would ever end. */
export function deadlock(task: string, limit: string, flow: string): WeirError {
  const sentence = `task "${task}" waits for "${limit}", and so do tasks of every flow that holds it, "${flow}" among them: none would ever end`;
  return new WeirError('conflict', sentence, { hint: `let either the flow or its task occupy "${limit}", not both` });
}

/** The same where limits are held and waited for crosswise, by tasks as well as flows. */
export function crosswise(task: string, limit: string, held: readonly string[]): WeirError {
  const names = held.map((name) => `"${name}"`).join(' and ');
  const sentence = `task "${task}" waits for "${limit}", and everything that holds it waits in turn for what is held around "${task}" (${names}): none would ever end`;
  return new WeirError('conflict', sentence, {
    hint: `let one task occupy all of it at once, or take them in one order everywhere`,
  });
}

/** Somebody who stands in the rows of limits: the keys of all that cannot end before it has been served. */
export interface Stander {
  readonly key: string;
  readonly limits: readonly string[];
  readonly around: readonly string[];
}

/** Who can never be served: all that holds one of its limits waits, inside itself, for somebody who cannot be either. */
export function neverServed(
  standers: readonly Stander[],
  holders: ReadonlyMap<string, readonly string[]>,
): ReadonlySet<string> {
  for (let stuck = standers; ; ) {
    const blocked = new Set(stuck.flatMap(({ around }) => around));
    const isHeldForEver = (limit: string) => {
      const keys = holders.get(limit) ?? [];
      return keys.length > 0 && keys.every((key) => blocked.has(key));
    };
    const left = stuck.filter(({ limits }) => limits.some(isHeldForEver));
    if (left.length === stuck.length) return new Set(left.map(({ key }) => key));
    stuck = left;
  }
}

/** What somebody holds covers what it calls, as far as it goes: to wait for the rest could stop two such for ever. */
export function refuseBeyondCover(who: string, limit: string, wanted: number, covered: number): void {
  if (wanted <= covered) return;
  const sentence = `${who} occupies ${wanted} of "${limit}", but what calls it holds only ${covered} of it`;
  throw new WeirError('invalid-value', sentence, {
    hint: `let the caller occupy ${wanted}: what it holds covers what it calls`,
  });
}
