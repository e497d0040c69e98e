/**
 * What differs between the code of two runs, file by file, as unified differences. Bounded: a page is no place for a rewrite.
 * The library is loaded with the first comparison that needs it.
 */
import { unpackCode } from '../../../model/packed-code.ts';
import type { Store } from '../../../store/store.ts';
import type { CodeView, DiffLine, FileDiff } from '../../../web/pages/compare/code.tsx';

const MOST_FILES = 10;
const MOST_LINES = 160;
const LONGEST_LINE = 160;
/** Characters of a file; the search for the shortest difference grows with them. */
const LARGEST_FILE = 200_000;
/** Lines that may differ before the search is given up. */
const MOST_EDITS = 2000;
const CONTEXT = 3;

type Hashes = readonly [string | null, string | null];

/** Code versions by their hashes. */
export async function codeDiff(store: Store, [before, after]: Hashes): Promise<CodeView> {
  if (before === null || after === null) return { kind: 'unknown' };
  if (before === after) return { kind: 'same' };
  const [old, current] = [filesOf(store, before), filesOf(store, after)];
  if (old === null || current === null) return { kind: 'unknown' };
  const paths = [...new Set([...old.keys(), ...current.keys()])].filter((path) => old.get(path) !== current.get(path));
  const folder = commonFolder([...old.keys(), ...current.keys()]);
  const { structuredPatch } = await import('diff');
  let room = MOST_LINES;
  const files = paths.slice(0, MOST_FILES).map((path): FileDiff => {
    const [a, b] = [old.get(path), current.get(path)];
    const name = path.slice(folder.length);
    // What only one of them has is told by its name: there is nothing to compare.
    if (a === undefined || b === undefined)
      return { path: name, change: a === undefined ? 'added' : 'removed', lines: [], leftOut: 0 };
    const patch =
      Math.max(a.length, b.length) > LARGEST_FILE
        ? undefined
        : structuredPatch(path, path, a, b, undefined, undefined, { context: CONTEXT, maxEditLength: MOST_EDITS });
    if (patch === undefined) return { path: name, change: 'changed', lines: [], leftOut: null };
    const all = patch.hunks.flatMap(({ lines }, index) => [
      ...(index === 0 ? [] : [{ kind: 'gap', text: '' } as const]),
      ...lines.map(lineOf),
    ]);
    const lines = all.slice(0, Math.max(0, room));
    room -= lines.length;
    return { path: name, change: 'changed', lines, leftOut: all.length - lines.length };
  });
  return { kind: 'differs', files, fileCount: paths.length };
}

/** null when that version was not kept. */
function filesOf(store: Store, hash: string): ReadonlyMap<string, string> | null {
  const packed = store.codeVersions.filesOf(hash);
  return packed === null ? null : new Map(unpackCode(packed).files);
}

function lineOf(line: string): DiffLine {
  const text = line.slice(1);
  const shown = text.length > LONGEST_LINE ? `${text.slice(0, LONGEST_LINE)}...` : text;
  return { kind: line.startsWith('+') ? 'added' : line.startsWith('-') ? 'removed' : 'kept', text: shown };
}

/** What all paths begin with, up to a slash. */
function commonFolder(paths: readonly string[]): string {
  const [first = ''] = paths;
  let folder = first.slice(0, first.lastIndexOf('/') + 1);
  while (folder !== '' && !paths.every((path) => path.startsWith(folder)))
    folder = folder.slice(0, folder.slice(0, -1).lastIndexOf('/') + 1);
  return folder;
}
