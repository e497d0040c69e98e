/**
 * Which flow files lie below some paths, and whether they have changed: by names and times, without blocking. Reads a
 * text only when its file is new or changed. A folder that cannot be read is not empty: what it held is still believed.
 */
import type { Dirent } from 'node:fs';
import { readdir, readFile, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isFlowText, isPassedOver, mayBeFlowFile } from './flow-files.ts';

export interface Scan {
  /** Files with flows, and what tells one state of each from another. */
  readonly flows: ReadonlyMap<string, string>;
  /** Every folder that was looked into. */
  readonly folders: ReadonlySet<string>;
  /** Folders that cannot be read at this moment. */
  readonly unreadable: ReadonlySet<string>;
  /** Changes whenever a file that may be a flow's is added, changed or removed. */
  readonly stamp: string;
}

export interface FlowScanner {
  scan(): Promise<Scan>;
  /** Tells one state of a file from another; `-` when there is none. */
  stampOf(path: string): Promise<string>;
}

const LARGEST_FLOW_FILE = 4 * 1024 * 1024;
/** Deeper than any project, and than a loop of mounts could be wanted. */
const DEEPEST = 32;

export function createFlowScanner(roots: readonly string[]): FlowScanner {
  const known = new Map<string, { readonly stamp: string; readonly isFlow: boolean }>();

  async function scan(): Promise<Scan> {
    const flows = new Map<string, string>();
    const folders = new Set<string>();
    const unreadable = new Set<string>();
    const stamps: string[] = [];

    async function file(path: string, isNamed: boolean): Promise<void> {
      const stamp = await stampOf(path);
      if (stamp === '-') return void known.delete(path);
      stamps.push(path, stamp);
      let facts = known.get(path);
      if (facts?.stamp !== stamp) {
        facts = { stamp, isFlow: isNamed || (await holdsFlow(path)) };
        known.set(path, facts);
      }
      if (facts.isFlow) flows.set(path, stamp);
    }

    async function folder(path: string, depth: number): Promise<void> {
      let entries: Dirent[];
      try {
        entries = await readdir(path, { withFileTypes: true });
      } catch (error) {
        if (depth === 0 || (error as NodeJS.ErrnoException).code !== 'ENOENT') unreadable.add(path);
        return;
      }
      // A virtual environment holds thousands of files, and none of the user's.
      if (entries.some(({ name }) => name === 'pyvenv.cfg')) return;
      folders.add(path);
      for (const entry of entries) {
        if (isPassedOver(entry.name)) continue;
        const below = join(path, entry.name);
        if (entry.isDirectory() && depth < DEEPEST) await folder(below, depth + 1);
        else if (entry.isFile() && mayBeFlowFile(below)) await file(below, false);
      }
    }

    for (const root of roots) {
      if (await isFolder(root)) await folder(root, 0);
      else if (mayBeFlowFile(root)) {
        folders.add(dirname(root));
        await file(root, true);
      } else unreadable.add(root);
    }
    return { flows, folders, unreadable, stamp: stamps.join('\n') };
  }

  return { scan, stampOf };
}

async function stampOf(path: string): Promise<string> {
  try {
    const { mtimeMs, ctimeMs, size, ino } = await stat(path);
    return `${mtimeMs} ${ctimeMs} ${size} ${ino}`;
  } catch {
    return '-';
  }
}

/** What others change there is told to nobody here: NFS, SMB, FUSE, and the disks of a host as its guest sees them. */
const REMOTE_TYPES: ReadonlySet<number> = new Set([0x6969, 0x517b, 0xfe534d42, 0xff534d42, 0x65735546, 0x01021997]);

/** Whether a folder lies where changes may come from another machine. */
export async function isRemote(path: string): Promise<boolean> {
  try {
    return REMOTE_TYPES.has((await statfs(path)).type);
  } catch {
    return true;
  }
}

async function holdsFlow(path: string): Promise<boolean> {
  try {
    if ((await stat(path)).size > LARGEST_FLOW_FILE) return false;
    return isFlowText(path, await readFile(path, 'utf8'));
  } catch {
    return false;
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
