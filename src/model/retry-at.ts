/**
 * When a task that failed is tried again: its row tells so only in the words of its state, which are written once for
 * every reader, and so in UTC. Pure.
 */

/** How those words end. */
const AGAIN = /; again at (\S+)$/;

interface Waiting {
  readonly name: string;
  readonly message: string | null;
}

/** Null where it does not wait, or is tried at once. */
export function retryAt(state: Waiting): number | null {
  if (state.name !== 'AwaitingRetry') return null;
  const at = Date.parse(AGAIN.exec(state.message ?? '')?.[1] ?? '');
  return Number.isNaN(at) ? null : at;
}

/** The words of a state with that time as `tell` writes it; others as they are. */
export function messageWith(state: Waiting, tell: (at: number) => string): string | null {
  const at = retryAt(state);
  return at === null || state.message === null ? state.message : state.message.replace(AGAIN, `; again at ${tell(at)}`);
}
