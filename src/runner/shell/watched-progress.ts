/** Tells what a running command writes to its progress file, as it is written: the last line counts. */
import { parseProgress } from '../../model/handed-over.ts';
import type { Line, Scope } from '../scope.ts';
import { readCapped } from './capped-file.ts';

const EVERY_MS = 500;
/** Enough for the last lines of a file that is only ever added to. */
const TAIL = 8 * 1024;

/** Looks until the returned function is called. */
export function watchProgress(path: string, line: Line, scope: Scope): () => void {
  let told = '';
  const look = () => {
    const progress = parseProgress(tailOf(path));
    if (progress === null || JSON.stringify(progress) === told) return;
    told = JSON.stringify(progress);
    line.report({ kind: 'progress', call: scope.call, ...progress });
  };
  const timer = setInterval(look, EVERY_MS);
  // The command that is waited for keeps the thread alive; looking at it must not.
  timer.unref();
  return () => clearInterval(timer);
}

function tailOf(path: string): string {
  try {
    const file = readCapped(path, TAIL, 'end');
    if (file.kind !== 'read') return '';
    const text = file.bytes.toString('utf8');
    // What was not read from its start is half a line.
    return file.size > TAIL ? text.slice(text.indexOf('\n') + 1) : text;
  } catch {
    // replaced or removed between two looks
    return '';
  }
}
