/**
 * The model registry: models, their versions, aliases, and every decision about what is in Production.
 * At most one version of a model is in Production; `champion` is that one, `previous` the one a rollback returns to.
 * What changes something must run inside `writer.write`: its statements belong together.
 *
 *   register -> None --decide, promote--> Production --the next one, rollback--> Archived
 *
 * A rollback undoes the newest promotion that still stands, so the next rollback goes one further back along the
 * promotions and never to and fro; it refuses where nothing was in Production before.
 */
import assert from 'node:assert/strict';
import { nearest, WeirError } from '../model/errors.ts';
import type {
  ModelLabels,
  ModelSelector,
  ModelStage,
  ModelVersion,
  PromotionDecision,
  PromotionRule,
} from '../model/message.ts';
import { judge } from '../model/promotion.ts';
import { parseContentHash } from './content.ts';
import type { Database } from './database.ts';

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

export interface DecisionRequest {
  readonly model: string;
  readonly rule: PromotionRule;
  readonly candidate: number;
  readonly candidateValue: number;
  /** The version that the candidate was compared with; the decision is refused when that is no longer in Production. */
  readonly production: number | null;
  readonly productionValue: number | null;
  readonly origin: Origin | null;
  readonly decidedBy: string;
  readonly now: number;
}

export interface StageRequest {
  readonly model: string;
  readonly selector: ModelSelector;
  readonly stage: ModelStage;
  readonly by: string;
  readonly origin: Origin | null;
  readonly now: number;
}

export type RollbackRequest = Pick<StageRequest, 'model' | 'by' | 'origin' | 'now'>;

export interface AliasRequest {
  readonly model: string;
  readonly alias: string;
  readonly selector: ModelSelector;
  readonly now: number;
}

export interface ModelSummary {
  readonly name: string;
  readonly versions: number;
  readonly production: number | null;
  readonly champion: number | null;
}

/** A row of the decision log, with the names of the JSON of `weir model inspect`; `at` is epoch ms. */
export interface DecisionRow {
  readonly at: number;
  readonly kind: 'compare' | 'promote' | 'rollback';
  readonly run: number | null;
  readonly metric: string | null;
  readonly goal: 'min' | 'max' | null;
  readonly margin: number | null;
  readonly minimum: number | null;
  readonly candidate: number;
  readonly candidate_value: number | null;
  readonly production: number | null;
  readonly production_value: number | null;
  readonly stage: ModelStage | null;
  readonly promoted: boolean;
  readonly reason: string;
  readonly data_identity: string | null;
  readonly decided_by: string;
  /** When a rollback undid it. */
  readonly undone_at: number | null;
}

export interface Registry {
  /** A new version; the existing one when this origin has registered the same content for the model before. */
  register(registration: Registration): ModelVersion;
  /** By number, digits, stage (any case; the newest in it), alias or `latest`. @throws WeirError `not-found` */
  get(model: string, selector: ModelSelector): ModelVersion;
  /** Newest first. @throws WeirError `not-found` when there is no such model */
  list(model: string): ModelVersion[];
  listModels(): ModelSummary[];
  /** What this task has already decided about the model. */
  findDecision(flowRunId: number, taskRunId: number | null, model: string): PromotionDecision | null;
  /** Judges, acts and records in one. @throws WeirError `conflict`, `invalid-value`, `not-found` */
  decide(request: DecisionRequest): PromotionDecision;
  /** Gives a version a stage by hand. Nothing happens, and nothing is recorded, when it has that stage. */
  promote(request: StageRequest): ModelVersion;
  /** Undoes the newest promotion that stands; gives the version that is in Production again. @throws WeirError `conflict` */
  rollback(request: RollbackRequest): ModelVersion;
  /** Names a version. `champion` and `previous` are the registry's own. @throws WeirError `invalid-value` */
  setAlias(request: AliasRequest): ModelVersion;
  /** Newest first. @throws WeirError `not-found` when there is no such model */
  decisions(model: string): DecisionRow[];
}

