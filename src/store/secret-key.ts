/**
 * The key that secrets are sealed with: a file of the user's own outside the database's folder, so that no copy of that
 * folder holds both. Made at the first `weir secret set`, read only where a secret is needed.
 * It must never be replaced, nor be readable by anybody else, nor stand in a message.
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { WeirError } from '../model/errors.ts';

export interface SecretKey {
  /** Tells keys apart; says nothing of the key itself. */
  readonly id: string;
  readonly bytes: Uint8Array;
}

const KEY_BYTES = 32;
const ID_LENGTH = 16;
const OWNER_ONLY = 0o600;
const OTHERS = 0o077;
const FORMAT = /^weir-key-1 ([A-Za-z0-9+/]{43}=)\n?$/;

/** null: there is no such file. @throws WeirError `file-system` when it is not what it must be */
export function readSecretKey(path: string): SecretKey | null {
  let file: number;
  try {
    // A pipe in its place must not be waited for.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new WeirError('file-system', `the key of the secrets cannot be read: ${(cause as Error).message}`, {
      hint: `it is yours alone: chmod 600 ${quoted(path)}`,
      cause,
    });
  }
  try {
    refuseUnsafe(file, path);
    const [, base64] = FORMAT.exec(readFileSync(file, 'utf8')) ?? [];
    if (base64 === undefined) throw notAKey(path);
    return keyOf(Buffer.from(base64, 'base64'));
  } finally {
    closeSync(file);
  }
}

/** The key of the file, which is made where there is none. Two processes that make it at once come to the same one. */
export function makeSecretKey(path: string): SecretKey {
  const former = readSecretKey(path);
  if (former !== null) return former;
  const beside = `${path}.new-${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    rmSync(beside, { force: true });
    writeKey(beside, `weir-key-1 ${randomBytes(KEY_BYTES).toString('base64')}\n`);
    linkUnlessThere(beside, path);
  } catch (cause) {
    throw new WeirError('file-system', `the key of the secrets cannot be written: ${(cause as Error).message}`, {
      hint: 'say where it is to be kept with WEIR_KEY_FILE',
      cause,
    });
  } finally {
    rmSync(beside, { force: true });
  }
  const key = readSecretKey(path);
  if (key === null) throw new WeirError('file-system', `the key of the secrets was just made and is gone: ${path}`);
  return key;
}

/** Whole or not at all, and never over a key that is there. */
function linkUnlessThere(beside: string, path: string): void {
  try {
    linkSync(beside, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function writeKey(path: string, text: string): void {
  const file = openSync(path, 'wx', OWNER_ONLY);
  try {
    // Whatever the umask has left of it.
    fchmodSync(file, OWNER_ONLY);
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function refuseUnsafe(file: number, path: string): void {
  const stat = fstatSync(file);
  const { mode, uid } = stat;
  if (!stat.isFile()) throw notAKey(path);
  const self = process.getuid?.();
  if (self !== undefined && uid !== self && self !== 0)
    throw new WeirError('file-system', `the key of the secrets belongs to another user: ${path}`, {
      hint: 'say where your own is with WEIR_KEY_FILE',
    });
  if ((mode & OTHERS) === 0) return;
  throw new WeirError(
    'file-system',
    `others may read the key of the secrets: ${path} has the mode ${(mode & 0o777).toString(8).padStart(4, '0')}`,
    { hint: `chmod 600 ${quoted(path)}; if somebody may have read it, delete it and set your secrets again` },
  );
}

function keyOf(bytes: Uint8Array): SecretKey {
  const id = createHash('sha256').update('weir-key-id\0').update(bytes).digest('hex').slice(0, ID_LENGTH);
  return { id, bytes };
}

function notAKey(path: string): WeirError {
  return new WeirError('file-system', `${path} is no key of Weir's`, {
    hint: 'put the file back that was there, or say where the key is with WEIR_KEY_FILE',
  });
}

function quoted(path: string): string {
  return /^[\w./~-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
