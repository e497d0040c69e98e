/**
 * The folders in which commands hand over what they came to. One that was left empty serves the next command: making and
 * removing folders costs more than all else that Weir does for a short command. What a command left never reaches another.
 */
import { type Dirent, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { HAND_OVER_FOLDER, type RunStart } from '../../model/run-start.ts';

export interface HandOverFolder {
  readonly path: string;
  /** A folder in it, empty. */
  readonly artifacts: string;
}

/** The name of the folder for artifacts in it. */
export const ARTIFACTS = 'artifacts';

/** What Weir itself writes into one: the inputs of a command that has some of its own. It stays for the next one's. */
export const INPUTS_FILE = 'inputs.json';

interface OfRun {
  readonly free: HandOverFolder[];
  count: number;
}

const runs = new WeakMap<RunStart, OfRun>();

/** Nobody else's until it is given back. */
export function takeFolder(run: RunStart): HandOverFolder {
  const known = runs.get(run) ?? { free: [], count: 0 };
  runs.set(run, known);
  const free = known.free.pop();
  if (free !== undefined) return free;
  const path = join(run.runDir, HAND_OVER_FOLDER, String(++known.count));
  const artifacts = join(path, ARTIFACTS);
  makeAnew(path, join(run.runDir, HAND_OVER_FOLDER));
  mkdirSync(artifacts);
  return { path, artifacts };
}

/** Removes what is in it. `isKnownAsMade`: somebody has seen that nothing is, since the command ended. */
export function giveBack(run: RunStart, folder: HandOverFolder, isKnownAsMade: boolean): void {
  if (isKnownAsMade || isAsMade(folder)) {
    runs.get(run)?.free.push(folder);
    return;
  }
  try {
    rmSync(folder.path, { recursive: true, force: true });
  } catch {
    // the command made something in it unwritable: that is no reason to fail it
  }
}

function isAsMade({ path, artifacts }: HandOverFolder): boolean {
  try {
    const entries = readdirSync(path, { withFileTypes: true });
    return entries.every(isOwn) && entries.length > 0 && readdirSync(artifacts).length === 0;
  } catch {
    return false;
  }
}

/** Made by Weir, not by the command. */
export function isOwn(entry: Dirent): boolean {
  return entry.name === INPUTS_FILE ? entry.isFile() : entry.name === ARTIFACTS && entry.isDirectory();
}

/** Left by a process that died, it holds what is of another attempt. */
function makeAnew(path: string, above: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'ENOENT') mkdirSync(above, { recursive: true });
    else if (code === 'EEXIST') rmSync(path, { recursive: true, force: true });
    else throw error;
    mkdirSync(path);
  }
}
