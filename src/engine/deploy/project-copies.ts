/**
 * Copies of snapshots on disk, one for each run that works in one: kept over its attempts with what its commands have
 * written there, and gone when it has succeeded. Nothing that a run does in its copy reaches the project or another run.
 */
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { WeirError } from '../../model/errors.ts';
import type { SnapshotManifest } from '../../model/snapshot.ts';
import { isFinal, isSuccess } from '../../model/state.ts';
import type { Store } from '../../store/store.ts';

export interface ProjectCopies {
  /** The folder that stands for the root of the snapshot; made, or brought to this version, when it is not. */
  of(runId: number, snapshotHash: string): Promise<string>;
  /** The run has succeeded: nobody will look for it. */
  drop(runId: number): void;
}

/** What a failed run has left is kept for its retry. */
const KEPT_AFTER_END_MS = 7 * 24 * 3_600_000;
const SWEEP_EVERY_MS = 3_600_000;

interface Standing {
  readonly hash: string;
  readonly paths: readonly string[];
}

export function createProjectCopies(
  store: Pick<Store, 'copiesFolder' | 'snapshots' | 'flowRuns'>,
  now: () => number,
): ProjectCopies {
  const { copiesFolder, snapshots, flowRuns } = store;
  const folderOf = (runId: number) => join(copiesFolder, String(runId));
  let sweptAt = Number.NEGATIVE_INFINITY;

  async function sweep(): Promise<void> {
    if (now() - sweptAt < SWEEP_EVERY_MS) return;
    sweptAt = now();
    for (const name of await readdir(copiesFolder).catch(() => [])) {
      const run = flowRuns.byId(Number(name));
      const endedAt = run !== null && isFinal(run.state.type) ? run.state.at : null;
      const isOld = endedAt !== null && endedAt < now() - KEPT_AFTER_END_MS;
      if (run === null || isOld || isSuccess(run.state.type)) remove(Number(name));
    }
  }

  function remove(runId: number): void {
    void rm(folderOf(runId), { recursive: true, force: true, maxRetries: 2 }).catch(() => {});
  }

  async function write(files: string, manifest: SnapshotManifest): Promise<void> {
    for (const { path, hash, isExecutable } of manifest.files) {
      const content = snapshots.contentOf(hash);
      if (content === null) throw gone();
      const target = join(files, path);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, content);
      await chmod(target, isExecutable ? 0o755 : 0o644);
    }
  }

  return {
    async of(runId, snapshotHash) {
      const manifest = snapshots.manifestOf(snapshotHash);
      if (manifest === null) throw gone();
      const folder = folderOf(runId);
      const files = join(folder, 'files');
      const mark = join(folder, 'snapshot.json');
      const standing = await readStanding(mark);
      if (standing?.hash === snapshotHash) return files;
      await sweep();
      await mkdir(files, { recursive: true, mode: 0o700 });
      const paths = new Set(manifest.files.map(({ path }) => path));
      // What its commands have written stays; what the version before had, and this one has not, goes.
      for (const path of standing?.paths ?? []) if (!paths.has(path)) await rm(join(files, path), { force: true });
      await write(files, manifest);
      await writeFile(mark, JSON.stringify({ hash: snapshotHash, paths: [...paths] } satisfies Standing));
      return files;
    },
    drop: remove,
  };
}

async function readStanding(mark: string): Promise<Standing | null> {
  try {
    return JSON.parse(await readFile(mark, 'utf8')) as Standing;
  } catch {
    // None yet, or the process died while it was made: it is made once more.
    return null;
  }
}

function gone(): WeirError {
  return new WeirError('conflict', 'the snapshot that this run was deployed with is not kept any more', {
    hint: 'start a new run of its deployment: weir deployment run FLOW/NAME',
  });
}
