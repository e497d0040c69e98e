/**
 * What pages show of the registry: a bounded number of rows each, however many versions and decisions a model has. Only
 * reads; registry.ts decides.
 */
import type { ModelStage, ModelVersion } from '../model/registered-model.ts';
import type { Database } from './database.ts';
import type { DecisionRow } from './model-decisions.ts';
import { toVersion, VERSIONS, type VersionRow } from './model-versions.ts';
import { lazyStatements } from './statements.ts';

/** A version as a point of a line. */
export interface VersionFigures {
  readonly version: number;
  readonly stage: ModelStage;
  readonly metrics: Readonly<Record<string, number>>;
}

/** With its number, by which older ones are asked for. */
export type DecisionEntry = DecisionRow & { readonly id: number };

// plan: scan models using primary key (name>?), so many rows
const NAMES = `
  select name
  from models
  where name > :after
    and instr(lower(name), lower(:text)) > 0
  order by name
  limit :limit`;
const COUNT = 'select count(*) from models';
const SUMMARY = `
  select
    (select max(version) from model_versions where model = :model) as versions,
    (select version from model_versions where model = :model and stage = 'Production') as production,
    (select version from model_aliases where model = :model and alias = 'previous') as previous`;
const DESCRIPTION = 'select description from models where name = :model';
// plan: search model_versions using primary key (model=? and version<?)
const VERSIONS_BEFORE = `${VERSIONS}
  and v.version < :before
order by v.version desc
limit :limit`;
const FIGURES = `
  select version, stage, metrics
  from model_versions
  where model = :model
  order by version desc
  limit :limit`;
const COLUMNS = `
  id, at, kind, flow_run_id as run, metric, goal, margin, minimum, candidate, candidate_value, production,
  production_value, stage, promoted, reason, data_identity, decided_by, undone_at`;
// plan: search model_decisions using index model_decisions_of_model (model=? and id<?)
const DECISIONS_BEFORE = `
  select ${COLUMNS}
  from model_decisions
  where model = :model
    and id < :before
  order by id desc
  limit :limit`;
const DECISION_COUNT = 'select count(*) from (select 1 from model_decisions where model = :model limit :limit)';
// From the newest until it is found: what is in Production was promoted lately.
const PROMOTION_OF = `
  select ${COLUMNS}
  from model_decisions
  where model = :model
    and candidate = :version
    and promoted = 1
  order by id desc
  limit 1`;
// plan: search model_decisions using index model_decisions_by_origin (flow_run_id=?)
const DECISIONS_OF_RUNS = `
  select ${COLUMNS}
  from model_decisions
  where flow_run_id in (select value from json_each(:runs))
    and kind = 'compare'
  order by id`;

export interface ModelState {
  readonly versions: number | null;
  readonly production: number | null;
  readonly previous: number | null;
}

type Stored = Omit<DecisionEntry, 'promoted'> & { readonly promoted: 0 | 1 };

export function createModelLists(database: Database) {
  const statement = lazyStatements(database);
  const decisions = (sql: string, values: object): DecisionEntry[] =>
    (statement(sql).all(values) as Stored[]).map((row) => ({ ...row, promoted: row.promoted === 1 }));

  return {
    /** In the order of the alphabet, after a name; those with a text in their name. */
    names: (limit: number, { after = '', text = '' }: { readonly after?: string; readonly text?: string } = {}) =>
      statement(NAMES).pluck().all({ after, text, limit }) as string[],
    count: (): number => statement(COUNT).pluck().get({}) as number,
    /** How many versions there are, which is in Production, and which a rollback returns to. */
    summary: (model: string) => statement(SUMMARY).get({ model }) as ModelState,
    description: (model: string): string => (statement(DESCRIPTION).pluck().get({ model }) as string | undefined) ?? '',
    /** Newest first, below a number. */
    versions: (model: string, limit: number, before: number): ModelVersion[] =>
      (statement(VERSIONS_BEFORE).all({ model, limit, before }) as VersionRow[]).map(toVersion),
    /** Of the newest versions, newest first. */
    figures: (model: string, limit: number): VersionFigures[] =>
      (statement(FIGURES).all({ model, limit }) as (Omit<VersionFigures, 'metrics'> & { metrics: string })[]).map(
        (row) => ({ ...row, metrics: JSON.parse(row.metrics) as Record<string, number> }),
      ),
    /** Newest first, before one. */
    decisions: (model: string, limit: number, before: number = Number.MAX_SAFE_INTEGER): DecisionEntry[] =>
      decisions(DECISIONS_BEFORE, { model, limit, before }),
    /** At most `limit`. */
    decisionCount: (model: string, limit: number): number =>
      statement(DECISION_COUNT).pluck().get({ model, limit }) as number,
    /** How a version came into Production last. */
    promotionOf: (model: string, version: number): DecisionEntry | null =>
      decisions(PROMOTION_OF, { model, version })[0] ?? null,
    /** Comparisons that these runs made, oldest first. */
    decisionsOfRuns: (runs: readonly number[]): DecisionEntry[] =>
      decisions(DECISIONS_OF_RUNS, { runs: JSON.stringify(runs) }),
  };
}
