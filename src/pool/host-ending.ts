/**
 * Ends a host with everything its code has started. A thread inside a synchronous native call (spawnSync, a query, a
 * key derivation) cannot be ended before that returns: its children are ended under it, and if it still does not go,
 * it is lost, and whoever waits is told so instead of waiting for it.
 */
import type { Commands } from './commands.ts';
import type { Host } from './host.ts';

/** What ends at once has ended by then; what has not sits in a native call. */
const AT_ONCE_MS = 100;
/** Between SIGTERM and SIGKILL for what user code has started by itself. */
const CHILDREN_GRACE_MS = 400;
/** Longer than this no end of a run waits for its thread. */
const PATIENCE_MS = 1000;
/** And not for what it has started: that is over soon after its grace, but on a machine that is very busy. */
const CHILDREN_PATIENCE_MS = 10_000;

export interface HostEnding {
  /** It still runs in there; `gone` tells when it does not any more. */
  readonly isLost: boolean;
  readonly gone: Promise<void>;
}

/**
 * `hasSpawned`: its code has started processes by itself. Resolves within about a second, later only where what it has
 * started takes longer to end; never rejects.
 */
export async function endHost(host: Host, commands: Commands, hasSpawned: boolean): Promise<HostEnding> {
  let isGone = false;
  const gone = host.stop().then(
    () => {
      isGone = true;
    },
    () => {
      isGone = true;
    },
  );
  await within(gone, AT_ONCE_MS);
  if (!isGone || hasSpawned) {
    const sweep = () => within(endChildren(host, commands, CHILDREN_GRACE_MS), CHILDREN_PATIENCE_MS);
    await Promise.all([within(gone, PATIENCE_MS - AT_ONCE_MS), sweep()]);
    // It was about to start something when its children were looked for, and now waits for that.
    if (!isGone) await Promise.all([within(gone, AT_ONCE_MS), sweep()]);
  }
  return { isLost: !isGone, gone };
}

/** Ends what code in the host has started by itself, wherever it went; not the host. */
export async function endChildren(host: Host, commands: Commands, graceMs = CHILDREN_GRACE_MS): Promise<void> {
  try {
    await commands.sweep(host.mark, graceMs);
  } catch {
    // the helper is gone or going, and takes what it can find along
  }
}

async function within(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, patience]);
  clearTimeout(timer);
}
