/** Variables: values that flows read and people change, as JSON text. */
import type { Database } from './database.ts';
import { lazyStatements } from './statements.ts';

export interface VariableRow {
  readonly name: string;
  /** JSON. */
  readonly value: string;
  /** Epoch ms. */
  readonly updatedAt: number;
}

const COLUMNS = 'name, value, updated_at as updatedAt';
const BY_NAME = `select ${COLUMNS} from variables where name = :name`;
const ALL = `select ${COLUMNS} from variables order by name`;
const NAMES = 'select name from variables order by name';
const PUT = `
  insert into variables (name, value, updated_at)
  values (:name, :value, :now)
  on conflict (name) do update set value = excluded.value, updated_at = excluded.updated_at`;
const DELETE = 'delete from variables where name = :name';

export function createVariables(database: Database) {
  const statement = lazyStatements(database);
  return {
    byName: (name: string): VariableRow | null => (statement(BY_NAME).get({ name }) as VariableRow | undefined) ?? null,
    all: (): VariableRow[] => statement(ALL).all({}) as VariableRow[],
    names: (): string[] => statement(NAMES).pluck().all({}) as string[],
    put(name: string, value: string, now: number): void {
      statement(PUT).run({ name, value, now });
    },
    /** True when there was one. */
    delete: (name: string): boolean => statement(DELETE).run({ name }).changes > 0,
  };
}
