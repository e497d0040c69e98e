/**
 * Statements prepared when first used and kept: most commands need few of them, and each costs some 20 us.
 *
 * `= +:name` in what is executed by the thousand: where a statement orders, groups, joins or takes a maximum, SQLite (with
 * STAT4, as better-sqlite3 is compiled) plans it anew for every value that is bound to a plain `= :name`, which costs 5 to 60 us.
 * The plus does nothing else: the index is used as before.
 */
import type { Database } from './database.ts';

export type Statement = ReturnType<Database['prepare']>;

/** Gives the prepared statement of an SQL text. A text must be used in one way only: `pluck` stays with the statement. */
export function lazyStatements(database: Database): (sql: string) => Statement {
  const prepared = new Map<string, Statement>();
  return (sql) => {
    let statement = prepared.get(sql);
    if (statement === undefined) {
      statement = database.prepare(sql);
      prepared.set(sql, statement);
    }
    return statement;
  };
}

/** What one statement is given of many rows: enough to make each cheap, and a text that stays small. */
export function* portions<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let first = 0; first < rows.length; first += LARGEST_PORTION) yield rows.slice(first, first + LARGEST_PORTION);
}

const LARGEST_PORTION = 500;
