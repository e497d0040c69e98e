/**
 * The environment of this process, from which commands inherit. Code of flows may change it at any time; where none can
 * run it is read once: every look at process.env asks the system for each variable anew, 0.1 ms for all of them.
 */
export type Variables = Readonly<Record<string, string | undefined>>;

let kept: Variables | null = null;

/** From now on nothing in this thread changes it. */
export function keepOwnEnvironment(): void {
  kept = { ...process.env };
}

export function ownEnvironment(): Variables {
  return kept ?? process.env;
}
