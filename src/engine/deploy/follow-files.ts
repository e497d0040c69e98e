/**
 * Keeps the deployments of some paths as their files are: looks once at the start, then after every change that the
 * folders tell of, and now and then by itself. A file that is being saved is left alone until it is quiet, and one that
 * has gone only counts as gone when it does not come back at once (editors replace files).
 */
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { awakeMs } from '../../model/awake-clock.ts';
import type { Catalog, CatalogChange } from './catalog.ts';
import { mayBeFlowFile } from './flow-files.ts';
import { createFlowScanner, isRemote, type Scan } from './flow-scan.ts';
import { createFolderWatch } from './folder-watch.ts';

export interface FollowParts {
  /** Files and folders, absolute. */
  readonly roots: readonly string[];
  readonly catalog: Catalog;
  /** Files of deployments that lie below the roots and may have gone while nobody looked. */
  readonly deployedPaths: () => readonly string[];
  /** The first look only takes note of what has the text that is deployed already; the next one loads it. */
  readonly takesUnchanged: boolean;
  readonly onChange: (changes: readonly CatalogChange[]) => void;
  /** A folder that cannot be read, told once each time. */
  readonly onUnreadable: (folder: string) => void;
  readonly onFault: (error: unknown) => void;
}

export interface Follower {
  /** Deploys what is there now. */
  look(): Promise<void>;
  /** Follows changes from now on. */
  follow(): void;
  /** Resolves when a look that is under way is over. */
  stop(): Promise<void>;
}

/** A file is read when nothing has happened for this long, or when that never comes. */
const QUIET_MS = 120;
const LONGEST_UNREST_MS = 2000;
/** Where every folder is watched, looking by itself is only for what nobody has told of. */
const SAFETY_MS = 60_000;
const POLL_MS = 3000;
/** A walk through very many files is not repeated sooner than this many times its length. */
const POLL_SHARE = 200;
/** A file that is missing this long has gone. */
const GONE_AFTER_MS = 1000;
/** What broke a file may lie where nobody looks. */
const BROKEN_AGAIN_MS = 60_000;

/** By path; `-` where there is no file. */
type Stamps = ReadonlyMap<string, string>;

const NONE_TAKEN: ReadonlyMap<string, readonly CatalogChange[]> = new Map();