const STAGES: readonly ModelStage[] = ['None', 'Staging', 'Production', 'Archived'];

/** A stage as people write it, in any case. @throws WeirError `invalid-value` */
export function parseStage(text: string): ModelStage {
  const stage = stageNamed(text);
  if (stage !== undefined) return stage;
  throw new WeirError('invalid-value', `${JSON.stringify(text)} is no stage`, {
    hint: suggest(text, STAGES, `stages are ${STAGES.join(', ')}`),
  });
}

export function createRegistry(database: Database): Registry {
  const addModel = database.prepare(ADD_MODEL);
  const addVersion = database.prepare(ADD_VERSION).pluck();
  const byOrigin = database.prepare(BY_ORIGIN).pluck();
  const aVersion = database.prepare<object, VersionRow>(A_VERSION);
  const allVersions = database.prepare<object, VersionRow>(ALL_VERSIONS);
  const latest = database.prepare(LATEST).pluck();
  const inStage = database.prepare(IN_STAGE).pluck();
  const inProduction = database.prepare(IN_PRODUCTION).pluck();
  const aliased = database.prepare(ALIASED).pluck();
  const aliasNames = database.prepare(ALIAS_NAMES).pluck();
  const modelNames = database.prepare(MODEL_NAMES).pluck();
  const allModels = database.prepare<[], ModelSummary>(ALL_MODELS);
  const setStage = database.prepare(SET_STAGE);
  const addMetrics = database.prepare(ADD_METRICS);
  const markRejected = database.prepare(MARK_REJECTED);
  const pointAlias = database.prepare(POINT_ALIAS);
  const dropAlias = database.prepare(DROP_ALIAS);
  const addDecision = database.prepare(ADD_DECISION);
  const decided = database.prepare<object, DecidedRow>(DECIDED);
  const standing = database.prepare<object, StandingRow>(STANDING);
  const undo = database.prepare(UNDO);
  const allDecisions = database.prepare<object, StoredDecision>(ALL_DECISIONS);

  function register({ model, contentHash, size, format, fileName, labels, origin, now }: Registration): ModelVersion {
    assertInTransaction();
    refuseName('a model name', model);
    refuseName('a file name', fileName);
    parseContentHash(contentHash);
    for (const [name, value] of Object.entries(labels.metrics)) refuseNoNumber(model, name, value);
    const existing = origin && byOrigin.get({ ...origin, model, contentHash });
    if (existing) return version(model, existing as number);
    addModel.run({ model, now });
    const added = addVersion.get({
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
    });
    return version(model, added as number);
  }

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
    const found = stage === undefined ? aliased.get({ model, alias: selector }) : inStage.get({ model, stage });
    return found as number | undefined;
  }

  function list(model: string): ModelVersion[] {
    refuseUnknownModel(model);
    return allVersions.all({ model }).map(toVersion);
  }

  function findDecision(flowRunId: number, taskRunId: number | null, model: string): PromotionDecision | null {
    const row = decided.get({ flowRunId, taskRunId, model, kind: 'compare', candidate: null, stage: null });
    return row === undefined ? null : toDecision(row);
  }

  function decide(request: DecisionRequest): PromotionDecision {
    assertInTransaction();
    const { model, rule, candidate, candidateValue, production, productionValue, origin, decidedBy, now } = request;
    const earlier = origin && findDecision(origin.flowRunId, origin.taskRunId, model);
    if (earlier) return earlier;
    get(model, candidate);
    const judgement = judge({ rule, candidateValue, production, productionValue });
    refuseOtherProduction(request);

    const isItself = candidate === production;
    const promoted = judgement.promoted && !isItself;
    const reason = isItself ? `version ${candidate} is in Production already` : judgement.reason;
    addMetrics.run({ model, version: candidate, metrics: JSON.stringify({ [rule.metric]: candidateValue }) });
    if (promoted) replaceProduction(model, production, candidate);
    else if (!isItself) markRejected.run({ model, version: candidate, tags: JSON.stringify({ rejected: reason }) });
    addDecision.run({
      ...NOBODY,
      ...origin,
      model,
      kind: 'compare',
      now,
      metric: rule.metric,
      goal: rule.goal,
      margin: rule.margin,
      minimum: rule.minimum,
      candidate,
      candidateValue,
      production,
      productionValue,
      stage: promoted ? 'Production' : null,
      promoted: Number(promoted),
      reason,
      dataIdentity: rule.dataIdentity,
      by: decidedBy,
    });
    pointOwnAliases(model, now);
    return { promoted, candidate, candidateValue, production, productionValue, reason };
  }

  function promote({ model, selector, stage, by, origin, now }: StageRequest): ModelVersion {
    assertInTransaction();
    const { version: candidate, stage: former } = get(model, selector);
    const done = origin && decided.get({ ...origin, model, kind: 'promote', candidate, stage });
    if (done || former === stage) return version(model, candidate);
    const production = productionOf(model);
    const promoted = stage === 'Production';
    if (promoted) replaceProduction(model, production, candidate);
    else setStage.run({ model, version: candidate, stage });
    const reason = promoted
      ? `promoted by ${by}${production === null ? '' : `, in place of version ${production}`}`
      : `moved from ${former} to ${stage} by ${by}`;
    addDecision.run({
      ...BY_HAND,
      ...origin,
      model,
      kind: 'promote',
      now,
      candidate,
      production,
      stage,
      promoted: Number(promoted),
      reason,
      by,
    });
    pointOwnAliases(model, now);
    return version(model, candidate);
  }

  function rollback({ model, by, origin, now }: RollbackRequest): ModelVersion {
    assertInTransaction();
    refuseUnknownModel(model);
    const done = origin && decided.get({ ...origin, model, kind: 'rollback', candidate: null, stage: null });
    if (done) return version(model, done.candidate);
    const promotion = standing.get({ model });
    if (promotion === undefined || promotion.production === null) throw nothingBefore(model, promotion?.candidate);
    const production = productionOf(model);
    undo.run({ id: promotion.id, now });
    replaceProduction(model, production, promotion.production);
    const reason = `rolled back${production === null ? '' : ` from version ${production}`} to version ${promotion.production} by ${by}`;
    addDecision.run({
      ...BY_HAND,
      ...origin,
      model,
      kind: 'rollback',
      now,
      candidate: promotion.production,
      production,
      stage: 'Production',
      promoted: 1,
      reason,
      by,
    });
    pointOwnAliases(model, now);
    return version(model, promotion.production);
  }

  function setAlias({ model, alias, selector, now }: AliasRequest): ModelVersion {
    assertInTransaction();
    refuseAlias(alias);
    const { version: number } = get(model, selector);
    pointAlias.run({ model, alias, version: number, now });
    return version(model, number);
  }

  function decisions(model: string): DecisionRow[] {
    refuseUnknownModel(model);
    return allDecisions.all({ model }).map((row) => ({ ...row, promoted: row.promoted === 1 }));
  }

  /** The former one first: the unique index never sees two. */
  function replaceProduction(model: string, former: number | null, next: number): void {
    if (former !== null) setStage.run({ model, version: former, stage: 'Archived' });
    setStage.run({ model, version: next, stage: 'Production' });
  }

  /** Both aliases follow from the stages and the promotions that stand, whatever has just happened. */
  function pointOwnAliases(model: string, now: number): void {
    const targets = { champion: productionOf(model), previous: standing.get({ model })?.production ?? null };
    for (const [alias, target] of Object.entries(targets)) {
      if (target === null) dropAlias.run({ model, alias });
      else pointAlias.run({ model, alias, version: target, now });
    }
  }

  function productionOf(model: string): number | null {
    return (inProduction.get({ model }) as number | undefined) ?? null;
  }

  function version(model: string, number: number): ModelVersion {
    const row = aVersion.get({ model, version: number });
    assert(row, `version ${number} of model ${model} was just seen`);
    return toVersion(row);
  }

  function refuseOtherProduction({ model, candidate, production }: DecisionRequest): void {
    const current = productionOf(model);
    if (current === production) return;
    const now = current === null ? 'no version' : `version ${current}`;
    const then = production === null ? 'nothing was when' : `not version ${production}, with which`;
    throw new WeirError(
      'conflict',
      `${now} of model "${model}" is in Production now; ${then} version ${candidate} was ${production === null ? 'judged' : 'compared'}`,
      {
        hint: 'nothing was changed; compare it with what is in Production now',
      },
    );
  }

  function refuseUnknownModel(model: string): void {
    if (latest.get({ model }) !== undefined) return;
    const names = modelNames.all() as string[];
    const existing = names.length === 0 ? 'no model has been registered yet' : `models are ${someOf(names)}`;
    throw new WeirError('not-found', `there is no model "${model}"`, { hint: suggest(model, names, existing) });
  }

  function notFound(model: string, selector: ModelSelector): WeirError {
    const aliases = aliasNames.all({ model }) as string[];
    const existing = [
      `versions go up to ${latest.get({ model })}`,
      productionOf(model) === null ? 'none is in Production' : `version ${productionOf(model)} is in Production`,
      aliases.length === 0 ? 'there are no aliases' : `aliases are ${someOf(aliases)}`,
    ].join(', ');
    const stage = typeof selector === 'string' ? stageNamed(selector) : undefined;
    if (stage !== undefined)
      return new WeirError('not-found', `no version of model "${model}" is in ${stage}`, { hint: existing });
    const isNumber = typeof selector === 'number' || /^\d+$/.test(selector);
    if (isNumber) return new WeirError('not-found', `model "${model}" has no version ${selector}`, { hint: existing });
    return new WeirError('not-found', `model "${model}" has no version, stage or alias "${selector}"`, {
      hint: suggest(selector, [...aliases, ...STAGES, 'latest'], existing),
    });
  }

  function assertInTransaction(): void {
    assert(database.inTransaction, 'what changes the registry belongs inside writer.write');
  }

  return {
    register,
    get,
    list,
    listModels: () => allModels.all(),
    findDecision,
    decide,
    promote,
    rollback,
    setAlias,
    decisions,
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

const VERSIONS = `
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

const ALIASED = `
select version
from model_aliases
where model = :model
  and alias = :alias`;

const ALIAS_NAMES = `
select alias
from model_aliases
where model = :model
order by alias`;

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

const MARK_REJECTED = `
update model_versions
set tags = json_patch(tags, :tags)
where model = :model
  and version = :version`;

const POINT_ALIAS = `
insert into model_aliases (model, alias, version, set_at)
values (:model, :alias, :version, :now)
on conflict (model, alias) do update
set version = excluded.version,
    set_at = excluded.set_at
where version <> excluded.version`;

const DROP_ALIAS = `
delete from model_aliases
where model = :model
  and alias = :alias`;

const ADD_DECISION = `
insert into model_decisions (
  model, kind, at, flow_run_id, task_run_id, metric, goal, margin, minimum, candidate, candidate_value,
  production, production_value, stage, promoted, reason, data_identity, decided_by)
values (
  :model, :kind, :now, :flowRunId, :taskRunId, :metric, :goal, :margin, :minimum, :candidate, :candidateValue,
  :production, :productionValue, :stage, :promoted, :reason, :dataIdentity, :by)`;

const DECIDED = `
select candidate, candidate_value, production, production_value, promoted, reason
from model_decisions
where flow_run_id = :flowRunId
  and task_run_id is :taskRunId
  and model = :model
  and kind = :kind
  and (:candidate is null or candidate = :candidate)
  and (:stage is null or stage = :stage)
order by id desc
limit 1`;

const STANDING = `
select id, candidate, production
from model_decisions
where model = :model
  and promoted = 1
  and kind <> 'rollback'
  and undone_at is null
order by id desc
limit 1`;

const UNDO = `
update model_decisions
set undone_at = :now
where id = :id
  and undone_at is null`;

const ALL_DECISIONS = `
select
  at, kind, flow_run_id as run, metric, goal, margin, minimum, candidate, candidate_value,
  production, production_value, stage, promoted, reason, data_identity, decided_by, undone_at
from model_decisions
where model = :model
order by id desc`;

const NOBODY = { flowRunId: null, taskRunId: null };
const BY_HAND = {
  ...NOBODY,
  metric: null,
  goal: null,
  margin: null,
  minimum: null,
  candidateValue: null,
  productionValue: null,
  dataIdentity: null,
};

interface VersionRow {
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

type StoredDecision = Omit<DecisionRow, 'promoted'> & { readonly promoted: 0 | 1 };

interface DecidedRow {
  readonly candidate: number;
  readonly candidate_value: number;
  readonly production: number | null;
  readonly production_value: number | null;
  readonly promoted: 0 | 1;
  readonly reason: string;
}

interface StandingRow {
  readonly id: number;
  readonly candidate: number;
  readonly production: number | null;
}

function toVersion(row: VersionRow): ModelVersion {
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

function toDecision(row: DecidedRow): PromotionDecision {
  return {
    promoted: row.promoted === 1,
    candidate: row.candidate,
    candidateValue: row.candidate_value,
    production: row.production,
    productionValue: row.production_value,
    reason: row.reason,
  };
}

function stageNamed(text: string): ModelStage | undefined {
  return STAGES.find((stage) => stage.toLowerCase() === text.toLowerCase());
}

/** Names of models become part of addresses, names of files are written into folders. */
function refuseName(what: string, name: string): void {
  const fault = faultOfName(name);
  if (fault === undefined) return;
  throw new WeirError('invalid-value', `${JSON.stringify(name.slice(0, 200))} cannot be ${what}: it ${fault}`, {
    hint: 'such as "temperature" or "temperature.pkl"',
  });
}

function faultOfName(name: string): string | undefined {
  if (name.trim() === '') return 'is empty';
  if (name.length > 200) return `has ${name.length} characters, and 200 are the most`;
  if (name.includes('/')) return 'has a "/" in it';
  if (/\p{Cc}/u.test(name) || !name.isWellFormed()) return 'has control characters or broken ones in it';
  return name === '.' || name === '..' ? 'means a folder' : undefined;
}

function refuseAlias(alias: string): void {
  refuseName('an alias', alias);
  const word = alias.toLowerCase();
  if (word === 'champion' || word === 'previous') {
    throw new WeirError('invalid-value', `the alias "${alias}" follows what is in Production and cannot be set`, {
      hint: 'promote the version, or roll back',
    });
  }
  if (word !== 'latest' && stageNamed(alias) === undefined && !/^\d+$/.test(alias)) return;
  throw new WeirError(
    'invalid-value',
    `"${alias}" cannot be an alias: it already means a version, a stage or the latest version`,
    { hint: 'choose another word' },
  );
}

function refuseNoNumber(model: string, metric: string, value: unknown): void {
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

function suggest(word: string, names: readonly string[], existing: string): string {
  const near = nearest(word, names);
  return near === undefined ? existing : `did you mean "${near}"? ${existing}`;
}

function someOf(names: readonly string[]): string {
  return names.length <= 10 ? names.join(', ') : `${names.slice(0, 10).join(', ')} and ${names.length - 10} more`;
}

function nothingBefore(model: string, first: number | undefined): WeirError {
  const why =
    first === undefined
      ? 'none of its versions has been promoted'
      : `nothing was in Production before version ${first}`;
  return new WeirError('conflict', `there is nothing to roll model "${model}" back to: ${why}`, {
    hint: 'choose a version yourself with weir model promote',
  });
}
