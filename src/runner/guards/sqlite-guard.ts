/**
 * Keeps `node:sqlite` away from Weir's own files: opened, attached, or written to by `vacuum into` and `backup`.
 * SQLite itself says which file a statement means; only where that is a parameter, the values are looked at.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { WeirError } from '../../model/errors.ts';
import type { OwnFiles } from './own-files.ts';

type Sqlite = typeof import('node:sqlite');
type Authorizer = Parameters<DatabaseSync['setAuthorizer']>[0];
type Values = readonly unknown[];

/** What can name another file; everything else is spared the authorizer, which costs a call for each column. */
const NAMES_FILES = /\b(attach|vacuum)\b/i;

export function guardSqlite(own: OwnFiles): void {
  const sqlite = process.getBuiltinModule('node:sqlite') as { -readonly [Key in keyof Sqlite]: Sqlite[Key] };
  const { DatabaseSync: Original, backup, constants } = sqlite;

  class GuardedDatabase extends Original {
    #path: unknown;
    #authorizer: Authorizer = null;
    #isWatched = false;

    constructor(...args: ConstructorParameters<Sqlite['DatabaseSync']>) {
      refuse(args[0], 'new DatabaseSync');
      super(...args);
      this.#path = args[0];
    }

    override open(): void {
      refuse(this.#path, 'DatabaseSync.open');
      super.open();
    }

    override setAuthorizer(authorizer: Authorizer): void {
      this.#authorizer = authorizer;
      if (!this.#isWatched) super.setAuthorizer(authorizer);
    }

    override exec(sql: string): void {
      this.#watching(
        sql,
        () => super.exec(sql),
        (file) => {
          if (file === null) refuseUnknown();
        },
      );
    }

    override prepare(...args: Parameters<DatabaseSync['prepare']>): StatementSync {
      let namesByParameter = false;
      const statement = this.#watching(
        args[0],
        () => super.prepare(...args),
        (file) => {
          namesByParameter ||= file === null;
        },
      );
      return namesByParameter ? guardStatement(statement) : statement;
    }

    override createTagStore(...args: Parameters<DatabaseSync['createTagStore']>) {
      // It prepares by itself, out of sight.
      this.#watch((file) => {
        if (file === null) refuseUnknown();
      });
      this.#isWatched = true;
      return super.createTagStore(...args);
    }

    #watching<T>(sql: string, work: () => T, onFile: (file: string | null) => void): T {
      if (this.#isWatched || !NAMES_FILES.test(String(sql))) return work();
      this.#watch(onFile);
      try {
        return work();
      } finally {
        super.setAuthorizer(this.#authorizer);
      }
    }

    #watch(onFile: (file: string | null) => void): void {
      super.setAuthorizer((action, ...details) => {
        if (action === constants.SQLITE_ATTACH) {
          refuse(details[0], 'attach');
          onFile(details[0]);
        }
        return this.#authorizer?.(action, ...details) ?? constants.SQLITE_OK;
      });
    }
  }

  function refuse(path: unknown, how: string): void {
    own.refuse(typeof path === 'string' ? plainPath(path) : path, how);
  }

  function guardStatement(statement: StatementSync): StatementSync {
    const methods = statement as unknown as Record<string, (...values: Values) => unknown>;
    for (const name of ['run', 'get', 'all', 'iterate']) {
      const original = methods[name];
      if (original === undefined) continue;
      methods[name] = (...values) => {
        for (const value of values.flatMap(valuesIn)) refuse(value, 'attach');
        return original.apply(statement, [...values]);
      };
    }
    return statement;
  }

  sqlite.DatabaseSync = Object.defineProperty(GuardedDatabase, 'name', { value: Original.name });
  sqlite.backup = (source, path, ...rest) => {
    refuse(path, 'backup');
    return backup(source, path, ...rest);
  };
}

/** Named values come in an object. */
function valuesIn(value: unknown): Values {
  const isNamed = typeof value === 'object' && value !== null && !(value instanceof Uint8Array);
  return isNamed ? Object.values(value) : [value];
}

/** SQLite takes `file:` addresses with parameters as well. */
function plainPath(path: string): string {
  if (!path.startsWith('file:')) return path;
  const [plain = ''] = path
    .slice('file:'.length)
    .replace(/^\/\/[^/]*/, '')
    .split(/[?#]/);
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain;
  }
}

function refuseUnknown(): never {
  throw new WeirError('file-system', 'a file was to be attached by an expression, so that Weir cannot see which', {
    hint: "write its name as a text: attach 'other.db' as other",
  });
}
