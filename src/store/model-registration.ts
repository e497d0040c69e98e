/**
 * Registering: a model's next version, checked before it is a row. Asking twice from the same task is asking once.
 */
import { WeirError } from '../model/errors.ts';
import type { ModelLabels } from '../model/registered-model.ts';
import { parseContentHash } from './content.ts';
import type { Database } from './database.ts';
import { refuseName } from './model-names.ts';

/** The run and the task that asked; the task is null when the flow's body did. Asking again is answered, not done again. */
export interface Origin {
  readonly flowRunId: number;
  readonly taskRunId: number | null;
}

export interface Registration {
  readonly model: string;
  readonly contentHash: string;
  readonly size: number;
  readonly format: 'value' | 'file';
  readonly fileName: string;
  readonly labels: ModelLabels;
  readonly origin: Origin | null;
  readonly now: number;
}

/** Gives the function that makes a version and tells its number. It throws `invalid-value` and `not-storable`. */
export function createRegistration(database: Database): (registration: Registration) => number {
  const addModel = database.prepare(ADD_MODEL);
  const addVersion = database.prepare(ADD_VERSION).pluck();
  const byOrigin = database.prepare(BY_ORIGIN).pluck();

  return function register({ model, contentHash, size, format, fileName, labels, origin, now }: Registration) {
    refuseName('a model name', model);
    refuseName('a file name', fileName);
    parseContentHash(contentHash);
    for (const [name, value] of Object.entries(labels.metrics)) refuseNoFigure(model, name, value);
    const existing = origin && byOrigin.get({ ...origin, model, contentHash });
    if (existing) return existing as number;
    addModel.run({ model, now });
    return addVersion.get({
      model,
      contentHash,
      size,
      format,
      fileName,
      now,
      ...(origin ?? NOBODY),
      metrics: JSON.stringify(labels.metrics),
      params: toJson(model, labels.params),
      tags: JSON.stringify(labels.tags),
    }) as number;
  };
}

const ADD_MODEL = `
insert into models (name, created_at)
values (:model, :now)
on conflict (name) do nothing`;

// Versions are never deleted, so the greatest number is also their count.
const ADD_VERSION = `
insert into model_versions (
  model, version, content_hash, size, format, file_name, metrics, params, tags, flow_run_id, task_run_id, created_at)
values (
  :model, coalesce((select max(version) from model_versions where model = :model), 0) + 1,
  :contentHash, :size, :format, :fileName, :metrics, :params, :tags, :flowRunId, :taskRunId, :now)
returning version`;

const BY_ORIGIN = `
select version
from model_versions
where flow_run_id = :flowRunId
  and task_run_id is :taskRunId
  and model = :model
  and content_hash = :contentHash
order by version
limit 1`;

const NOBODY = { flowRunId: null, taskRunId: null };

function refuseNoFigure(model: string, metric: string, value: unknown): void {
  if (typeof value === 'number' && Number.isFinite(value)) return;
  throw new WeirError(
    'invalid-value',
    `metric "${metric}" of model "${model}" is ${String(value)}, not a finite number`,
    {
      hint: 'leave it out, or look at the data it was computed from',
    },
  );
}

function toJson(model: string, params: ModelLabels['params']): string {
  try {
    return JSON.stringify(params, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));
  } catch (cause) {
    throw new WeirError(
      'not-storable',
      `the params of model "${model}" cannot be written as JSON: ${(cause as Error).message}`,
      { cause },
    );
  }
}