export function createFollower(parts: FollowParts): Follower {
  const { roots, catalog, deployedPaths, takesUnchanged, onChange, onUnreadable, onFault } = parts;
  const scanner = createFlowScanner(roots);
  const watch = createFolderWatch((path, isRename) => {
    if (path === null || mayBeFlowFile(path) || imported.has(path)) soon();
    // Data comes and goes beside flows; a folder that does may hold some.
    else if (isRename && (folders.has(path) || isFolderNow(path))) soon();
  });
  /** What each flow file and its imports looked like when it was described last. */
  const described = new Map<string, Stamps>();
  /** Everything that any of them imports. */
  let imported: ReadonlySet<string> = new Set();
  let folders: ReadonlySet<string> = new Set();
  const missingSince = new Map<string, number>();
  let toldUnreadable = new Set<string>();
  let lastStamp = '';
  let brokenAt = 0;
  let isAnyRemote = false;
  let isAllWatched = false;
  let following = false;
  let looking: Promise<void> | null = null;
  let lookAgain = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let unrestSince: number | null = null;
  let walkMs = 0;

  const clock = awakeMs;

  function soon(): void {
    if (!following) return;
    unrestSince ??= clock();
    // Something writes without end: look in between.
    schedule(Math.max(0, Math.min(QUIET_MS, unrestSince + LONGEST_UNREST_MS - clock())));
  }

  function schedule(delayMs: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => void lookOnce(), delayMs);
    timer.unref();
  }

  async function lookOnce(): Promise<void> {
    if (looking !== null) {
      lookAgain = true;
      return;
    }
    unrestSince = null;
    looking = look(false).catch(onFault);
    await looking;
    looking = null;
    if (!following) return;
    if (lookAgain) {
      lookAgain = false;
      schedule(QUIET_MS);
    } else if (missingSince.size > 0) schedule(GONE_AFTER_MS / 2);
    else if (unrestSince === null) schedule(Math.max(isAllWatched ? SAFETY_MS : POLL_MS, walkMs * POLL_SHARE));
  }

  async function look(isFirst: boolean): Promise<void> {
    const started = clock();
    if (isFirst) isAnyRemote = (await Promise.all(roots.map(isRemote))).includes(true);
    const scan = await scanner.scan();
    const { paths: found, stamps } = await changedIn(scan);
    // Those are described by the next look, when the server is at work already.
    const taken = isFirst && takesUnchanged ? await catalog.takeUnchanged(found) : NONE_TAKEN;
    const paths = found.filter((path) => !taken.has(path));
    const missing = await missingFrom(scan);
    walkMs = clock() - started;
    sayUnreadable(scan);
    isAllWatched = watch.set(watchedFolders(scan)) && !isAnyRemote && scan.unreadable.size === 0;
    const isGone = (path: string) => isFirst || clock() - (missingSince.get(path) ?? 0) >= GONE_AFTER_MS;
    const gone = missing.filter(isGone);
    if (paths.length + gone.length + taken.size === 0) return;
    const updated = await catalog.update({ paths, gone, missing: new Set(missing) });
    const changes = [...[...taken.values()].flat(), ...updated];
    for (const path of gone) {
      described.delete(path);
      missingSince.delete(path);
    }
    for (const path of paths) {
      const before = stamps.get(path) ?? new Map();
      // What it imports is known only now. What changed while it was read differs from this at the next look.
      const after = await stampsOf(path, scan);
      described.set(path, new Map([...after].map(([file, stamp]) => [file, before.get(file) ?? stamp])));
    }
    imported = new Set([...described.keys()].flatMap((path) => catalog.filesOf(path)));
    isAllWatched = watch.set(watchedFolders(scan)) && !isAnyRemote;
    onChange(changes);
  }

  async function changedIn(scan: Scan): Promise<{ paths: string[]; stamps: Map<string, Stamps> }> {
    const stamps = new Map<string, Stamps>();
    const paths: string[] = [];
    const mayBeMended = catalog.broken.size > 0 && (scan.stamp !== lastStamp || clock() - brokenAt > BROKEN_AGAIN_MS);
    if (mayBeMended || catalog.broken.size === 0) brokenAt = clock();
    lastStamp = scan.stamp;
    for (const path of scan.flows.keys()) {
      const now = await stampsOf(path, scan);
      stamps.set(path, now);
      const former = described.get(path);
      const isSame = former?.size === now.size && [...now].every(([file, stamp]) => former.get(file) === stamp);
      if (!isSame || (mayBeMended && catalog.broken.has(path))) paths.push(path);
    }
    return { paths, stamps };
  }

  /** How a flow file, and everything that it was loaded from, looks now. */
  async function stampsOf(path: string, { flows }: Scan): Promise<Stamps> {
    const stamps = new Map<string, string>([[path, flows.get(path) ?? '-']]);
    for (const file of catalog.filesOf(path)) stamps.set(file, flows.get(file) ?? (await scanner.stampOf(file)));
    return stamps;
  }

  /** Files that had flows, and have none at this moment; not those that cannot be seen from here. */
  async function missingFrom(scan: Scan): Promise<string[]> {
    const isHidden = (path: string) => [...scan.unreadable].some((folder) => isBelow(path, folder));
    const deployed = deployedPaths().filter((path) => roots.some((root) => isBelow(path, root)));
    const missing: string[] = [];
    for (const path of new Set([...described.keys(), ...deployed])) {
      if (scan.flows.has(path) || isHidden(path)) continue;
      // In a folder that is not looked into: somebody has named the file itself.
      if (!scan.folders.has(dirname(path)) && (await scanner.stampOf(path)) !== '-') continue;
      missing.push(path);
    }
    for (const path of [...missingSince.keys()]) if (!missing.includes(path)) missingSince.delete(path);
    for (const path of missing) if (!missingSince.has(path)) missingSince.set(path, clock());
    return missing;
  }

  function watchedFolders(scan: Scan): ReadonlySet<string> {
    folders = new Set([...scan.folders, ...[...imported].map((file) => dirname(file))]);
    return folders;
  }

  function sayUnreadable({ unreadable }: Scan): void {
    for (const folder of unreadable) if (!toldUnreadable.has(folder)) onUnreadable(folder);
    toldUnreadable = new Set(unreadable);
  }

  return {
    async look() {
      looking = look(true);
      await looking;
      looking = null;
    },
    follow() {
      following = true;
      schedule(QUIET_MS);
    },
    async stop() {
      following = false;
      clearTimeout(timer);
      watch.stop();
      await looking;
    },
  };
}

function isFolderNow(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function isBelow(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith('/') ? root : `${root}/`);
}
