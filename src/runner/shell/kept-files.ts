/**
 * Files that a task hands on by name, and whether those of an earlier call are still what they were. A copy whose bytes
 * changed or vanished stands for nothing: the task runs again.
 */

import { createReadStream, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { WeirError } from '../../model/errors.ts';
import { type HandedFile, handedFilesOf } from '../../model/handed-file.ts';
import { openSha256 } from '../../model/sha256.ts';
import type { Line, Scope } from '../scope.ts';

/** Has each file of a finished command kept by its content. `folder`: where the command ran. @throws WeirError for what is no file */
export async function keepFiles(
  line: Line,
  scope: Scope,
  files: Readonly<Record<string, string>>,
  folder: string,
): Promise<Record<string, HandedFile>> {
  const named = Object.entries(files).map(([name, path]) => ({ name, path: resolve(folder, path) }));
  // All of them first: what cannot be handed on is told before anything is copied.
  for (const { name, path } of named) refuseNoFile(name, path);
  const kept: [string, HandedFile][] = [];
  for (const { name, path } of named)
    kept.push([name, (await line.ask({ ask: 'keep-file', path }, scope.call)) as HandedFile]);
  return Object.fromEntries(kept);
}

function refuseNoFile(name: string, path: string): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isFile()) return;
  if (stats === undefined)
    throw new WeirError('not-found', `the task hands on the file "${name}", but has left none: there is no ${path}`, {
      hint: 'its path counts from the working directory of the command',
    });
  const what = stats.isDirectory() ? 'is a folder' : 'is no plain file';
  throw new WeirError('invalid-value', `the task hands on the file "${name}", but ${path} ${what}`, {
    hint: 'hand on one file; pack a folder into an archive first: tar -czf model.tgz model/',
  });
}

/** What has become of a file that the result of an earlier call names, in words; null when all are as they were. */
export function lostFile(result: unknown): Promise<string | null> | null {
  const handed = handedFilesOf(result);
  return handed.length === 0 ? null : firstLost(handed);
}

async function firstLost(files: readonly (readonly [string, HandedFile])[]): Promise<string | null> {
  for (const [name, file] of files) {
    const is = await sha256Of(file.path);
    if (is === null) return `the file "${name}" that it handed on is gone`;
    if (is !== file.sha256) return `the file "${name}" that it handed on was changed`;
  }
  return null;
}

/** By path: a large file is read once for each state that it is found in. */
const known = new Map<string, { readonly stamp: string; readonly sha256: string }>();

async function sha256Of(path: string): Promise<string | null> {
  const stats = statSync(path, { throwIfNoEntry: false, bigint: true });
  if (stats?.isFile() !== true) return null;
  const stamp = `${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}`;
  const before = known.get(path);
  if (before?.stamp === stamp) return before.sha256;
  try {
    const hash = openSha256();
    for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer);
    const sha256 = hash.digest('hex');
    known.set(path, { stamp, sha256 });
    return sha256;
  } catch {
    // not to be read is not to be had
    return null;
  }
}
