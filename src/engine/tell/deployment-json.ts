/** Deployments as the JSON that users script against: field names are a promise. */
import type { ScheduleSpec } from '../../model/schedule-spec.ts';
import { scheduleIdentity } from '../../model/schedule-spec.ts';
import { type SnapshotManifest, sizeOf } from '../../model/snapshot.ts';
import type { DeploymentVersionRow } from '../../store/deployment-versions.ts';
import type { DeploymentRow } from '../../store/deployments.ts';
import type { Store } from '../../store/store.ts';
import { isoTime } from './told-times.ts';

/** As an item of `weir deployment ls --json`. */
export function deploymentSummaryJson(store: Store, row: DeploymentRow) {
  const [last] = store.deploymentRuns.history(row.id, 1);
  return {
    deployment: `${row.flow}/${row.name}`,
    flow: row.flow,
    name: row.name,
    path: row.path,
    description: row.description,
    version: row.number,
    code: row.codeHash,
    params: row.params,
    tags: row.tags,
    schedules: store.deployments.schedulesOf(row.id).map(({ spec, nextAt }) => scheduleJson(spec, nextAt)),
    paused:
      row.pausedAt === null
        ? null
        : {
            ...{ at: isoTime(row.pausedAt), by: row.pausedBy, reason: row.pausedReason },
            until: isoTime(row.pausedUntil),
          },
    broken: row.broken,
    last_run:
      last === undefined
        ? null
        : { id: last.id, state: { type: last.type, name: last.name }, end_time: isoTime(last.endAt) },
    created_at: isoTime(row.createdAt),
    updated_at: isoTime(row.updatedAt),
    deleted_at: isoTime(row.deletedAt),
  };
}

/** `weir deployment inspect --json`. */
export function deploymentJson(store: Store, row: DeploymentRow) {
  const { options, entry, paramsSchema, overrides } = row;
  return {
    schema: 'weir.deployment/1',
    ...deploymentSummaryJson(store, row),
    entry,
    flow_version: row.version,
    params_schema: paramsSchema,
    overrides,
    storage: overrides.storage ?? 'local',
    snapshot: snapshotJson(
      row.snapshotHash === null ? null : store.snapshots.manifestOf(row.snapshotHash),
      row.snapshotHash,
    ),
    packages: store.deploymentVersions.byNumber(row.id, row.number)?.definition.packages ?? {},
    rolled_back_from_code: row.setAside?.split(' ')[0] ?? null,
    infrastructure: options.infrastructure ?? 'thread',
    retries: options.retries,
    timeout_ms: options.timeoutMs,
    concurrency_limits: options.concurrencyLimits,
    occupies: options.occupies ?? {},
    in_flight: store.deploymentRuns.inFlight(row.id).map(({ id, codeHash }) => ({ run: id, code: codeHash })),
  };
}

/** null where the folder itself counts. */
export function snapshotJson(manifest: SnapshotManifest | null, hash: string | null) {
  if (hash === null) return null;
  const files = (manifest?.files ?? []).map(({ path, hash: sha256, size, isExecutable }) => ({
    ...{ path, sha256, size, executable: isExecutable },
  }));
  return { hash, root: manifest?.root ?? null, size: manifest === null ? 0 : sizeOf(manifest), files };
}

/** As an item of `weir deployment history --json`. */
export function deploymentVersionJson(row: DeploymentVersionRow, current: number) {
  return {
    version: row.number,
    current: row.number === current,
    deployed_at: isoTime(row.deployedAt),
    origin: row.origin,
    same_as: row.sameAs,
    changed: row.changed,
    code: row.definition.codeHash,
    snapshot: row.definition.snapshot ?? null,
    packages: row.definition.packages ?? {},
    path: row.definition.path,
    schedules: row.definition.schedules,
    params: row.definition.params,
    tags: row.definition.tags,
  };
}

function scheduleJson(text: string, nextAt: number | null) {
  const spec = JSON.parse(text) as ScheduleSpec;
  const { name, timezone, catchup, overlap } = spec;
  return { schedule: scheduleIdentity(spec), name, timezone, catchup, overlap, next: isoTime(nextAt) };
}
