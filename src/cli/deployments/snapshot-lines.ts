/** What is told of a snapshot: which files it holds, and what differs from the one before. Only words. */
import type { DeployPlan } from '../../engine/deploy/deploy.ts';
import { formatBytes } from '../../model/bytes.ts';
import { type FileChanges, filesBetween, type Packages, type SnapshotManifest, sizeOf } from '../../model/snapshot.ts';
import type { Store } from '../../store/store.ts';
import { plainText } from '../terminal-text.ts';

const SHOWN = 8;

/** Lines of a plan; none where there is no snapshot, before or then. */
export function snapshotLines({ snapshots }: Store, { former, definition, snapshot }: DeployPlan): string[] {
  const hash = definition.snapshot ?? null;
  const before = former?.snapshotHash == null ? null : snapshots.manifestOf(former.snapshotHash);
  if (hash === null) return before === null ? [] : ['    no snapshot any more: its runs work in the folder itself'];
  const next = snapshot?.manifest ?? snapshots.manifestOf(hash);
  if (next === null) return [];
  const packages = Object.keys(next.packages).length === 0 ? [] : [`    packages ${packagesInWords(next.packages)}`];
  const changes = before === null ? null : changesInWords(filesBetween(before, next));
  const told = changes === null ? `: ${listed(next.files.map(({ path }) => path))}` : changes;
  return [`    snapshot of ${filesInWords(next)}${told}`, ...packages];
}

/** `5 files, 12 KiB` */
export function filesInWords(manifest: SnapshotManifest): string {
  const { length } = manifest.files;
  return `${length} ${length === 1 ? 'file' : 'files'}, ${formatBytes(sizeOf(manifest))}`;
}

/** `zod 4.1.12, left-pad 1.3.0` */
export function packagesInWords(packages: Packages): string {
  return plainText(
    Object.entries(packages)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
  );
}

function changesInWords({ added, changed, removed }: FileChanges): string {
  const parts = [
    ['changed', changed],
    ['added', added],
    ['removed', removed],
  ] as const;
  const told = parts.flatMap(([word, paths]) => (paths.length === 0 ? [] : [`${word} ${listed(paths)}`]));
  return told.length === 0 ? ', as before' : `: ${told.join('; ')}`;
}

export function listed(paths: readonly string[]): string {
  const more = paths.length > SHOWN ? ` and ${paths.length - SHOWN} more` : '';
  return plainText(`${paths.slice(0, SHOWN).join(', ')}${more}`);
}
