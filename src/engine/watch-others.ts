/**
 * Notices that another process has written the file: SQLite changes a number with every commit of somebody else, and
 * looking at it costs microseconds. What is looked for then is the listener's affair, and must be cheap as well. A process
 * that has nothing to do, and hears of nobody, looks less often: what it costs to wake is more than what the look does.
 */
import { awakeMs } from '../model/awake-clock.ts';
import { untilTick } from '../model/tick.ts';
import type { Store } from '../store/store.ts';

export interface OthersWatch {
  stop(): void;
}

const LOOK_EVERY_MS = 200;
const LOOK_WHILE_QUIET_MS = 500;
/** What died is known to have lived until then, give or take this. */
const BEAT_EVERY_MS = 1000;
/** Whoever has written is likely to write again. */
const QUIET_AFTER_MS = 15_000;

/**
 * `onWrite` is called soon after each commit of another process, and again as long as it gives true. `isBusy`: this process
 * executes something that others may ask to stop; then `beat` is called about every second, at the same awakenings.
 */
export function watchOthers(
  store: Store,
  { onWrite, isBusy, beat }: { onWrite: () => boolean; isBusy: () => boolean; beat: () => void },
): OthersWatch {
  let version: number | null = null;
  let heardAt = awakeMs();
  let beatAt = awakeMs();
  let timer: ReturnType<typeof setTimeout>;

  function look(): void {
    try {
      const current = store.dataVersion();
      if (current !== version) {
        heardAt = awakeMs();
        version = onWrite() ? null : current;
      }
    } catch {
      // the file is locked for this moment: the next look will do
    }
    if (awakeMs() - beatAt >= BEAT_EVERY_MS && isBusy()) {
      beatAt = awakeMs();
      beat();
    }
    wait();
  }

  function wait(): void {
    const clock = awakeMs();
    const isQuiet = clock - heardAt > QUIET_AFTER_MS && !isBusy();
    timer = setTimeout(look, isQuiet ? untilTick(LOOK_WHILE_QUIET_MS, clock) : LOOK_EVERY_MS);
    timer.unref();
  }

  wait();
  return { stop: () => clearTimeout(timer) };
}
