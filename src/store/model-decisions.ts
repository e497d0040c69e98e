/**
 * The decision log of the registry: every comparison, promotion and rollback as a row that is never changed but for
 * `undone_at`. Which promotions still stand, and so the way back, follows from it.
 */
import type { ModelStage, PromotionDecision } from '../model/registered-model.ts';
import type { Database } from './database.ts';
import type { Origin } from './model-registration.ts';

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

/** A decision to be recorded; what a decision by hand has not is null. */
export interface NewDecision {
  readonly model: string;
  readonly kind: DecisionRow['kind'];
  readonly now: number;
  readonly origin: Origin | null;
  readonly metric?: string;
  readonly goal?: 'min' | 'max';
  readonly margin?: number;
  readonly minimum?: number | null;
  readonly candidate: number;
  readonly candidateValue?: number;
  readonly production: number | null;
  readonly productionValue?: number | null;
  readonly stage: ModelStage | null;
  readonly promoted: boolean;
  readonly reason: string;
  readonly dataIdentity?: string | null;
  readonly by: string;
}

/** What a decision must be to count as made already; null where any will do. */
export interface DecisionSought {
  readonly model: string;
  readonly kind: DecisionRow['kind'];
  readonly candidate: number | null;
  readonly stage: ModelStage | null;
}

export interface ModelDecisions {
  add(decision: NewDecision): void;
  /**
   * The newest decision of this kind that this origin has made, and not yet completed with: who is run again after that
   * is asked anew.
   */
  find(origin: Origin, sought: DecisionSought): PromotionDecision | null;
  /** The newest promotion that no rollback has undone: `candidate` took the place of `production`. */
  standing(model: string): StandingPromotion | undefined;
  undo(id: number, now: number): void;
  /** Newest first. */
  list(model: string): DecisionRow[];
}

export interface StandingPromotion {
  readonly id: number;
  readonly candidate: number;
  readonly production: number | null;
}

export function createModelDecisions(database: Database): ModelDecisions {
  const addDecision = database.prepare(ADD_DECISION);
  const decided = database.prepare<object, DecidedRow>(DECIDED);
  const standing = database.prepare<object, StandingPromotion>(STANDING);
  const undo = database.prepare(UNDO);
  const allDecisions = database.prepare<object, StoredDecision>(ALL_DECISIONS);

  return {
    add({ origin, promoted, ...decision }) {
      addDecision.run({ ...BY_HAND, ...(origin ?? NOBODY), ...decision, promoted: Number(promoted) });
    },
    find(origin, sought) {
      const row = decided.get({ ...origin, ...sought });
      return row === undefined ? null : toDecision(row);
    },
    standing: (model) => standing.get({ model }),
    undo: (id, now) => void undo.run({ id, now }),
    list: (model) => allDecisions.all({ model }).map((row) => ({ ...row, promoted: row.promoted === 1 })),
  };
}

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
  and at > coalesce(
    (
      select max(state.value ->> 3)
      from task_runs, json_each(task_runs.states) as state
      where task_runs.id = :taskRunId
        and state.value ->> 0 = 'COMPLETED'
    ),
    0)
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
  metric: null,
  goal: null,
  margin: null,
  minimum: null,
  candidateValue: null,
  productionValue: null,
  dataIdentity: null,
};

type StoredDecision = Omit<DecisionRow, 'promoted'> & { readonly promoted: 0 | 1 };

interface DecidedRow {
  readonly candidate: number;
  readonly candidate_value: number;
  readonly production: number | null;
  readonly production_value: number | null;
  readonly promoted: 0 | 1;
  readonly reason: string;
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
