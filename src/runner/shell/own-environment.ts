/**
 * The environment of this process, from which commands inherit. Code of flows may change it at any time; where none can
 * run it is read once: every look at process.env asks the system for each variable anew, 0.1 ms for all of them.
 */
import { HIDDEN_VARIABLES } from '../../model/hidden-variables.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

let kept: Variables | null = null;

/** From now on nothing in this thread changes it. It may be the command line's own thread, which knows more than a host. */
export function keepOwnEnvironment(): void {
  const env: Record<string, string | undefined> = { ...process.env };
  for (const name of HIDDEN_VARIABLES) delete env[name];
  kept = env;
}

export function ownEnvironment(): Variables {
  return kept ?? process.env;
}
