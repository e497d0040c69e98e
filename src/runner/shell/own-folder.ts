/**
 * The folder in which this executable is called `weir`, so that tasks find it by that name wherever it lies: its own, or
 * that of the link by whose path it was called (`bin/weir`, where the file has its version in its name).
 */
import { realpathSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';

/** null: it has another name, or was found in PATH, where tasks find it as well. `argv0`: how it was called. */
export function ownFolder(execPath: string, argv0: string): string | null {
  if (basename(execPath) === 'weir') return dirname(execPath);
  if (!argv0.includes('/') || basename(argv0) !== 'weir') return null;
  const link = resolve(argv0);
  return isSameFile(link, execPath) ? dirname(link) : null;
}

/** Whoever starts a program may call it what they like. */
function isSameFile(link: string, path: string): boolean {
  try {
    return realpathSync(link) === realpathSync(path);
  } catch {
    return false;
  }
}
