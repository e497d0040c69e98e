/**
 * Notices that another process has written the file: SQLite changes a number with every commit of somebody else, and
 * looking at it costs microseconds. What is looked for then is the listener's affair, and must be cheap as well.
 */
import type { Store } from '../store/store.ts';

export interface OthersWatch {
  stop(): void;
}

const LOOK_EVERY_MS = 200;

/** `onWrite` is called soon after each commit of another process, and again as long as it gives true. */
export function watchOthers(store: Store, onWrite: () => boolean): OthersWatch {
  let version: number | null = null;
  const timer = setInterval(() => {
    try {
      const current = store.dataVersion();
      if (current === version) return;
      version = onWrite() ? null : current;
    } catch {
      // the file is locked for this moment: the next look will do
    }
  }, LOOK_EVERY_MS);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
