/** Where programs are: looked up in a PATH as whoever starts them will. Only looks. */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, resolve } from 'node:path';

/** What a process without any PATH is given. */
export const USUAL_PATH = '/usr/local/bin:/usr/bin:/bin';

/** The program's file; null where there is none. One with a slash is taken as it is, from `folder`. */
export function findProgram(program: string, path: string, folder: string): string | null {
  if (program.includes('/')) {
    const file = resolve(folder, program);
    return isExecutable(file) ? file : null;
  }
  // One by one: most are found in one of the first folders, and this is asked for each command.
  for (const each of path.split(delimiter)) {
    if (!isAbsolute(each)) continue;
    const file = each.endsWith('/') ? each + program : `${each}/${program}`;
    if (isExecutable(file)) return file;
  }
  return null;
}

let pathWithBash: string | null = null;

/** Asked for each command, so that one answer is remembered: whoever has a bash keeps it. */
export function hasBash(path: string, folder: string): boolean {
  if (path === pathWithBash) return true;
  if (findProgram('bash', path, folder) === null) return false;
  pathWithBash = path;
  return true;
}

function isExecutable(path: string): boolean {
  try {
    // First what costs least: a PATH has many folders, and most have no such program.
    if (!existsSync(path) || !statSync(path).isFile()) return false;
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
