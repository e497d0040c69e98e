/**
 * The end of a run's log as its page shows it: with the lines of its subflows among its own, while they are few. Of many the
 * log's own page tells: to look into each of their logs would take longer than the rest of the page.
 */
import type { FlowRunRow } from '../../../store/flow-runs.ts';
import type { Store } from '../../../store/store.ts';
import type { TaskOutline } from '../../../store/task-outlines.ts';
import type { LogLine } from '../../../web/pages/log.tsx';
import { createLogReader } from '../log/reader.ts';
import { lastLogLines, readable } from '../log-lines.ts';

const TAIL_LINES = 150;
/** Keeps the page within its budget, whatever a run prints. */
const TAIL_CHARACTERS = 6000;
const MOST_SUBFLOWS = 20;

export function tailOf(
  store: Store,
  run: FlowRunRow,
  tasks: readonly Pick<TaskOutline, 'childRunId'>[],
): { readonly log: readonly LogLine[]; readonly hasMoreLogs: boolean } {
  const subflows = tasks.filter(({ childRunId }) => childRunId !== null).length;
  if (subflows > 0 && subflows <= MOST_SUBFLOWS) return { log: familyLines(store, run), hasMoreLogs: false };
  const log = lastLogLines(store, run.id, { before: null, limit: TAIL_LINES, characters: TAIL_CHARACTERS });
  return { log, hasMoreLogs: subflows > 0 };
}

function familyLines(store: Store, run: FlowRunRow): LogLine[] {
  const reader = createLogReader(store, { run, task: null, attempt: null, stream: null });
  const lines: LogLine[] = [];
  let room = TAIL_CHARACTERS;
  for (const chunk of reader.backward(Number.MAX_SAFE_INTEGER - 1))
    for (const line of reader.lines(chunk).reverse()) {
      const text = readable(line.text);
      room -= text.length + 1;
      if (lines.length >= TAIL_LINES || (room < 0 && lines.length > 0)) return lines.reverse();
      lines.push({ ...line, text });
    }
  return lines.reverse();
}
