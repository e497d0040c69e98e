/**
 * The artifacts of a run as its page lists them: without their content, which is read only of the few that are shown, and
 * with the runs beside it that left one of the same name. Only reads.
 */
import type { ArtifactRow } from './artifacts.ts';
import type { Database } from './database.ts';
import { lazyStatements } from './statements.ts';

export type ArtifactOutline = Omit<ArtifactRow, 'data'>;

const COLUMNS = `
  id, flow_run_id as flowRunId, task_run_id as taskRunId, key, kind, description, media_type as mediaType, size,
  content_hash as contentHash, created_at as createdAt`;

// plan: search artifacts using the index of (flow_run_id, key)
const COUNT = 'select count(*) from artifacts where flow_run_id = :runId';
const OF_RUN = `
  select ${COLUMNS}
  from artifacts
  where flow_run_id = :runId
  order by kind = 'file', id
  limit :limit`;
const BY_KEY = `select ${COLUMNS}, data from artifacts where flow_run_id = :runId and key = :key`;
const DATA = 'select data from artifacts where id = :id';

// plan: flow_runs by flow_runs_by_flow (flow=? and id<?), artifacts by the index of (flow_run_id, key)
const BEFORE = neighbour('<', 'desc');
const AFTER = neighbour('>', 'asc');

function neighbour(side: '<' | '>', order: 'asc' | 'desc'): string {
  return `
  select artifacts.flow_run_id as runId, artifacts.id
  from (
    select id
    from flow_runs
    where flow = :flow
      and id ${side} :runId
    order by id ${order}
    limit 30
  ) as runs
  join artifacts on artifacts.flow_run_id = runs.id and artifacts.key = :key
  order by artifacts.flow_run_id ${order}
  limit 1`;
}

export interface SameArtifact {
  readonly runId: number;
  readonly id: number;
}

export function createRunArtifacts(database: Database) {
  const statement = lazyStatements(database);
  return {
    count: (runId: number) => statement(COUNT).pluck().get({ runId }) as number,
    /** What is meant to be looked at first, files after it. */
    ofRun: (runId: number, limit: number) => statement(OF_RUN).all({ runId, limit }) as ArtifactOutline[],
    byKey: (runId: number, key: string) => (statement(BY_KEY).get({ runId, key }) as ArtifactRow | undefined) ?? null,
    /** null where it lies in the content folder. */
    data: (id: number) => (statement(DATA).pluck().get({ id }) as Uint8Array | null | undefined) ?? null,
    /** The same artifact of the nearest run before, and after: among thirty each. */
    before: (flow: string, runId: number, key: string) =>
      (statement(BEFORE).get({ flow, runId, key }) as SameArtifact | undefined) ?? null,
    after: (flow: string, runId: number, key: string) =>
      (statement(AFTER).get({ flow, runId, key }) as SameArtifact | undefined) ?? null,
  };
}
