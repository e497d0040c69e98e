/**
 * A question of the user's own in SQL, asked read-only: the connection cannot write, and only statements that give rows
 * are run. Its length is unknown, so no process that serves or executes runs may ask it.
 */
import { existsSync } from 'node:fs';
import { nearest, WeirError } from '../model/errors.ts';
import { explainSqlite } from './database.ts';
import { knownSchema } from './migrations.ts';
import { type Database, openSqlite } from './sqlite.ts';
import { VIEWS, viewStatement } from './views.ts';

export interface Answer {
  readonly columns: readonly string[];
  /** One at a time, so that a long answer needs no memory. An integer that a number cannot hold exactly is a bigint. */
  readonly rows: Iterable<readonly unknown[]>;
}

/** Gives the answer to `use`, whose connection ends with it. @throws WeirError with what is wrong in the query */
export function askInSql<T>(path: string, query: string, use: (answer: Answer) => T): T {
  if (!existsSync(path))
    throw new WeirError('not-found', `there is no database at ${path} yet`, { hint: 'weir run FILE makes it' });
  const database = openToRead(path);
  try {
    refuseOtherSchema(database, path);
    for (const view of VIEWS) database.exec(viewStatement(view));
    const statement = prepare(database, query);
    const columns = statement.columns().map((column) => column.name);
    return use({ columns, rows: exactRows(statement) });
  } catch (error) {
    throw explain(error, path, query);
  } finally {
    database.close();
  }
}

/** Capacities of the limits that users created, read without touching the file. */
export function createdLimits(path: string): Map<string, number> {
  return askInSql(
    path,
    'select name, capacity from limits',
    ({ rows }) => new Map([...rows].map(([name, capacity]) => [String(name), Number(capacity)])),
  );
}

/** Names of the secrets that are set. */
export function createdSecrets(path: string): Set<string> {
  return askInSql(path, 'select name from secrets', ({ rows }) => new Set([...rows].map(([name]) => String(name))));
}

function openToRead(path: string): Database {
  try {
    return openSqlite(path, { readonly: true, timeout: 5000 });
  } catch (error) {
    throw explainSqlite(error, path);
  }
}

type Statement = ReturnType<Database['prepare']>;

function prepare(database: Database, query: string): Statement {
  const statement = database.prepare(query);
  if (statement.reader && statement.readonly) return statement;
  throw new WeirError('usage', 'weir sql only reads: this statement would change something, or gives no rows', {
    hint: 'begin with select; what changes runs are commands such as weir cancel and weir retry',
  });
}

function* exactRows(statement: Statement): Generator<readonly unknown[]> {
  for (const row of statement.raw().safeIntegers().iterate() as Iterable<readonly unknown[]>)
    yield row.map((value) =>
      typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : value,
    );
}

function refuseOtherSchema(database: Database, path: string): void {
  const applied = Number(database.pragma('user_version', { simple: true }));
  const known = knownSchema();
  if (applied === known) return;
  if (applied > known)
    throw new WeirError(
      'newer-schema',
      `${path} was made by a newer Weir (its schema is ${applied}, this one knows ${known})`,
      {
        hint: 'use the newer executable',
      },
    );
  throw new WeirError('conflict', `${path} was made by an older Weir, and sql changes nothing`, {
    hint: 'any other command brings it up to date first: weir runs',
  });
}

/** SQLite's words as a sentence, with what was probably meant. */
function explain(error: unknown, path: string, query: string): unknown {
  if (error instanceof WeirError) return error;
  const { message, code } = error as { message: string; code?: string };
  const names = VIEWS.map((view) => view.name);
  const hint = hintFor(message, names, query);
  const isQuery = code === 'SQLITE_ERROR' || error instanceof RangeError || error instanceof TypeError;
  if (!isQuery) return explainSqlite(error, path);
  return new WeirError('usage', `the query cannot be answered: ${message}`, { hint, cause: error });
}

function hintFor(message: string, views: readonly string[], query: string): string {
  const [, column] = /no such column: (?:\w+\.)?"?(\w+)/.exec(message) ?? [];
  if (column !== undefined) {
    const asked = VIEWS.filter((view) => new RegExp(`\\b${view.name}\\b`, 'i').test(query));
    const columns = (asked.length === 0 ? VIEWS : asked).flatMap((view) => Object.keys(view.columns));
    const near = nearest(column, columns);
    const told = asked.map((view) => `${view.name} has ${Object.keys(view.columns).join(', ')}`).join('; ');
    return near !== undefined ? `did you mean ${near}?` : told || 'weir sql --views lists them';
  }
  const [, table] = /no such table: (?:\w+\.)?(\w+)/.exec(message) ?? [];
  if (table !== undefined) {
    const near = nearest(table, views);
    return near === undefined ? `there are ${views.join(', ')}` : `did you mean ${near}?`;
  }
  if (/more than one statement/.test(message)) return 'ask one question at a time';
  return 'weir sql --views lists what can be asked';
}
