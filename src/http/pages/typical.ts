/** How long a flow usually takes, by what of its last runs completed. Pure. */
import type { HistoryRow } from '../../store/overview.ts';

/** Fewer tell nothing. */
const ENOUGH = 3;

export interface UsualTimes {
  readonly medianMs: number;
  readonly p90Ms: number;
}

/** Null before there are three. */
export function usualTimes(history: readonly HistoryRow[]): UsualTimes | null {
  const times = history
    .filter((run) => run.type === 'COMPLETED')
    .map((run) => run.runTimeMs)
    .sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return times.length < ENOUGH ? null : { medianMs: at(0.5), p90Ms: at(0.9) };
}

/** The median alone. */
export function typicalMs(history: readonly HistoryRow[]): number | null {
  return usualTimes(history)?.medianMs ?? null;
}
