/** What is told of a snapshot: which files it holds, and what differs from the one before. Only words. */
import type { DeploymentPlanJson } from '../../engine/tell/deployment-plan-json.ts';
import { formatBytes } from '../../model/bytes.ts';
import { type FileChanges, filesBetween, type Packages, type SnapshotManifest, sizeOf } from '../../model/snapshot.ts';
import { plainText } from '../terminal-text.ts';

const SHOWN = 8;

/** Lines of a plan; none where there is no snapshot, before or then. */
export function snapshotLines({ snapshot, former, packages }: DeploymentPlanJson): string[] {
  const before = former?.snapshot ?? null;
  if (snapshot === null) return before === null ? [] : ['    no snapshot any more: its runs work in the folder itself'];
  const told = Object.keys(packages).length === 0 ? [] : [`    packages ${packagesInWords(packages)}`];
  const changes = before === null ? null : changesInWords(filesBetween(filesOf(before), filesOf(snapshot)));
  const files = changes === null ? `: ${listed(snapshot.files.map(({ path }) => path))}` : changes;
  return [`    snapshot of ${filesInWords(filesOf(snapshot))}${files}`, ...told];
}

function filesOf({ files }: NonNullable<DeploymentPlanJson['snapshot']>): Pick<SnapshotManifest, 'files'> {
  return {
    files: files.map(({ path, sha256: hash, size, executable: isExecutable }) => ({ path, hash, size, isExecutable })),
  };
}

/** `5 files, 12 KiB` */
export function filesInWords(manifest: Pick<SnapshotManifest, 'files'>): string {
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
