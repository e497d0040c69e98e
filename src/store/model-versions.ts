/**
 * Models and their versions: rows that count 1, 2, 3 and are never deleted. Finds them, moves their stages, adds figures
 * and marks. Why a stage moves is registry.ts's business.
 */
import { WeirError } from '../model/errors.ts';
import type { ModelSelector, ModelStage, ModelVersion } from '../model/registered-model.ts';
import type { Database } from './database.ts';
import type { ModelAliases } from './model-aliases.ts';
import { STAGES, someOf, stageNamed, suggest } from './model-names.ts';

export interface ModelSummary {
  readonly name: string;
  readonly versions: number;
  readonly production: number | null;
  readonly champion: number | null;
}

export interface ModelVersions {
  /** By number, digits, stage (any case; the newest in it), alias or `latest`. @throws WeirError `not-found` */
  get(model: string, selector: ModelSelector): ModelVersion;
  /** Newest first. @throws WeirError `not-found` when there is no such model */
  list(model: string): ModelVersion[];
  listModels(): ModelSummary[];
  inProduction(model: string): number | null;
  setStage(model: string, version: number, stage: ModelStage): void;
  /** Production goes to `next`; `former` is archived. */
  replaceProduction(model: string, former: number | null, next: number): void;
  addMetric(model: string, version: number, metric: string, value: number): void;
  /** Kept as its tag `rejected`, until it is promoted after all. */
  markRejected(model: string, version: number, reason: string): void;
  /** @throws WeirError `not-found` with the nearest name */
  refuseUnknownModel(model: string): void;
}

export function createModelVersions(database: Database, aliases: ModelAliases): ModelVersions {
  const aVersion = database.prepare<object, VersionRow>(A_VERSION);
  const allVersions = database.prepare<object, VersionRow>(ALL_VERSIONS);
  const latest = database.prepare(LATEST).pluck();
  const inStage = database.prepare(IN_STAGE).pluck();
  const inProduction = database.prepare(IN_PRODUCTION).pluck();
  const modelNames = database.prepare(MODEL_NAMES).pluck();
  const allModels = database.prepare<[], ModelSummary>(ALL_MODELS);
  const updateStage = database.prepare(SET_STAGE);
  const addMetrics = database.prepare(ADD_METRICS);
  const addTags = database.prepare(ADD_TAGS);

  function get(model: string, selector: ModelSelector): ModelVersion {
    refuseUnknownModel(model);
    const number = select(model, selector);
    const row = number === undefined ? undefined : aVersion.get({ model, version: number });
    if (row === undefined) throw notFound(model, selector);
    return toVersion(row);
  }

  /** Digits are a number, whatever the aliases; `latest` and the stages come before aliases, which cannot have their names. */
  function select(model: string, selector: ModelSelector): number | undefined {
    if (typeof selector === 'number') return selector;
    if (/^\d+$/.test(selector)) return Number(selector);
    if (selector.toLowerCase() === 'latest') return latest.get({ model }) as number | undefined;
    const stage = stageNamed(selector);
    const found = stage === undefined ? aliases.versionOf(model, selector) : inStage.get({ model, stage });
    return found as number | undefined;
  }

  function list(model: string): ModelVersion[] {
    refuseUnknownModel(model);
    return allVersions.all({ model }).map(toVersion);
  }

  function setStage(model: string, version: number, stage: ModelStage): void {
    updateStage.run({ model, version, stage });
  }

  /** The former one first: the unique index never sees two. */
  function replaceProduction(model: string, former: number | null, next: number): void {
    if (former !== null) setStage(model, former, 'Archived');
    setStage(model, next, 'Production');
  }

  function productionOf(model: string): number | null {
    return (inProduction.get({ model }) as number | undefined) ?? null;
  }

  function refuseUnknownModel(model: string): void {
    if (latest.get({ model }) !== undefined) return;
    const names = modelNames.all() as string[];
    const existing = names.length === 0 ? 'no model has been registered yet' : `models are ${someOf(names)}`;
    throw new WeirError('not-found', `there is no model "${model}"`, { hint: suggest(model, names, existing) });
  }

  function notFound(model: string, selector: ModelSelector): WeirError {
    const names = aliases.names(model);
    const existing = [
      `versions go up to ${latest.get({ model })}`,
      productionOf(model) === null ? 'none is in Production' : `version ${productionOf(model)} is in Production`,
      names.length === 0 ? 'there are no aliases' : `aliases are ${someOf(names)}`,
    ].join(', ');
    const stage = typeof selector === 'string' ? stageNamed(selector) : undefined;
    if (stage !== undefined)
      return new WeirError('not-found', `no version of model "${model}" is in ${stage}`, { hint: existing });
    const isNumber = typeof selector === 'number' || /^\d+$/.test(selector);
    if (isNumber) return new WeirError('not-found', `model "${model}" has no version ${selector}`, { hint: existing });
    return new WeirError('not-found', `model "${model}" has no version, stage or alias "${selector}"`, {
      hint: suggest(selector, [...names, ...STAGES, 'latest'], existing),
    });
  }

  return {
    get,
    list,
    listModels: () => allModels.all(),
    inProduction: productionOf,
    setStage,
    replaceProduction,
    addMetric: (model, version, metric, value) =>
      void addMetrics.run({ model, version, metrics: JSON.stringify({ [metric]: value }) }),
    markRejected: (model, version, reason) =>
      void addTags.run({ model, version, tags: JSON.stringify({ rejected: reason }) }),
    refuseUnknownModel,
  };
}

