/**
 * Hears of changes in folders. One watch a folder and none a file: a folder of data with thousands of files costs no more
 * than an empty one. Where watching fails (too many, a network's file system) it is silent: whoever asks looks by himself.
 */
import { type FSWatcher, watch } from 'node:fs';
import { join } from 'node:path';

export interface FolderWatch {
  /** From now on these folders and no others; false when some of them cannot be watched. */
  set(folders: ReadonlySet<string>): boolean;
  stop(): void;
}

const MOST_FOLDERS = 1000;

/** `onEvent` hears of a path that was changed, or was made or removed (`isRename`); null: somewhere. */
export function createFolderWatch(onEvent: (path: string | null, isRename: boolean) => void): FolderWatch {
  const watchers = new Map<string, FSWatcher>();

  function close(folder: string): void {
    watchers.get(folder)?.close();
    watchers.delete(folder);
  }

  function open(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, (event, name) =>
        onEvent(name === null ? null : join(folder, name), event === 'rename'),
      );
      watchers.set(folder, watcher);
      // The folder is gone, or its device: what that means is found by looking.
      watcher.on('error', () => {
        close(folder);
        onEvent(null, true);
      });
    } catch {
      // too many watches, or none on this file system
    }
  }

  return {
    set(folders) {
      for (const folder of [...watchers.keys()]) if (!folders.has(folder)) close(folder);
      for (const folder of folders) {
        if (watchers.size >= MOST_FOLDERS) break;
        if (!watchers.has(folder)) open(folder);
      }
      return [...folders].every((folder) => watchers.has(folder));
    },
    stop() {
      for (const folder of [...watchers.keys()]) close(folder);
    },
  };
}
