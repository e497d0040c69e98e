/**
 * The project files that are part of a shell task's code: those that its command names, and those of its `code` globs.
 * Their contents make one hash, so that a changed script runs again although the command is the same. Only files below
 * the flow's folder count where a command names them; a glob may lead anywhere. Never reads more than the limits below.
 */
import { globSync, readFileSync, type Stats, statSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import {
  type CodeSources,
  isSourceName,
  type NamedWord,
  wordsOfArguments,
  wordsOfScript,
} from '../../model/named-files.ts';
import { sha256 } from '../../model/sha256.ts';

const MOST_FILES = 2000;
const MOST_WORDS = 200;
const MOST_KNOWN = 20_000;
/** Of a larger one size and time of change stand for what is in it. */
const LARGEST = 16 * 1024 * 1024;
/** Where the files are those of others. */
const FOREIGN = /(?:^|\/)(?:node_modules|\.git|\.hg|\.svn|__pycache__|\.venv|venv|\.tox|site-packages)(?:\/|$)/;

/**
 * Hash of the files as they are now, in `dir`, the flow's folder; null when there are none. Asked for a thousand items of a
 * list in one turn of the event loop, it looks once.
 */
export function hashOfCodeFiles(sources: CodeSources, dir: string): string | null {
  const key = JSON.stringify([sources, dir]);
  const now = thisTurn.get(key);
  if (now !== undefined) return now;
  const hash = lookAndHash(sources, dir);
  if (thisTurn.size === 0) setImmediate(() => thisTurn.clear());
  thisTurn.set(key, hash);
  return hash;
}

const thisTurn = new Map<string, string | null>();

function lookAndHash(sources: CodeSources, dir: string): string | null {
  const files = codeFiles(sources, dir);
  if (files.length === 0) return null;
  const text = files.map((file) => `${relative(dir, file)}\0${contentOf(file)}\0`).join('');
  return sha256(text, 'base64url').slice(0, 22);
}

/** Absolute paths, in their order by name. */
export function codeFiles({ script, argv, globs = [], cwd, handsOn = [] }: CodeSources, dir: string): string[] {
  const folder = resolve(dir, cwd ?? '.');
  const made = new Set(handsOn.map((path) => resolve(folder, path)));
  const words = [...(script === undefined ? [] : wordsOfScript(script)), ...(argv ? wordsOfArguments(argv) : [])];
  const found = new Set<string>();
  for (const word of words.slice(0, MOST_WORDS)) {
    const file = fileOf(word, folder, dir);
    if (file !== null && !made.has(file)) found.add(file);
  }
  for (const glob of globs)
    for (const file of globSync(glob, { cwd: dir, exclude: (path) => FOREIGN.test(path) })) {
      if (found.size >= MOST_FILES) break;
      const path = resolve(dir, file);
      if (isFile(path)) found.add(path);
    }
  return [...found].sort();
}

/** The project's file that a word names, from where the command runs or from the flow's folder. */
function fileOf({ word, as }: NamedWord, folder: string, dir: string): string | null {
  if (word.includes('\0') || (as === 'argument' && !isSourceName(word))) return null;
  for (const from of folder === dir ? [dir] : [folder, dir]) {
    const path = resolve(from, word);
    if (path.startsWith(dir + sep) && !FOREIGN.test(relative(dir, path)) && isFile(path) && !isOfVenv(path, dir))
      return path;
  }
  return null;
}

/** `./env/bin/python`: whatever a Python environment is called, it says what it is. */
function isOfVenv(path: string, dir: string): boolean {
  const parts = relative(dir, path).split(sep).slice(0, -1);
  return parts.some((_, at) => isFile(join(dir, ...parts.slice(0, at + 1), 'pyvenv.cfg')));
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** By path, what was read last: a file is read once for each state that it is found in. */
const known = new Map<string, { readonly stamp: string; readonly content: string }>();

function contentOf(path: string): string {
  let stats: Stats;
  try {
    stats = statSync(path);
  } catch {
    return 'missing';
  }
  const stamp = `${stats.ino} ${stats.size} ${stats.mtimeMs} ${stats.ctimeMs}`;
  if (stats.size > LARGEST) return `large ${stats.size} ${stats.mtimeMs}`;
  const before = known.get(path);
  if (before?.stamp === stamp) return before.content;
  let content: string;
  try {
    content = sha256(readFileSync(path), 'base64url');
  } catch (error) {
    content = `unreadable ${(error as { code?: string }).code}`;
  }
  // A server looks at files of many flows for weeks.
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(path, { stamp, content });
  return content;
}
