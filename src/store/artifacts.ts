/** What runs leave for people: small data in the row, large data in the content folder under its hash. Also metrics. */
import type { Database } from './database.ts';

export interface ArtifactRow {
  readonly id: number;
  readonly flowRunId: number;
  readonly taskRunId: number | null;
  readonly key: string;
  readonly kind: 'markdown' | 'table' | 'link' | 'image' | 'file' | 'summary';
  readonly description: string | null;
  readonly mediaType: string;
  readonly size: number;
  readonly data: Uint8Array | null;
  readonly contentHash: string | null;
  readonly createdAt: number;
}

export interface MetricRow {
  readonly flowRunId: number;
  readonly taskRunId: number | null;
  readonly flow: string;
  readonly name: string;
  readonly value: number;
  readonly at: number;
}

const PUT = `
  insert into artifacts (flow_run_id, task_run_id, key, kind, description, media_type, size, data, content_hash, created_at)
  values (:flowRunId, :taskRunId, :key, :kind, :description, :mediaType, :size, :data, :contentHash, :createdAt)
  on conflict (flow_run_id, key) do update
  set task_run_id = excluded.task_run_id, kind = excluded.kind, description = excluded.description,
    media_type = excluded.media_type, size = excluded.size, data = excluded.data,
    content_hash = excluded.content_hash, created_at = excluded.created_at`;

const OF_RUN = `
  select id, flow_run_id as flowRunId, task_run_id as taskRunId, key, kind, description, media_type as mediaType, size,
    data, content_hash as contentHash, created_at as createdAt
  from artifacts
  where flow_run_id = :flowRunId
  order by id`;

const ADD_METRIC = `
  insert into metrics (flow_run_id, task_run_id, flow, name, value, at)
  values (:flowRunId, :taskRunId, :flow, :name, :value, :at)`;

export function createArtifacts(database: Database) {
  const put = database.prepare(PUT);
  const ofRun = database.prepare(OF_RUN);
  const addMetric = database.prepare(ADD_METRIC);

  return {
    put(row: Omit<ArtifactRow, 'id'>): void {
      put.run(row);
    },
    ofRun: (flowRunId: number): ArtifactRow[] => ofRun.all({ flowRunId }) as ArtifactRow[],
    addMetric(row: MetricRow): void {
      addMetric.run(row);
    },
  };
}

export type Artifacts = ReturnType<typeof createArtifacts>;
