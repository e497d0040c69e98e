/** What runs left: one by its key, and its bytes. Only reads. */
import { nearest, WeirError } from '../../model/errors.ts';
import type { ArtifactRow } from '../../store/artifacts.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { Store } from '../../store/store.ts';

/** @throws WeirError `not-found` with the nearest key */
export function findArtifact(store: Store, run: FlowRunRow, key: string): ArtifactRow {
  const artifacts = store.artifacts.ofRun(run.id);
  const found = artifacts.find((artifact) => artifact.key === key);
  if (found !== undefined) return found;
  const keys = artifacts.map((artifact) => artifact.key);
  const near = nearest(key.slice(0, 200), keys);
  throw new WeirError(
    'not-found',
    `run ${run.id} left no artifact "${key.slice(0, 200)}"; it left ${keys.join(', ') || 'none'}`,
    { hint: near === undefined ? `weir artifact ls ${run.id}` : `did you mean ${near}?` },
  );
}

/** @throws WeirError when its file is gone */
export function artifactContent(store: Store, { key, flowRunId, data, contentHash }: ArtifactRow): Uint8Array {
  if (contentHash !== null) return store.content.read(contentHash, `artifact "${key}" of run ${flowRunId}`);
  return data ?? new Uint8Array();
}