/** With every version of a model; `toVersion` reads a row. */
export const VERSIONS = `
select
  v.model, v.version, v.stage, v.content_hash, v.size, v.format, v.file_name, v.metrics, v.params, v.tags,
  v.flow_run_id, v.created_at,
  (select json_group_array(a.alias order by a.alias)
   from model_aliases a
   where a.model = v.model
     and a.version = v.version) as aliases
from model_versions v
where v.model = :model`;

const A_VERSION = `${VERSIONS}
  and v.version = :version`;

const ALL_VERSIONS = `${VERSIONS}
order by v.version desc`;

const LATEST = `
select version
from model_versions
where model = :model
order by version desc
limit 1`;

const IN_STAGE = `
select version
from model_versions
where model = :model
  and stage = :stage
order by version desc
limit 1`;

// The stage is written out so that the index model_versions_one_production serves.
const IN_PRODUCTION = `
select version
from model_versions
where model = :model
  and stage = 'Production'`;

const MODEL_NAMES = `
select name
from models
order by name`;

const ALL_MODELS = `
select
  m.name,
  (select max(version) from model_versions v where v.model = m.name) as versions,
  (select version from model_versions v where v.model = m.name and v.stage = 'Production') as production,
  (select version from model_aliases a where a.model = m.name and a.alias = 'champion') as champion
from models m
order by m.name`;

// What is promoted after all is no longer rejected.
const SET_STAGE = `
update model_versions
set stage = :stage,
    tags = iif(:stage = 'Production', json_remove(tags, '$.rejected'), tags)
where model = :model
  and version = :version`;

const ADD_METRICS = `
update model_versions
set metrics = json_patch(metrics, :metrics)
where model = :model
  and version = :version`;

const ADD_TAGS = `
update model_versions
set tags = json_patch(tags, :tags)
where model = :model
  and version = :version`;

export interface VersionRow {
  readonly model: string;
  readonly version: number;
  readonly stage: ModelStage;
  readonly content_hash: string;
  readonly size: number;
  readonly format: 'value' | 'file';
  readonly file_name: string;
  readonly metrics: string;
  readonly params: string;
  readonly tags: string;
  readonly flow_run_id: number | null;
  readonly created_at: number;
  readonly aliases: string;
}

export function toVersion(row: VersionRow): ModelVersion {
  return {
    model: row.model,
    version: row.version,
    stage: row.stage,
    aliases: JSON.parse(row.aliases) as string[],
    format: row.format,
    fileName: row.file_name,
    size: row.size,
    contentHash: row.content_hash,
    metrics: JSON.parse(row.metrics) as Record<string, number>,
    params: JSON.parse(row.params) as Record<string, unknown>,
    tags: JSON.parse(row.tags) as Record<string, string>,
    run: row.flow_run_id,
    createdAt: row.created_at,
  };
}
