/**
 * Writes a small file in the place of one that Weir wrote there before: to make a file and to remove it takes ten times as
 * long as to fill one again. What a command has put there instead (a link, a pipe, another name for a file of its own)
 * is taken away, never written into.
 */
import { closeSync, constants, fstatSync, ftruncateSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';

const { O_WRONLY, O_NOFOLLOW, O_NONBLOCK } = constants;

export function writeOver(path: string, text: string): void {
  const bytes = Buffer.from(text);
  if (fillAgain(path, bytes)) return;
  rmSync(path, { recursive: true, force: true });
  writeFileSync(path, bytes, { flag: 'wx' });
}

/** False where there is no such file, or one that is not Weir's alone. */
function fillAgain(path: string, bytes: Buffer): boolean {
  let file: number;
  try {
    file = openSync(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch {
    return false;
  }
  try {
    const there = fstatSync(file);
    if (!there.isFile() || there.nlink !== 1) return false;
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at, at);
    if (there.size > bytes.length) ftruncateSync(file, bytes.length);
    return true;
  } finally {
    closeSync(file);
  }
}
