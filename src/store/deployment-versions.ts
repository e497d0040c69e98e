/** What deployments were: one row for each time one was changed. Rows are only ever added. */
import type { DeploymentDefinition } from '../model/deployment.ts';
import type { Database } from './database.ts';
import { lazyStatements } from './statements.ts';

export type DeploymentOrigin = 'up' | 'apply' | 'rollback';

export interface DeploymentVersionRow {
  readonly deploymentId: number;
  readonly number: number;
  readonly definition: DeploymentDefinition;
  /** What differs from the version before. */
  readonly changed: readonly string[];
  readonly origin: DeploymentOrigin;
  /** Of a rollback: the version that it went back to. */
  readonly sameAs: number | null;
  readonly deployedAt: number;
}

const COLUMNS =
  'deployment_id as deploymentId, number, definition, changed, origin, same_as as sameAs, deployed_at as deployedAt';
const ADD = `
  insert into deployment_versions (deployment_id, number, code_hash, definition, changed, origin, same_as, deployed_at)
  values (:deploymentId, :number, :codeHash, :definition, :changed, :origin, :sameAs, :deployedAt)`;
const OF_DEPLOYMENT = `
  select ${COLUMNS} from deployment_versions where deployment_id = :deploymentId and number < :before
  order by number desc limit :limit`;
const BY_NUMBER = `
  select ${COLUMNS} from deployment_versions where deployment_id = :deploymentId and number = :number`;
const NEWEST = 'select coalesce(max(number), 0) from deployment_versions where deployment_id = :deploymentId';

type RawRow = Omit<DeploymentVersionRow, 'definition' | 'changed'> & {
  readonly definition: string;
  readonly changed: string;
};

export function createDeploymentVersions(database: Database) {
  const statement = lazyStatements(database);

  return {
    add(row: DeploymentVersionRow): void {
      const { definition, changed, ...plain } = row;
      statement(ADD).run({
        ...plain,
        codeHash: definition.codeHash,
        definition: JSON.stringify(definition),
        changed: JSON.stringify(changed),
      });
    },
    /** Newest first. */
    of: (deploymentId: number, limit = 1000, before = Number.MAX_SAFE_INTEGER): DeploymentVersionRow[] =>
      (statement(OF_DEPLOYMENT).all({ deploymentId, limit, before }) as RawRow[]).map(parseRow),
    byNumber(deploymentId: number, number: number): DeploymentVersionRow | null {
      const row = statement(BY_NUMBER).get({ deploymentId, number }) as RawRow | undefined;
      return row === undefined ? null : parseRow(row);
    },
    /** The highest number given so far; 0: none. */
    newest: (deploymentId: number): number => statement(NEWEST).pluck().get({ deploymentId }) as number,
  };
}

function parseRow(row: RawRow): DeploymentVersionRow {
  return {
    ...row,
    definition: JSON.parse(row.definition) as DeploymentDefinition,
    changed: JSON.parse(row.changed) as string[],
  };
}
