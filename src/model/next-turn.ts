/** Resolves in a later turn of the event loop, when what had arrived by now is handled. */
export function nextTurn(): Promise<void> {
  // Not that of node:timers/promises: a short run loads nothing for it.
  return new Promise((resolve) => setImmediate(resolve));
}
