/**
 * What a snapshot of a project is: files by their content, where they lay, and the packages that the flow's imports came
 * to. Pure; engine/project-files.ts finds out which files belong to one.
 */

/** Where the code of a deployment's runs comes from: the folder as it is, or a copy that was made when it was deployed. */
export const STORAGES = ['local', 'snapshot'] as const;
export type DeploymentStorage = (typeof STORAGES)[number];

export interface SnapshotFile {
  /** Below the root, with `/`. */
  readonly path: string;
  /** sha256 of its bytes, 64 hexadecimal digits. */
  readonly hash: string;
  /** In bytes. */
  readonly size: number;
  readonly isExecutable: boolean;
}

export interface SnapshotManifest {
  /** Absolute: the innermost folder that all of its files lie in. */
  readonly root: string;
  /** In the order of their paths. */
  readonly files: readonly SnapshotFile[];
  /** Versions by name, as they were installed. */
  readonly packages: Packages;
}

/** Packages that project files import: versions by name. */
export type Packages = Readonly<Record<string, string>>;

/** What differs between the files of two snapshots, by path. */
export interface FileChanges {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

export function filesBetween(
  former: Pick<SnapshotManifest, 'files'>,
  next: Pick<SnapshotManifest, 'files'>,
): FileChanges {
  const before = new Map(former.files.map((file) => [file.path, file]));
  const after = new Set(next.files.map(({ path }) => path));
  const isSame = (a: SnapshotFile, b: SnapshotFile) => a.hash === b.hash && a.isExecutable === b.isExecutable;
  return {
    added: next.files.filter(({ path }) => !before.has(path)).map(({ path }) => path),
    changed: next.files
      .filter((file) => {
        const earlier = before.get(file.path);
        return earlier !== undefined && !isSame(earlier, file);
      })
      .map(({ path }) => path),
    removed: former.files.filter(({ path }) => !after.has(path)).map(({ path }) => path),
  };
}

export function sizeOf({ files }: Pick<SnapshotManifest, 'files'>): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

/** Packages that are not as they were, one sentence each. */
export function packageChanges(expected: Packages, installed: Packages): readonly string[] {
  return Object.entries(expected).flatMap(([name, version]) => {
    const now = installed[name];
    return now === undefined || now === version
      ? []
      : [`package ${name} is ${now} here, and was ${version} when this was deployed`];
  });
}
