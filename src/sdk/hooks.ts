/** Hooks of flows and tasks: functions that are called once a run has entered a state. They can change nothing of it. */
import { WeirError } from '../model/errors.ts';
import { HOOK_NAMES, HOOK_OPTION, type HookName } from '../model/hook.ts';
import type { State } from '../model/state.ts';
import type { RunContext } from './runtime.ts';

/** What a hook is told. */
export interface HookEvent {
  readonly flowRun: RunContext['flowRun'];
  /** null for a hook of the flow itself. */
  readonly taskRun: RunContext['taskRun'];
  /** The state that called for the hook. */
  readonly state: State;
  /** Why it failed, crashed or was cancelled; null where there is nothing to tell. */
  readonly error: Error | null;
  /** For a hook of the flow: the task that failed first, and what of; null when none did. */
  readonly failedTask: { readonly name: string; readonly message: string | null } | null;
  /** The run's page, where a server shows it. */
  readonly url: string | null;
  /** As the flow's function got them; as they were given where it never got them. */
  readonly params: unknown;
}

/** Its return value is waited for and thrown away. @example onFailure: ({ flowRun, error }) => notify(flowRun.id, error) */
export type Hook = (event: HookEvent) => unknown;

/**
 * Called with the final state, `onRunning` with the first Running; not for a retry in between. Each is given 30 seconds;
 * one that throws is logged and changes nothing. A hook is recorded together with its state and runs at least once: when
 * the process died before it was through, another one runs it from a freshly loaded file. It may log, leave artifacts
 * and ask `context()`, but calls no tasks.
 */
export interface HookOptions {
  /** When it runs for the first time; it is not waited for. */
  onRunning?: Hook | readonly Hook[];
  /** Completed, cached or skipped. */
  onCompletion?: Hook | readonly Hook[];
  /** Failed, timed out, an upstream failed; also after its process crashed once too often. */
  onFailure?: Hook | readonly Hook[];
  /** Cancelled, by whomever; `error` says why. */
  onCancellation?: Hook | readonly Hook[];
}

/** The hooks of a definition, by the name that the engine knows them by. */
export type Hooks = Readonly<Partial<Record<HookName, readonly Hook[]>>>;

export function resolveHooks(what: string, options: HookOptions): Hooks {
  const hooks: Partial<Record<HookName, readonly Hook[]>> = {};
  for (const name of HOOK_NAMES) {
    const option = HOOK_OPTION[name];
    const given = options[option];
    if (given === undefined) continue;
    const list = [given].flat() as readonly Hook[];
    if (!list.every((hook) => typeof hook === 'function'))
      throw new WeirError('invalid-value', `${option} of ${what} is neither a function nor a list of functions`, {
        hint: `${option}: ({ state }) => { ... }`,
      });
    if (list.length > 0) hooks[name] = list;
  }
  return Object.freeze(hooks);
}

/** The options that give the same hooks again. */
export function hookOptionsOf(hooks: Hooks): HookOptions {
  return Object.fromEntries(Object.entries(hooks).map(([name, list]) => [HOOK_OPTION[name as HookName], list]));
}
