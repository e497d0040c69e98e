/**
 * Explains why a shell could not start a program that it found (exit code 126 or 127): no right to execute it, or an
 * interpreter that is not there. The shell names the file in its last line; what is wrong with it stands in the file.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { unstartablePath } from '../model/missing-program.ts';
import { interpreterProblem, notExecutable } from '../spawner/unstartable.ts';

/** A sentence; null when the last lines name no file of this folder, or one that could be started. */
export function explainUnstartable(cwd: string, lastLines: readonly string[]): string | null {
  const path = unstartablePath(lastLines);
  if (path === null) return null;
  const file = resolve(cwd, path);
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isFile() !== true) return null;
  try {
    accessSync(file, constants.X_OK);
  } catch {
    return notExecutable(file);
  }
  return `${file} was not started: ${interpreterProblem(file)}`;
}
