/**
 * Large results lie in the content folder beside the database, so that rows stay small; whoever needs one gets its file.
 * Written before the report's transaction begins: nobody waits for the disk with the file locked.
 */
import type { ContentFile } from '../../model/content-file.ts';
import type { Report } from '../../model/report.ts';
import type { Store } from '../../store/store.ts';

/** In bytes; smaller ones lie in their row. */
const LARGEST_RESULT_IN_ROW = 1024 * 1024;

/** The report with a large result kept as a file. One that cannot be kept is told as a result that cannot be stored. */
export function keepLargeResult({ content }: Pick<Store, 'content'>, report: Report): Report {
  if (report.kind !== 'task-state' && report.kind !== 'run-ended') return report;
  if (report.result === undefined || report.result.length <= LARGEST_RESULT_IN_ROW) return report;
  const { result, ...rest } = report;
  try {
    return { ...rest, content: contentFile({ content }, content.put(result)) };
  } catch (error) {
    const message = `the result cannot be stored, so it cannot be reused: ${(error as Error).message}`;
    return {
      ...rest,
      ...(rest.kind === 'task-state' ? { reusable: false } : {}),
      state: { ...rest.state, message },
    } as Report;
  }
}

/** Where the content of a stored result lies. */
export function contentFile(
  { content }: Pick<Store, 'content'>,
  { hash, size }: { readonly hash: string; readonly size: number },
): ContentFile {
  return { hash, size, path: content.pathOf(hash) };
}
