/** What the file remembers of a clock that was set while a scheduler ran, for whoever looks at the page next. */
import type { Store } from '../../store/store.ts';

export interface ClockWarning {
  /** When it was noticed, by the clock as it was then. */
  readonly at: number;
  /** Forward when positive, ms. */
  readonly byMs: number;
}

const KEY = 'scheduler.clock';
/** Smaller corrections are usual, and change no slot's fate. */
const LEAST_TOLD_MS = 60_000;
/** After this long nobody needs to be told. */
const TOLD_FOR_MS = 24 * 3_600_000;

/** Keeps it, in a transaction. */
export function keepClockWarning({ meta }: Pick<Store, 'meta'>, warning: ClockWarning): void {
  if (Math.abs(warning.byMs) >= LEAST_TOLD_MS) meta.set(KEY, JSON.stringify(warning));
}

/** The latest, unless it is a day old. */
export function clockWarning({ meta }: Pick<Store, 'meta'>, now: number): ClockWarning | null {
  const text = meta.get(KEY);
  const warning = text === null ? null : (JSON.parse(text) as ClockWarning);
  return warning !== null && Math.abs(now - warning.at) < TOLD_FOR_MS ? warning : null;
}
