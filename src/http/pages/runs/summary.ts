/** How many runs a filter finds by state and over time, from counts by state and local day. */
import type { RunFilter } from '../../../model/run-filter.ts';
import { segmentAt } from '../../../model/zone.ts';
import type { Offset, RunCount } from '../../../store/run-window.ts';
import type { Store } from '../../../store/store.ts';
import type { Column } from '../../../web/charts/run-histogram.tsx';
import type { SummaryData } from '../../../web/pages/runs/summary.tsx';
import { bucketOf } from '../../../web/run-buckets.ts';
import { type Clock, dayText } from '../../../web/time.tsx';

const MOST_COLUMNS = 60;
const DAY = 86_400_000;
/** Days of a column, and what it is called. */
const STEPS = [
  { days: 1, every: 'day' },
  { days: 7, every: 'week' },
  { days: 28, every: 'four weeks' },
  { days: 364, every: 'year' },
] as const;
/** Clock changes further back than this shift a day's edge by an hour, which no column shows. */
const OFFSETS = 8;

export function summaryOf(
  store: Store,
  filter: RunFilter,
  clock: Clock,
): Pick<SummaryData, 'counts' | 'total' | 'isWhole' | 'columns' | 'every'> {
  const { counts, isWhole } = store.flowRuns.window.counts(filter, offsetsOf(clock));
  const byBucket = new Map<string, number>();
  for (const { name, count } of counts) add(byBucket, bucketOf(name)?.word ?? '', count);
  return {
    counts: byBucket,
    total: counts.reduce((sum, { count }) => sum + count, 0),
    isWhole,
    ...columnsOf(counts, clock),
  };
}

/** Oldest first, to this day, in steps that leave a column to look at. */
export function columnsOf(counts: readonly RunCount[], { now, zone }: Clock): { columns: Column[]; every: string } {
  const today = Math.floor((now + segmentAt(zone, now).offsetMs) / DAY);
  const first = counts.reduce((least, { day }) => Math.min(least, day), today);
  const last = counts.reduce((most, { day }) => Math.max(most, day), today);
  const step = STEPS.find(({ days }) => (last - first) / days < MOST_COLUMNS) ?? STEPS.at(-1) ?? STEPS[0];
  const length = Math.min(MOST_COLUMNS, Math.floor((last - first) / step.days) + 1);
  const columns = Array.from({ length }, (_, index) => ({
    counts: new Map<string, number>(),
    label: dayText((last - (length - 1 - index) * step.days) * DAY, 'UTC'),
  }));
  for (const { name, day, count } of counts) {
    const column = columns[length - 1 - Math.floor((last - day) / step.days)];
    if (column !== undefined) add(column.counts, bucketOf(name)?.word ?? '', count);
  }
  return { columns, every: step.every };
}

function add(counts: Map<string, number>, key: string, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}

/** What local time was ahead of UTC by, the newest first. */
export function offsetsOf({ now, zone }: Clock): Offset[] {
  const offsets: Offset[] = [];
  for (let at = now; offsets.length < OFFSETS; ) {
    const { startAt, offsetMs } = segmentAt(zone, at);
    const isFirst = !Number.isFinite(startAt) || offsets.length === OFFSETS - 1;
    offsets.push({ since: isFirst ? -8.64e15 : startAt, offsetMs });
    if (isFirst) break;
    at = startAt - 1;
  }
  return offsets;
}
