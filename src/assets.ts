/**
 * What build.mjs embeds in the executable: migrations, runner, SDK, SQLite addon, templates, declarations.
 * Run from sources (tests) the same files are read from dist/assets, where build.mjs leaves them.
 */
import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { getRawAsset, isSea } from 'node:sea';
import { WeirError } from './model/errors.ts';
import type { RunnerScript, RunnerScripts } from './model/runner-scripts.ts';

declare const __WEIR_VERSION__: string;
/** Of the addon's bytes, taken by build.mjs: hashing two megabytes at every start would take milliseconds. */
declare const __WEIR_SQLITE_HASH__: string;

/** The version of this build; `0.0.0-source` when run from sources. */
export const version: string = typeof __WEIR_VERSION__ === 'string' ? __WEIR_VERSION__ : '0.0.0-source';

/** The scripts of src/parts.ts, each with what V8 made of it. */
export type PartName = 'command-line' | 'commands' | 'server' | 'due-times' | 'spawner';

/** Those that a runner's threads evaluate. */
type RunnerScriptName = keyof RunnerScripts;

export type AssetName =
  | 'migrations.json'
  | 'empty.db'
  | `${PartName | RunnerScriptName}.cjs`
  | `${PartName | RunnerScriptName}.code`
  | 'sqlite.node'
  | 'templates.json'
  | 'types.json.br';

export function assetBytes(name: AssetName): Buffer {
  if (isSea()) return Buffer.from(getRawAsset(name));
  return readFileSync(join(import.meta.dirname, '..', 'dist', 'assets', name));
}

const runnerScriptsRead = new Map<RunnerScriptName, RunnerScript>();

export function runnerScript(name: RunnerScriptName): RunnerScript {
  let script = runnerScriptsRead.get(name);
  if (script === undefined) {
    // ASCII alone stands in there: read as Latin-1 it needs no decoding.
    script = { source: assetBytes(`${name}.cjs`).toString('latin1'), code: assetBytes(`${name}.code`) };
    runnerScriptsRead.set(name, script);
  }
  return script;
}

export function assetText(name: AssetName): string {
  return assetBytes(name).toString('utf8');
}

/**
 * Loads the SQLite addon into an object for better-sqlite3's `nativeBinding`.
 * An addon can only be loaded from a file, so it is kept once in the user's cache folder, named by its hash.
 */
export function loadSqliteAddon(): object {
  const path = isSea()
    ? unpack(`sqlite-${__WEIR_SQLITE_HASH__}.node`, new Uint8Array(getRawAsset('sqlite.node')))
    : join(import.meta.dirname, '..', 'dist', 'assets', 'sqlite.node');
  // As `require` does it, whose making takes time.
  const holder = { exports: {} };
  process.dlopen(holder, path);
  return holder.exports;
}

let foundCacheFolder: string | undefined;

/**
 * A folder for what can be made again: the unpacked addon, compiled code. In the user's own cache, else in the
 * temporary folder. @throws WeirError `file-system` when no such folder can be made
 */
export function cacheFolder(): string {
  if (foundCacheFolder !== undefined) return foundCacheFolder;
  const failures: string[] = [];
  for (const folder of cacheFolders()) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      refuseStrangersFolder(folder);
      accessSync(folder, constants.W_OK);
      foundCacheFolder = folder;
      return folder;
    } catch (error) {
      failures.push(`${folder}: ${(error as Error).message}`);
    }
  }
  throw new WeirError(
    'file-system',
    `Weir found no folder to unpack its SQLite library into (${failures.join('; ')})`,
    {
      hint: 'set XDG_CACHE_HOME to a folder you can write to',
    },
  );
}

/** Writes to a temporary name and renames, so that two processes starting at once never see half a file. */
function unpack(name: string, bytes: Uint8Array): string {
  const path = join(cacheFolder(), name);
  if (existsSync(path) && lstatSync(path).size === bytes.length) return path;
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, bytes, { mode: 0o700 });
    renameSync(temporary, path);
  } catch (cause) {
    throw new WeirError(
      'file-system',
      `the SQLite library cannot be unpacked to ${path}: ${(cause as Error).message}`,
      {
        hint: 'make room there, or set XDG_CACHE_HOME to another folder',
        cause,
      },
    );
  }
  return path;
}

function cacheFolders(): string[] {
  const fromEnvironment = process.env.XDG_CACHE_HOME;
  const folders = fromEnvironment ? [join(fromEnvironment, 'weir')] : [];
  try {
    folders.push(join(homedir(), '.cache', 'weir'));
  } catch {
    // no home folder and no entry in the user table: the temporary folder serves
  }
  folders.push(join(tmpdir(), `weir-${process.getuid?.() ?? 'user'}`));
  return folders;
}

/** In a shared temporary folder somebody else may have made ours first, to have their library loaded. */
function refuseStrangersFolder(folder: string): void {
  const stats = lstatSync(folder);
  const uid = process.getuid?.();
  if (!stats.isDirectory() || (uid !== undefined && stats.uid !== uid)) throw new Error('belongs to somebody else');
  if (uid !== undefined && (stats.mode & 0o022) !== 0) throw new Error('others may write to it');
}
