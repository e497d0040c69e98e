/**
 * Durable sleeps of a flow's own function. Each is known by its scope, its duration and how many equal ones came before
 * it; its end by the wall clock is told to the engine when it begins, and what an earlier attempt began is not begun anew.
 * The duration is part of it, or a retry that takes another branch would be served a sleep that another one had.
 */
import type { SleepEntry } from '../model/run-start.ts';
import { sleepHere } from './delay.ts';
import type { Line, Scope } from './scope.ts';

export class Sleeps {
  readonly #known: ReadonlyMap<string, number>;
  readonly #line: Line;

  constructor(known: readonly SleepEntry[], line: Line) {
    this.#known = new Map(known.map(({ identity, until }) => [identity, until]));
    this.#line = line;
  }

  sleep(ms: number, scope: Scope): Promise<void> {
    const counted = `sleep\0${ms}`;
    const index = scope.counts.get(counted) ?? 0;
    scope.counts.set(counted, index + 1);
    const identity = `${scope.path}/${ms}/${index}`;
    let until = this.#known.get(identity);
    if (until === undefined) {
      until = Date.now() + ms;
      if (ms > 0 && !scope.signal.aborted) this.#line.report({ kind: 'sleep-begun', identity, until });
    }
    return sleepHere(ms, scope.signal, until);
  }
}
