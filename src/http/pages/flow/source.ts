/** The source that a flow's page begins with: the file of its deployment as it was deployed, else as it last ran. */
import { basename } from 'node:path';
import { type PackedVersion, unpackCode } from '../../../model/packed-code.ts';
import type { DeploymentRow } from '../../../store/deployments.ts';
import type { Store } from '../../../store/store.ts';
import type { SourceView } from '../../../web/pages/flow/source-view.tsx';

const LINES_SHOWN = 12;
const CHARACTERS_SHOWN = 1000;

export function sourceOf(store: Store, flow: string, rows: readonly DeploymentRow[]): SourceView | null {
  const [row] = rows;
  const kept = row?.codeHash != null ? { path: row.path, codeHash: row.codeHash } : store.flowHistory.latestCode(flow);
  if (kept === null) return null;
  const text = textsOf(store, kept.codeHash)?.get(kept.path);
  if (text === undefined) return null;
  const lines = linesOf(text);
  return {
    flow,
    deployment: rows.length > 1 ? (row?.name ?? null) : null,
    version: row?.codeHash != null && row.number > 0 ? row.number : null,
    file: basename(kept.path),
    lines: firstLines(lines, LINES_SHOWN, CHARACTERS_SHOWN),
    lineCount: lines.length,
  };
}

/** Path to text; null where the code of a version is no longer kept. */
export function textsOf(store: Store, codeHash: string): ReadonlyMap<string, string> | null {
  const packed = store.codeVersions.filesOf(codeHash);
  if (packed === null) return null;
  const { files }: PackedVersion = unpackCode(packed);
  return new Map(files);
}

export function linesOf(text: string): string[] {
  return text.replace(/\r?\n$/, '').split(/\r?\n/);
}

/** So many lines, and no more than so many characters; a very long line is cut. */
export function firstLines(lines: readonly string[], most: number, characters: number): string[] {
  const found: string[] = [];
  let left = characters;
  for (const line of lines.slice(0, most)) {
    if (left <= 0) break;
    found.push(line.slice(0, Math.min(left, 500)));
    left -= line.length + 1;
  }
  return found;
}
