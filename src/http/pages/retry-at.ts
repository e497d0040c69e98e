/** When a task that failed is tried again: its row tells so only in the words of its state (runner/task-run.ts). Pure. */

/** Null where it does not wait, or is tried at once. */
export function retryAt(state: { readonly name: string; readonly message: string | null }): number | null {
  if (state.name !== 'AwaitingRetry') return null;
  const at = Date.parse(/; again at (\S+)$/.exec(state.message ?? '')?.[1] ?? '');
  return Number.isNaN(at) ? null : at;
}
