/**
 * The folder of a run, once this process is done with it: what its commands handed over has been taken, and files that they
 * were given may hold secrets, so Weir's part of it goes. What the run itself has put there stays.
 */
import { rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { HAND_OVER_FOLDER } from '../../model/run-start.ts';

/** A retry or a resume makes it again. */
export function clearRunFolder(folder: string): void {
  try {
    rmSync(join(folder, HAND_OVER_FOLDER), { recursive: true, force: true });
    rmdirSync(folder);
  } catch {
    // There is none, the run keeps something in it, or a command made what cannot be removed: no reason to fail its run.
  }
}
