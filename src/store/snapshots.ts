/**
 * Snapshots: what the runs of a deployment are given of their project. Files are kept once for each content. What nothing
 * can need any more is taken away, so that the file does not grow with every deploy. Nothing here touches the disk.
 */
import type { SnapshotManifest } from '../model/snapshot.ts';
import type { Database } from './database.ts';
import { lazyStatements } from './statements.ts';

const PUT = `
  insert into snapshots (hash, manifest, created_at)
  values (:hash, :manifest, :now)
  on conflict (hash) do update
  set created_at = excluded.created_at`;
const PUT_FILE = `
  insert into snapshot_files (hash, size, is_deflated, data)
  values (:hash, :size, :isDeflated, :data)
  on conflict (hash) do nothing`;
const HAS_FILE = 'select 1 from snapshot_files where hash = :hash';
const MANIFEST = 'select manifest from snapshots where hash = :hash';
const FILE = 'select is_deflated as isDeflated, data from snapshot_files where hash = :hash';
// What stands in nobody's way: versions that can be gone back to, runs that are not over, and those that may be retried.
const UNNEEDED = `
  select hash
  from snapshots
  where created_at < :before
    and hash not in (select snapshot_hash from deployments where snapshot_hash is not null)
    and hash not in (
      select definition ->> 'snapshot'
      from (
        select definition, row_number() over (partition by deployment_id order by number desc) as age
        from deployment_versions
        where definition ->> 'snapshot' is not null
      )
      where age <= :versions
    )
    and not exists (
      select 1
      from flow_runs
      where flow_runs.snapshot_hash = snapshots.hash
        and (end_at is null or end_at >= :endedAfter)
    )`;
const DELETE = 'delete from snapshots where hash = :hash';
const DELETE_FILES = `
  delete from snapshot_files
  where hash not in (
    select file.value ->> 'hash'
    from snapshots, json_each(snapshots.manifest, '$.files') as file
  )`;

/** Deflating a large file takes longer than a transaction should. */
const LARGEST_DEFLATED = 1024 * 1024;

/** Loading it costs 2 ms, which only snapshots should pay. */
const zlib = () => process.getBuiltinModule('zlib');

export function createSnapshots(database: Database) {
  const statement = lazyStatements(database);

  return {
    put(hash: string, manifest: SnapshotManifest, contents: ReadonlyMap<string, Uint8Array>, now: number): void {
      for (const [each, bytes] of contents) {
        if (statement(HAS_FILE).get({ hash: each }) !== undefined) continue;
        const deflated = bytes.length <= LARGEST_DEFLATED ? zlib().deflateRawSync(bytes) : bytes;
        const isSmaller = deflated.length < bytes.length;
        const data = Buffer.from(isSmaller ? deflated : bytes);
        statement(PUT_FILE).run({ hash: each, size: bytes.length, isDeflated: isSmaller ? 1 : 0, data });
      }
      statement(PUT).run({ hash, manifest: JSON.stringify(manifest), now });
    },
    /** null: it is not there, or not any more. */
    manifestOf(hash: string): SnapshotManifest | null {
      const text = statement(MANIFEST).pluck().get({ hash }) as string | undefined;
      return text === undefined ? null : (JSON.parse(text) as SnapshotManifest);
    },
    contentOf(hash: string): Uint8Array | null {
      const row = statement(FILE).get({ hash }) as { isDeflated: 0 | 1; data: Buffer } | undefined;
      if (row === undefined) return null;
      return row.isDeflated === 1 ? zlib().inflateRawSync(row.data) : row.data;
    },
    /**
     * Takes away what is older than `before` and needed by nobody: not deployed, not among the newest `versions` of a
     * deployment, and without a run that is under way or ended after `endedAfter`. Gives how many snapshots went.
     */
    clean(needs: { readonly before: number; readonly versions: number; readonly endedAfter: number }): number {
      const hashes = statement(UNNEEDED).pluck().all(needs) as string[];
      for (const hash of hashes) statement(DELETE).run({ hash });
      if (hashes.length > 0) statement(DELETE_FILES).run({});
      return hashes.length;
    },
  };
}
