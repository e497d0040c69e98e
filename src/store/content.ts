/**
 * What is too large for the database: files in a folder beside it, each named by the sha256 of its bytes.
 * Equal content is kept once; a name is seen only when its bytes are on disk. Must never give out bytes that do not
 * match their name, and never make a path of anything but 64 hexadecimal digits.
 */
import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { chmod, copyFile, type FileHandle, open, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { WeirError } from '../model/errors.ts';
import { filesFolder } from './database.ts';

export interface StoredContent {
  /** sha256, 64 hexadecimal digits. */
  readonly hash: string;
  /** In bytes. */
  readonly size: number;
}

export interface ContentStore {
  /** Keeps the bytes; when it returns they are on disk. Stops the event loop meanwhile: large files go by `putFile`. */
  put(bytes: Uint8Array): StoredContent;
  /** Keeps a copy of the file at `path`, without its bytes passing through memory at once. */
  putFile(path: string): Promise<StoredContent>;
  /** The bytes, verified. `of` says in errors whose they are: `version 3 of model "temperature"`. */
  read(hash: string, of?: string): Buffer;
  /** Where the content lies, verified just now, without its bytes passing through memory at once. */
  verifiedPath(hash: string, of?: string): Promise<string>;
  /** Where the content of this hash lies, or would lie. Who opens it reads unverified bytes. */
  pathOf(hash: string): string;
}

/** The content folder of the database at `databasePath`. */
export function contentFolder(databasePath: string): string {
  return join(filesFolder(databasePath), 'content');
}

/** Text that is a content hash, unchanged. @throws WeirError `invalid-value` */
export function parseContentHash(text: string): string {
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  throw new WeirError(
    'invalid-value',
    `${JSON.stringify(text).slice(0, 100)} is no content hash: that is a sha256 in 64 hexadecimal digits, in lower case`,
  );
}

/** The content-addressed files below `folder`, which is made with the first of them. */
export function createContentStore(folder: string): ContentStore {
  function pathOf(hash: string): string {
    return join(folder, parseContentHash(hash).slice(0, 2), hash);
  }

  function put(bytes: Uint8Array): StoredContent {
    const stored = { hash: sha256(bytes), size: bytes.byteLength };
    const path = pathOf(stored.hash);
    refuseUnwritable(folder, () => {
      if (holds(path, bytes)) return syncFolders(path);
      const temporary = temporaryName(folder);
      try {
        writeFileSync(temporary, bytes, { mode: 0o600, flag: 'wx', flush: true });
        moveInto(path, temporary);
      } finally {
        rmSync(temporary, { force: true });
      }
    });
    return stored;
  }

  async function putFile(source: string): Promise<StoredContent> {
    await refuseNoFile(source);
    const temporary = refuseUnwritable(folder, () => temporaryName(folder));
    try {
      await copyFile(source, temporary, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
      await chmod(temporary, 0o600);
      // The copy is hashed, not the source: that may change while it is read.
      const stored = await hashAndFlush(temporary);
      moveInto(pathOf(stored.hash), temporary);
      return stored;
    } catch (cause) {
      throw new WeirError('file-system', `${source} cannot be copied to ${folder}: ${(cause as Error).message}`, {
        hint: 'check the rights of both and the free space of the disk',
        cause,
      });
    } finally {
      rmSync(temporary, { force: true });
    }
  }

  function read(hash: string, of = 'content'): Buffer {
    const path = pathOf(hash);
    const bytes = readKept(path, hash, of);
    refuseAltered(path, hash, sha256(bytes), of);
    return bytes;
  }

  async function verifiedPath(hash: string, of = 'content'): Promise<string> {
    const path = pathOf(hash);
    const actual = await hashOfFile(path).catch((cause: unknown) => {
      throw unreadable(path, hash, of, cause);
    });
    refuseAltered(path, hash, actual, of);
    return path;
  }

  return { put, putFile, read, verifiedPath, pathOf };
}

/** Compares the bytes, so that putting content again heals a file that somebody has altered. */
function holds(path: string, bytes: Uint8Array): boolean {
  try {
    return readFileSync(path).equals(bytes);
  } catch {
    // missing or unreadable: either way it is to be written
    return false;
  }
}

/** In the same folder as what it becomes, so that the rename stays on one file system. */
function temporaryName(folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return join(folder, `.${randomUUID()}.tmp`);
}

/** The bytes are flushed already: a name must never lead to bytes that a power cut can take away. */
function moveInto(path: string, temporary: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  renameSync(temporary, path);
  syncFolders(path);
}

function syncFolders(path: string): void {
  for (const folder of [dirname(path), dirname(dirname(path))]) {
    try {
      const descriptor = openSync(folder, 'r');
      try {
        fsyncSync(descriptor);
      } finally {
        closeSync(descriptor);
      }
    } catch {
      // some systems cannot flush a folder; there the file system's own journal has to do
    }
  }
}

async function hashAndFlush(path: string): Promise<StoredContent> {
  const file = await open(path, 'r+');
  try {
    const hash = createHash('sha256');
    let size = 0;
    for await (const chunk of piecesOf(file)) {
      hash.update(chunk);
      size += chunk.length;
    }
    await file.sync();
    return { hash: hash.digest('hex'), size };
  } finally {
    await file.close();
  }
}

async function hashOfFile(path: string): Promise<string> {
  const file = await open(path);
  try {
    const hash = createHash('sha256');
    for await (const chunk of piecesOf(file)) hash.update(chunk);
    return hash.digest('hex');
  } finally {
    await file.close();
  }
}

function piecesOf(file: FileHandle): AsyncIterable<Buffer> {
  return file.createReadStream({ autoClose: false, highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>;
}

function readKept(path: string, hash: string, of: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw unreadable(path, hash, of, cause);
  }
}

function unreadable(path: string, hash: string, of: string, cause: unknown): WeirError {
  const isMissing = (cause as { code?: string }).code === 'ENOENT';
  const what = isMissing ? 'is missing' : `cannot be read (${(cause as Error).message})`;
  return new WeirError('file-system', `${of} ${what}: its bytes, sha256 ${hash}, should be in ${path}`, {
    hint: isMissing
      ? 'restore the folder from the backup that the database came with, or register the same content again'
      : 'check the rights of the file and its folder',
    cause,
  });
}

function refuseAltered(path: string, hash: string, actual: string, of: string): void {
  if (actual === hash) return;
  throw new WeirError(
    'file-system',
    `${of} has been altered on disk: the sha256 of ${path} is ${actual}, not the one in its name`,
    {
      hint: 'it was left as it is; restore the file from a backup, or register the same content again to replace it',
    },
  );
}

/** A pipe would never end and a folder has no bytes, so only plain files are taken. */
async function refuseNoFile(path: string): Promise<void> {
  try {
    if ((await stat(path)).isFile()) return;
  } catch (cause) {
    throw new WeirError('file-system', `the file ${path} cannot be read: ${(cause as Error).message}`, {
      hint: 'check its name and its rights',
      cause,
    });
  }
  throw new WeirError('file-system', `${path} is no plain file`, {
    hint: 'give a file; pack a folder into an archive first',
  });
}

function refuseUnwritable<T>(folder: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    throw new WeirError('file-system', `the content folder ${folder} cannot be written: ${(cause as Error).message}`, {
      hint: 'check its rights and the free space of the disk',
      cause,
    });
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
