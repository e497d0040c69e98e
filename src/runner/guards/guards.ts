/** What user code may not do with Node's own modules, and what its owner must hear of: put on before any is loaded. */
import { workerData } from 'node:worker_threads';
import type { OwnPaths } from '../../model/message.ts';
import { guardBuiltins } from './builtin-guards.ts';
import { watchChildProcesses } from './child-processes.ts';
import { guardFiles } from './file-guard.ts';
import { ownFiles } from './own-files.ts';
import { guardSqlite } from './sqlite-guard.ts';
import { keepStreams } from './stream-guard.ts';

/** Where Weir's own files lie; afterwards nothing in this thread says so. */
export function takeOwnPaths(): OwnPaths {
  const data = workerData as { own?: OwnPaths };
  const { own } = data;
  delete data.own;
  return own as OwnPaths;
}

/**
 * Gives what the loader must call with every specifier. `sharesStdout`: this is a thread of a process whose standard
 * output belongs to results.
 */
export function installGuards(
  own: OwnPaths,
  sharesStdout: boolean,
  onSpawning: () => void,
): (specifier: string) => void {
  const files = ownFiles(own.database, own.lockFolder);
  let areFilesGuarded = false;
  const fs = () => {
    if (areFilesGuarded) return;
    areFilesGuarded = true;
    guardFiles(files);
    if (sharesStdout) keepStreams();
  };
  return guardBuiltins({
    fs,
    'fs/promises': fs,
    sqlite: () => guardSqlite(files),
    child_process: () => watchChildProcesses(onSpawning, sharesStdout),
  });
}
