/** `weir concurrency-limit`: create (and change), ls, inspect, delete. Whoever waits hears of a change by itself. */

import { limitNames, limitView, userInWords } from '../engine/tell/limit-view.ts';
import { localTime } from '../engine/tell/told-times.ts';
import {
  parseCapacity,
  putLimit,
  refuseBadName,
  refuseUnknownLimit,
  removeLimit,
  whoSays,
} from '../engine/verbs/limit-changes.ts';
import { EXIT } from '../model/errors.ts';
import type { LimitView } from '../model/limit-view.ts';
import type { GlobalFlags } from './declarations/declare.ts';
import { colors, print, printJson, say, table } from './output.ts';
import { withEngine } from './session.ts';

export async function createLimit([name, text]: [string, string], flags: GlobalFlags): Promise<number> {
  refuseBadName(name);
  const capacity = parseCapacity(text);
  return withEngine(flags, 'command', async (engine) => {
    const { store } = engine;
    const former = await putLimit(engine, name, capacity);
    say(former === null ? `limit "${name}" has the capacity ${capacity}` : `limit "${name}": ${former} -> ${capacity}`);
    if (capacity === 0) say(`  what occupies it waits until that is raised: weir concurrency-limit create ${name} 1`);
    if (name.startsWith('tag:')) say(`  every task that itself has the tag "${name.slice(4)}" occupies 1 of it`);
    if (flags.json) printJson({ schema: 'weir.concurrency-limit/1', ...limitView(store, name) });
    return EXIT.ok;
  });
}

export async function listLimits(_: [], flags: GlobalFlags): Promise<number> {
  return withEngine(flags, 'command', async ({ store }) => {
    const limits = limitNames(store)
      .map((name) => limitView(store, name))
      .filter((limit) => limit !== null);
    if (flags.json) printJson({ schema: 'weir.concurrency-limits/1', items: limits, next: null });
    else if (limits.length === 0) say('there are no limits yet: weir concurrency-limit create NAME CAPACITY');
    else print(table([heading('limit', 'capacity', 'in use', 'declared by', 'waiting'), ...limits.map(lineOf)]));
    return EXIT.ok;
  });
}

export async function inspectLimit([name]: [string], flags: GlobalFlags): Promise<number> {
  return withEngine(flags, 'command', async ({ store }) => {
    const limit = limitView(store, name) ?? refuseUnknownLimit(store, name);
    if (flags.json) {
      printJson({ schema: 'weir.concurrency-limit/1', ...limit });
      return EXIT.ok;
    }
    print(`${limit.name}: ${limit.in_use} of ${limit.capacity} in use${by(limit)}`);
    const users = [
      ...limit.holders.map((holder) => ['holds', holder] as const),
      ...limit.waiters.map((waiter) => ['waits', waiter] as const),
    ];
    if (users.length > 0) {
      const rows = users.map(([what, user]) => [
        what,
        String(user.amount),
        localTime(Date.parse(user.since)),
        userInWords({ ...user, amount: 1 }),
      ]);
      print(table([heading('', 'amount', 'since', 'run'), ...rows]));
    }
    return EXIT.ok;
  });
}

export async function deleteLimit([name]: [string], flags: GlobalFlags): Promise<number> {
  return withEngine(flags, 'command', async ({ store }) => {
    const limit = await removeLimit(store, name);
    say(`limit "${name}" is deleted`);
    // What is held stays held, so that nobody is surprised in the middle of a task.
    if (limit !== null && limit.in_use > 0)
      say(
        `  ${limit.in_use} of it ${limit.in_use === 1 ? 'is' : 'are'} still held, by ${limit.holders.map(userInWords).join('; ')}`,
      );
    if (limit !== null) say(`  it counts as ${limit.capacity} from now on: ${whoSays(limit)}`);
    if (flags.json) printJson({ schema: 'weir.concurrency-limit/1', ...(limit ?? { name, capacity: null }) });
    return EXIT.ok;
  });
}

function by({ declared_by }: LimitView): string {
  if (declared_by === 'user') return '';
  return declared_by === 'flow' ? ' (declared by a flow)' : ' (declared by nobody)';
}

function lineOf({ name, capacity, in_use, declared_by, waiters }: LimitView): string[] {
  const [longest] = waiters;
  const more = waiters.length > 1 ? ` and ${waiters.length - 1} more` : '';
  const waiting = longest === undefined ? '-' : `${userInWords(longest)}${more}`;
  return [name, String(capacity), String(in_use), declared_by ?? 'nobody', waiting];
}

function heading(...names: string[]): string[] {
  return names.map((name) => colors.dim(name));
}
