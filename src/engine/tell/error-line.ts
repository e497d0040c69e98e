/** Where in a run's log the line stands that its failure is told by. Only reads, and only the end of the log. */
import type { Store } from '../../store/store.ts';

const CHUNKS = 20;

/** Number of the line within the run; null where it is not among the last ones. */
export function lineInLog(store: Store, task: { readonly id: number; readonly attempt: number }, line: string) {
  const wanted = line.trim();
  if (wanted === '') return null;
  for (const chunk of store.logs.lastOfTask(task.id, task.attempt, CHUNKS).reverse()) {
    const at = chunk.text.split('\n').findLastIndex((each) => each.includes(wanted));
    if (at !== -1) return chunk.firstLine + at;
  }
  return null;
}
