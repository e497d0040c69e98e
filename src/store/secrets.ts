/**
 * Secrets as they lie in the file: sealed. Which value counts, which ones a run got, and which nobody needs any more.
 * Knows neither key nor plaintext; what changes something is called inside a transaction.
 */
import type { Database } from './database.ts';
import type { Sealed } from './sealing.ts';
import { lazyStatements } from './statements.ts';

/** A value that a secret has, or had. */
export interface SecretRow extends Sealed {
  readonly id: number;
  readonly name: string;
  readonly keyId: string;
  /** Epoch ms. */
  readonly setAt: number;
}

const COLUMNS = 'id, name, key_id as keyId, nonce, sealed, set_at as setAt';
const BY_NAME = `select ${COLUMNS} from secrets where name = :name and replaced_at is null`;
const ALL = `select ${COLUMNS} from secrets where replaced_at is null order by name`;
const REPLACE = 'update secrets set replaced_at = :now where name = :name and replaced_at is null';
const INSERT = `
  insert into secrets (name, key_id, nonce, sealed, set_at)
  values (:name, :keyId, :nonce, :sealed, :now)`;
// plan: search r using covering index run_secrets_by_secret (secret_id=?)
const DELETE_UNUSED = `
  delete from secrets
  where replaced_at is not null
    and not exists (select 1 from run_secrets r where r.secret_id = secrets.id)`;
const NOTE = 'insert into run_secrets (flow_run_id, secret_id) values (:runId, :id) on conflict do nothing';
const OF_RUN = `select ${COLUMNS} from secrets where id in (select secret_id from run_secrets where flow_run_id = :runId)`;

export function createSecrets(database: Database) {
  const statement = lazyStatements(database);
  return {
    byName: (name: string): SecretRow | null => (statement(BY_NAME).get({ name }) as SecretRow | undefined) ?? null,
    /** Those that count, by name. */
    all: (): SecretRow[] => statement(ALL).all({}) as SecretRow[],

    put(name: string, keyId: string, { nonce, sealed }: Sealed, now: number): void {
      statement(REPLACE).run({ name, now });
      statement(INSERT).run({ name, keyId, nonce, sealed, now });
      statement(DELETE_UNUSED).run({});
    },

    /** True when there was one. */
    unset(name: string, now: number): boolean {
      const { changes } = statement(REPLACE).run({ name, now });
      statement(DELETE_UNUSED).run({});
      return changes > 0;
    },

    /** The run at the root got this value. */
    noteUse(runId: number, id: number): void {
      statement(NOTE).run({ runId, id });
    },

    /** Every value that the run at the root got in any of its attempts, those replaced since included. */
    ofRun: (runId: number): SecretRow[] => statement(OF_RUN).all({ runId }) as SecretRow[],
  };
}
