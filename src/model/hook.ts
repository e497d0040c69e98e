/** Which hook belongs to which state. Pure; what a hook does is the author's business, when it runs the engine's. */
import { isYamlFile } from './flow-file.ts';
import type { StateType } from './state.ts';

export const HOOK_NAMES = ['on_running', 'on_completion', 'on_failure', 'on_cancellation'] as const;

export type HookName = (typeof HOOK_NAMES)[number];

/** What an author calls it. */
export const HOOK_OPTION = {
  on_running: 'onRunning',
  on_completion: 'onCompletion',
  on_failure: 'onFailure',
  on_cancellation: 'onCancellation',
} as const satisfies Record<HookName, string>;

/** As it is written where the flow stands: a flow of YAML has `on_failure`. */
export function writtenHook(hook: HookName, path: string): string {
  return isYamlFile(path) ? hook : HOOK_OPTION[hook];
}

/** A hook that has not done its work by then is given up, ms. */
export const HOOK_LIMIT_MS = 30_000;

/** The hook that entering a state calls for; null: none does. Skipped counts as success, a crash as failure. */
export function hookOf(type: StateType): HookName | null {
  switch (type) {
    case 'RUNNING':
      return 'on_running';
    case 'COMPLETED':
    case 'SKIPPED':
      return 'on_completion';
    case 'FAILED':
    case 'CRASHED':
      return 'on_failure';
    case 'CANCELLED':
      return 'on_cancellation';
    default:
      return null;
  }
}
