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
import { ok } from 'node:assert/strict';
import { WeirError } from '../model/errors.ts';
import { judge } from '../model/promotion.ts';
import type {
  ModelSelector,
  ModelStage,
  ModelVersion,
  PromotionDecision,
  PromotionRule,
} from '../model/registered-model.ts';
import type { Database } from './database.ts';
import { createModelAliases } from './model-aliases.ts';
import { createModelDecisions, type DecisionRow } from './model-decisions.ts';
import { refuseAlias } from './model-names.ts';
import { createRegistration, type Origin, type Registration } from './model-registration.ts';
import { createModelVersions, type ModelSummary } from './model-versions.ts';

export { parseStage } from './model-names.ts';
export type { DecisionRow, ModelSummary, Origin, Registration };

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

export interface Registry {
  /** A new version; the existing one when this origin has registered the same content for the model before. */
  register(registration: Registration): ModelVersion;
  /** By number, digits, stage (any case; the newest in it), alias or `latest`. @throws WeirError `not-found` */
  get(model: string, selector: ModelSelector): ModelVersion;
  /** Newest first. @throws WeirError `not-found` when there is no such model */
  list(model: string): ModelVersion[];
  listModels(): ModelSummary[];
  /** What this task has already decided about the model, and not yet completed with. */
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

export function createRegistry(database: Database): Registry {
  const aliases = createModelAliases(database);
  const versions = createModelVersions(database, aliases);
  const log = createModelDecisions(database);
  const addVersion = createRegistration(database);

  function register(registration: Registration): ModelVersion {
    assertInTransaction();
    return versions.get(registration.model, addVersion(registration));
  }

  function findDecision(flowRunId: number, taskRunId: number | null, model: string): PromotionDecision | null {
    return log.find({ flowRunId, taskRunId }, { model, kind: 'compare', candidate: null, stage: null });
  }

  function decide(request: DecisionRequest): PromotionDecision {
    assertInTransaction();
    const { model, rule, candidate, candidateValue, production, productionValue, origin, decidedBy, now } = request;
    const earlier = origin && findDecision(origin.flowRunId, origin.taskRunId, model);
    if (earlier) return earlier;
    versions.get(model, candidate);
    const judgement = judge({ rule, candidateValue, production, productionValue });
    refuseOtherProduction(request);

    const isItself = candidate === production;
    const promoted = judgement.promoted && !isItself;
    const reason = isItself ? `version ${candidate} is in Production already` : judgement.reason;
    versions.addMetric(model, candidate, rule.metric, candidateValue);
    if (promoted) versions.replaceProduction(model, production, candidate);
    else if (!isItself) versions.markRejected(model, candidate, reason);
    log.add({
      ...rule,
      model,
      kind: 'compare',
      now,
      origin,
      candidate,
      candidateValue,
      production,
      productionValue,
      stage: promoted ? 'Production' : null,
      promoted,
      reason,
      by: decidedBy,
    });
    pointOwnAliases(model, now);
    return { promoted, candidate, candidateValue, production, productionValue, reason };
  }

  function promote({ model, selector, stage, by, origin, now }: StageRequest): ModelVersion {
    assertInTransaction();
    const { version: candidate, stage: former } = versions.get(model, selector);
    const done = origin && log.find(origin, { model, kind: 'promote', candidate, stage });
    if (done || former === stage) return versions.get(model, candidate);
    const production = versions.inProduction(model);
    const promoted = stage === 'Production';
    if (promoted) versions.replaceProduction(model, production, candidate);
    else versions.setStage(model, candidate, stage);
    const reason = promoted
      ? `promoted by ${by}${production === null ? '' : `, in place of version ${production}`}`
      : `moved from ${former} to ${stage} by ${by}`;
    log.add({ model, kind: 'promote', now, origin, candidate, production, stage, promoted, reason, by });
    pointOwnAliases(model, now);
    return versions.get(model, candidate);
  }

  function rollback({ model, by, origin, now }: RollbackRequest): ModelVersion {
    assertInTransaction();
    versions.refuseUnknownModel(model);
    const done = origin && log.find(origin, { model, kind: 'rollback', candidate: null, stage: null });
    if (done) return versions.get(model, done.candidate);
    const promotion = log.standing(model);
    if (promotion === undefined || promotion.production === null) throw nothingBefore(model, promotion?.candidate);
    const production = versions.inProduction(model);
    const candidate = promotion.production;
    log.undo(promotion.id, now);
    versions.replaceProduction(model, production, candidate);
    const reason = `rolled back${production === null ? '' : ` from version ${production}`} to version ${candidate} by ${by}`;
    const decision = { model, kind: 'rollback', now, origin, candidate, production, reason, by } as const;
    log.add({ ...decision, stage: 'Production', promoted: true });
    pointOwnAliases(model, now);
    return versions.get(model, candidate);
  }

  function setAlias({ model, alias, selector, now }: AliasRequest): ModelVersion {
    assertInTransaction();
    refuseAlias(alias);
    const { version } = versions.get(model, selector);
    aliases.point(model, alias, version, now);
    return versions.get(model, version);
  }

  function decisions(model: string): DecisionRow[] {
    versions.refuseUnknownModel(model);
    return log.list(model);
  }

  /** Both aliases follow from the stages and the promotions that stand, whatever has just happened. */
  function pointOwnAliases(model: string, now: number): void {
    aliases.point(model, 'champion', versions.inProduction(model), now);
    aliases.point(model, 'previous', log.standing(model)?.production ?? null, now);
  }

  function refuseOtherProduction({ model, candidate, production }: DecisionRequest): void {
    const current = versions.inProduction(model);
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

  function assertInTransaction(): void {
    ok(database.inTransaction, 'what changes the registry belongs inside writer.write');
  }

  return {
    register,
    get: versions.get,
    list: versions.list,
    listModels: versions.listModels,
    findDecision,
    decide,
    promote,
    rollback,
    setAlias,
    decisions,
  };
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
