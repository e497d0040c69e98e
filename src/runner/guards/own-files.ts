/**
 * Which files are Weir's own: the database, what SQLite keeps beside it, and the locks that show who lives. In a thread
 * of the process that has them open, closing any other handle on them drops SQLite's locks, and another process's
 * commit is then overwritten in silence. However a path is written, it is looked at where it leads.
 */
import { lstatSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WeirError } from '../../model/errors.ts';

const BESIDE = ['', '-wal', '-shm', '-journal'];

export interface OwnFiles {
  /** @throws WeirError `file-system` when the path leads to one of them; `how` names what was tried */
  refuse(path: unknown, how: string): void;
  /** As `refuse`, and also when one of them lies somewhere below the path. */
  refuseAround(path: unknown, how: string): void;
}

export function ownFiles(database: string, lockFolder: string): OwnFiles {
  const names = new Set(BESIDE.map((suffix) => basename(database) + suffix));
  const paths = () => BESIDE.map((suffix) => realPath(database) + suffix);
  const locks = () => realPath(lockFolder) + sep;

  function isOwn(path: string): boolean {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    const name = basename(path);
    // The usual case, at the price of one look: no link, and no name of ours.
    if (stats?.isSymbolicLink() !== true && (stats?.nlink ?? 1) === 1 && !names.has(name) && !name.endsWith('.lock'))
      return false;
    const real = realPath(path);
    return paths().includes(real) || real.startsWith(locks()) || isLinked(path);
  }

  /** Another name of one of them: a hard link, or a descriptor of this process in /proc. */
  function isLinked(path: string): boolean {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return false;
    return paths().some((own) => {
      const other = statSync(own, { throwIfNoEntry: false });
      return other !== undefined && other.ino === stats.ino && other.dev === stats.dev;
    });
  }

  return {
    refuse(path, how) {
      const text = textOf(path);
      if (text !== null && isOwn(text)) refusal(text, how);
    },
    refuseAround(path, how) {
      const text = textOf(path);
      if (text === null) return;
      const real = realPath(text);
      if (isOwn(text) || [...paths(), locks()].some((own) => own.startsWith(real === sep ? sep : real + sep)))
        refusal(text, how);
    },
  };
}

/** Where a path leads, also when its last parts do not exist. */
function realPath(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    const above = dirname(path);
    return above === path ? path : join(realPath(above), basename(path));
  }
}

function textOf(path: unknown): string | null {
  if (typeof path === 'string') return path === '' || path.includes('\0') ? null : resolved(path);
  if (path instanceof URL) return path.protocol === 'file:' ? fileURLToPath(path) : null;
  return path instanceof Uint8Array ? resolved(Buffer.from(path).toString()) : null;
}

function resolved(path: string): string {
  return path.startsWith(sep) ? path : join(process.cwd(), path);
}

function refusal(path: string, how: string): never {
  throw new WeirError(
    'file-system',
    `${how}("${path}") was refused: this is a file of Weir's own, and to open it here could lose what others write to it`,
    { hint: 'read it with weir sql, which does so from another process' },
  );
}
