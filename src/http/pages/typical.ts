/** How long a flow usually takes. */
import type { HistoryRow } from '../../store/overview.ts';

/** The median of what completed; null before there are three. */
export function typicalMs(history: readonly HistoryRow[]): number | null {
  const times = history
    .filter((run) => run.type === 'COMPLETED')
    .map((run) => run.runTimeMs)
    .sort((a, b) => a - b);
  return times.length < 3 ? null : (times[Math.floor(times.length / 2)] ?? null);
}
