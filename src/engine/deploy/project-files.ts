/**
 * Which files of a project belong to the snapshot of a flow: the flow file with all that it imports, the sources that any
 * of these name or import in turn (scripts of commands, modules of Python), and what the deployment lists. Reads them.
 * Must never take in what holds secrets or belongs to others: `.env`, virtual environments, node_modules, the database.
 */
import { createHash } from 'node:crypto';
import { globSync, readFileSync, realpathSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { formatBytes } from '../../model/bytes.ts';
import { WeirError } from '../../model/errors.ts';
import { type IgnoreRule, isIgnored, parseIgnoreRules } from '../../model/ignore-rules.ts';
import { isSourceName } from '../../model/named-files.ts';
import { filesNamedIn } from '../../model/named-in-text.ts';
import { unpackCode } from '../../model/packed-code.ts';
import type { Packages, SnapshotFile, SnapshotManifest } from '../../model/snapshot.ts';

/** A snapshot before it is kept. */
export interface CollectedSnapshot {
  readonly hash: string;
  readonly manifest: SnapshotManifest;
  /** Bytes by their hash. */
  readonly contents: ReadonlyMap<string, Uint8Array>;
}

export interface CollectRequest {
  /** The flow file, absolute. */
  readonly path: string;
  /** The files that it was loaded from, as the runner packed them. */
  readonly code: Uint8Array;
  readonly packages: Packages;
  /** From the flow's folder. */
  readonly include: readonly string[];
  /** Weir's own: the database, the folder beside it. */
  readonly own: readonly string[];
}

export const IGNORE_FILE = '.weirignore';
export const LARGEST_SNAPSHOT = 32 * 1024 * 1024;
const MOST_FILES = 2000;
/** Words of one source that are looked for on the disk. */
const MOST_NAMED = 2000;
const LARGEST_SCANNED = 1024 * 1024;

/** Folders and files that are never a part of the project itself. */
const NEVER =
  /(?:^|\/)(?:\.env(?:\.[^/]*)?|\.envrc|\.git|\.hg|\.svn|node_modules|__pycache__|\.venv|\.tox|\.nox|site-packages|\.(?:mypy|pytest|ruff)_cache|\.ipynb_checkpoints|\.weir|\.weir\.key|\.DS_Store)(?:\/|$)|\.pyc$/;

/** @throws WeirError for what is too large, is listed and cannot be taken, or cannot be read */
export function collectProjectFiles(request: CollectRequest): CollectedSnapshot {
  const { path, code, packages } = request;
  const loaded = new Map(unpackCode(code).files);
  const project = new Project(dirname(path), request.own);
  for (const [file, text] of loaded) project.addLoaded(file, text);
  for (const entry of request.include) project.addListed(entry);
  project.followNames();
  return project.collected(packages);
}

class Project {
  readonly #dir: string;
  readonly #own: readonly string[];
  readonly #rules: readonly IgnoreRule[];
  /** By path; the text of those that the flow was loaded from, which may have changed on the disk since. */
  readonly #files = new Map<string, string | null>();
  /** Sources whose text is still to be looked at. */
  readonly #unread: string[] = [];
  readonly #venvs = new Map<string, boolean>();

  constructor(dir: string, own: readonly string[]) {
    this.#dir = dir;
    this.#own = own;
    this.#rules = parseIgnoreRules(textOf(join(dir, IGNORE_FILE)) ?? '');
  }

  addLoaded(path: string, text: string): void {
    this.#add(path, text);
  }

  addListed(entry: string): void {
    const whole = resolve(this.#dir, entry);
    const stats = statSync(whole, { throwIfNoEntry: false });
    if (stats?.isFile()) {
      const why = this.#refusal(whole);
      if (why === null) return this.#add(whole, null);
      throw new WeirError('invalid-value', `include names ${entry}, which no snapshot takes in: ${why}`, {
        hint: why.includes(IGNORE_FILE)
          ? `take it out of one of the two`
          : 'it is read where it lies (env_file, venv); secrets are best kept by weir secret set',
      });
    }
    const isFolder = stats?.isDirectory() === true;
    const glob = isFolder ? `${entry.replace(/\/+$/, '')}/**` : entry;
    const found = globSync(glob, {
      cwd: this.#dir,
      exclude: (each) => this.#isForeign(resolve(this.#dir, String(each))),
    });
    const taken = found.map((each) => resolve(this.#dir, each)).filter((each) => isFile(each));
    if (taken.length === 0)
      throw new WeirError('invalid-value', `include names ${entry}, and there is no such file in ${this.#dir}`, {
        hint: 'paths and globs count from the folder of the flow: data/weather.csv, sql/**/*.sql',
      });
    for (const file of taken) if (this.#refusal(file) === null) this.#add(file, null);
  }

  /** From source to source, as far as they lead. */
  followNames(): void {
    for (let path = this.#unread.pop(); path !== undefined; path = this.#unread.pop()) {
      const text = this.#files.get(path) ?? textOf(path);
      if (text === null || text.length > LARGEST_SCANNED) continue;
      for (const { path: named, isProgram } of filesNamedIn(path, text).slice(0, MOST_NAMED)) {
        if (named.includes('\0')) continue;
        for (const from of new Set([dirname(path), this.#dir])) {
          const file = resolve(from, named);
          if (!file.startsWith(this.#dir + sep) || this.#files.has(file)) continue;
          const stats = statSync(file, { throwIfNoEntry: false });
          if (!stats?.isFile() || (isProgram && (stats.mode & 0o111) === 0)) continue;
          if (this.#refusal(file) === null) this.#add(file, null);
        }
      }
    }
  }

  collected(packages: Packages): CollectedSnapshot {
    const stats = this.#measured();
    const root = rootOf([...stats.keys(), join(this.#dir, '-')]);
    const contents = new Map<string, Uint8Array>();
    const files: SnapshotFile[] = [];
    for (const [path, { mode }] of stats) {
      const text = this.#files.get(path) ?? null;
      const bytes = text === null ? readBytes(path) : Buffer.from(text);
      const hash = createHash('sha256').update(bytes).digest('hex');
      contents.set(hash, bytes);
      const below = relative(root, path).split(sep).join('/');
      files.push({ path: below, hash, size: bytes.length, isExecutable: (mode & 0o111) !== 0 });
    }
    files.sort((a, b) => (a.path < b.path ? -1 : 1));
    const manifest = { root, files, packages };
    const hash = createHash('sha256').update(JSON.stringify(manifest)).digest('hex').slice(0, 32);
    return { hash, manifest, contents };
  }

  /** Before anything of them is read. @throws WeirError when they are too many, or too large */
  #measured(): ReadonlyMap<string, Pick<Stats, 'mode' | 'size'>> {
    const stats = new Map<string, Pick<Stats, 'mode' | 'size'>>();
    for (const [path, text] of this.#files) {
      const found = statSync(path, { throwIfNoEntry: false });
      // Loaded, and gone since: its text is there.
      stats.set(path, { mode: found?.mode ?? 0o644, size: text?.length ?? found?.size ?? 0 });
    }
    const size = [...stats.values()].reduce((sum, each) => sum + each.size, 0);
    if (size <= LARGEST_SNAPSHOT && stats.size <= MOST_FILES) return stats;
    const largest = [...stats].sort(([, a], [, b]) => b.size - a.size).slice(0, 3);
    const told = largest.map(([path, each]) => `${relative(this.#dir, path)} (${formatBytes(each.size)})`);
    throw new WeirError(
      'invalid-value',
      `the snapshot would hold ${stats.size} files of ${formatBytes(size)}; at most ${MOST_FILES} of ${formatBytes(LARGEST_SNAPSHOT)} are kept in the database. The largest: ${told.join(', ')}`,
      { hint: `leave out what is no code by a line in ${IGNORE_FILE}, list less under include, or use storage: local` },
    );
  }

  #add(path: string, text: string | null): void {
    if (this.#files.has(path)) return;
    this.#files.set(path, text);
    if (isSourceName(path) || text !== null || isScript(path)) this.#unread.push(path);
  }

  /** Why a file can be no part of it; null: it can. */
  #refusal(path: string): string | null {
    const below = relative(this.#dir, path).split(sep).join('/');
    const name = basename(realPath(path));
    if (NEVER.test(below) || NEVER.test(name)) return 'such files hold secrets, or are not the project’s own';
    if (this.#isOwn(path)) return 'it belongs to the database of Weir';
    if (this.#isOfVenv(dirname(path))) return 'it is part of a virtual environment';
    if (!below.startsWith('../') && isIgnored(this.#rules, below)) return `${IGNORE_FILE} leaves it out`;
    return null;
  }

  /** A folder, or a file, that no glob leads into. */
  #isForeign(path: string): boolean {
    const below = relative(this.#dir, path).split(sep).join('/');
    return NEVER.test(below) || this.#isOwn(path) || (isFolder(path) && this.#isOfVenv(path));
  }

  #isOwn(path: string): boolean {
    return this.#own.some(
      (own) => path === own || path.startsWith(own + sep) || path === `${own}-wal` || path === `${own}-shm`,
    );
  }

  /** Whatever it is called, it says what it is. */
  #isOfVenv(folder: string): boolean {
    const known = this.#venvs.get(folder);
    if (known !== undefined) return known;
    const isOne = isFile(join(folder, 'pyvenv.cfg')) || isFolder(join(folder, 'conda-meta'));
    const is = isOne || (folder.startsWith(this.#dir + sep) && this.#isOfVenv(dirname(folder)));
    this.#venvs.set(folder, is);
    return is;
  }
}

/** The innermost folder above all of them. */
function rootOf(paths: readonly string[]): string {
  const [first = [], ...others] = paths.map((path) => dirname(path).split(sep));
  let length = first.length;
  for (const parts of others) {
    let same = 0;
    while (same < length && parts[same] === first[same]) same++;
    length = same;
  }
  return first.slice(0, length).join(sep) || sep;
}

function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new WeirError(
      'file-system',
      `${path} belongs to the snapshot and cannot be read: ${(cause as Error).message}`,
      {
        hint: `check its rights, or leave it out by a line in ${IGNORE_FILE}`,
        cause,
      },
    );
  }
}

/** null: it cannot be read, or is no text. */
function textOf(path: string): string | null {
  try {
    const bytes = readFileSync(path);
    return bytes.includes(0) ? null : bytes.toString('utf8');
  } catch {
    return null;
  }
}

/** Without an ending, and with a line that says what executes it. */
function isScript(path: string): boolean {
  if (/\.[^/]+$/.test(basename(path)) || (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > LARGEST_SCANNED)
    return false;
  return textOf(path)?.startsWith('#!') === true;
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
