/** The end of a log as lines, read backwards so that a log of any length costs the same. */
import { stripVTControlCharacters } from 'node:util';
import { taskTitle } from '../../model/task-title.ts';
import type { Store } from '../../store/store.ts';
import type { LogLine } from '../../web/pages/log.tsx';

export interface LogWindow {
  /** Lines with smaller numbers; null for the end of the log. */
  readonly before: number | null;
  readonly limit: number;
  /** Of text; the earliest lines are left out beyond it. */
  readonly characters: number;
}

export function lastLogLines(store: Store, runId: number, { before, limit, characters }: LogWindow): LogLine[] {
  const end = before ?? Number.MAX_SAFE_INTEGER;
  const chunks = store.overview.logBefore(runId, end, limit);
  const titles = new Map<number, string>();
  const titleOf = (taskId: number) => {
    let title = titles.get(taskId);
    if (title === undefined) {
      const task = store.taskRuns.byId(taskId);
      title = task === null ? '' : taskTitle(task);
      titles.set(taskId, title);
    }
    return title;
  };
  const lines: LogLine[] = [];
  let room = characters;
  // From the end, so that what does not fit is never split.
  for (const chunk of chunks.toReversed()) {
    const texts = chunk.text.split('\n');
    for (let offset = texts.length - 1; offset >= 0; offset--) {
      const number = chunk.firstLine + offset;
      if (number >= end) continue;
      const text = `${texts[offset]}${chunk.fields === null ? '' : ` ${chunk.fields}`}`;
      room -= text.length + 1;
      if (lines.length >= limit || (room < 0 && lines.length > 0)) return lines.reverse();
      lines.push({
        number,
        at: chunk.at,
        task: chunk.taskRunId === null ? null : titleOf(chunk.taskRunId),
        isError: chunk.stream === 'stderr' || chunk.level === 'error',
        text: readable(text),
      });
    }
  }
  return lines.reverse();
}

/** What a terminal would finally show: without colour codes, and of a line drawn again and again its last drawing. */
export function readable(text: string): string {
  const drawn = text.replace(/\r+$/, '');
  const last = stripVTControlCharacters(drawn.slice(drawn.lastIndexOf('\r') + 1));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters have no place in a page
  return last.replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '\ufffd');
}
