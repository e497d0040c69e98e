/** Small facts of a run or task as lists and pages of the terminal tell them. Pure. */
import type { stateJson } from '../../engine/tell/run-json.ts';
import type { State } from '../../model/state.ts';

type StateJson = ReturnType<typeof stateJson>;

/** Time in RUNNING, also of the attempt that is going on. */
export function ranMs(run: { readonly state: State; readonly runTimeMs: number }, now: number): number {
  const isRunning = run.state.type === 'RUNNING' || run.state.type === 'CANCELLING';
  return run.runTimeMs + (isRunning ? Math.max(0, now - run.state.at) : 0);
}

/** The same of what JSON tells. */
export function tookMs(
  { state, total_run_time_ms: runTimeMs }: { readonly state: StateJson; readonly total_run_time_ms: number },
  now: number,
): number {
  return ranMs({ state: { ...state, at: Date.parse(state.at) }, runTimeMs }, now);
}

/** `just now`, `5m ago`, `3h ago`, `2d ago`; beyond a month the date says more. */
export function agoInWords(at: number, now: number): string | null {
  const seconds = Math.round((now - at) / 1000);
  if (seconds < 0) return null;
  if (seconds < 5) return 'just now';
  if (seconds < 60) return `${seconds}s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h ago`;
  return seconds < 31 * 86_400 ? `${Math.floor(seconds / 86_400)}d ago` : null;
}
