/**
 * What follows an attempt's end while hooks are due: the host runs them, and is given up when it tells nothing for longer
 * than a hook may take, because its thread is blocked.
 */
import { HOOK_LIMIT_MS } from '../model/hook.ts';
import type { Report } from '../model/report.ts';
import type { DueHook, RunStart } from '../model/run-start.ts';
import type { Host } from './host.ts';

/** What the runner needs to notice by itself that a hook takes too long. */
const PATIENCE_MS = HOOK_LIMIT_MS + 5000;

export interface HookPhase {
  begin(hooks: readonly DueHook[]): void;
  /** Committed reports; true when all hooks have run. */
  heard(reports: readonly Report[]): boolean;
  readonly hasBegun: boolean;
  stop(): void;
}

export function createHookPhase(host: Host, run: RunStart, onBlocked: (reason: string) => void): HookPhase {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let hasBegun = false;

  function waitForNext(): void {
    clearTimeout(timer);
    timer = setTimeout(() => onBlocked('it kept its thread busy for too long'), PATIENCE_MS);
  }

  return {
    begin(hooks) {
      hasBegun = true;
      host.post({ kind: 'run-hooks', run, hooks });
      waitForNext();
    },
    heard(reports) {
      if (!hasBegun) return false;
      if (reports.some(({ kind }) => kind === 'hooks-ended')) return true;
      if (reports.some(({ kind }) => kind === 'hook-ran' || kind === 'hook-alive')) waitForNext();
      return false;
    },
    get hasBegun() {
      return hasBegun;
    },
    stop: () => clearTimeout(timer),
  };
}
