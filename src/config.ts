/**
 * Every setting once: its name, default, environment variable and help. `resolveSettings` merges flag, environment and
 * default, in this order, and says which it was.
 */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { WeirError } from './model/errors.ts';

export interface Settings {
  /** The one SQLite file. */
  readonly db: string;
  readonly host: string;
  readonly port: number;
  /** Runs at once on a server. */
  readonly limit: number;
  /** Seconds that a server waits for its runs at SIGTERM. */
  readonly drainMs: number;
}

export const DEFAULTS = { host: '127.0.0.1', port: 4200, limit: 10, drainMs: 30_000 } as const;

/** Values from flags; undefined where none was given. */
export interface Flags {
  readonly db?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: string | undefined;
  readonly limit?: string | undefined;
}

export function resolveSettings(flags: Flags, env: NodeJS.ProcessEnv): Settings {
  return {
    db: resolve(flags.db ?? nonEmpty(env.WEIR_DB) ?? join(homeFolder(env), '.weir', 'weir.db')),
    host: flags.host ?? nonEmpty(env.WEIR_HOST) ?? DEFAULTS.host,
    port: parseWhole('--port', flags.port ?? nonEmpty(env.WEIR_PORT), DEFAULTS.port, 0, 65_535),
    limit: parseWhole('--limit', flags.limit ?? nonEmpty(env.WEIR_LIMIT), DEFAULTS.limit, 1, 1000),
    drainMs: DEFAULTS.drainMs,
  };
}

/** The user's folder, also where the environment is empty (cron, containers). */
function homeFolder(env: NodeJS.ProcessEnv): string {
  try {
    return nonEmpty(env.HOME) ?? homedir();
  } catch {
    throw new WeirError('usage', 'there is no home folder to keep the database in', {
      hint: 'say where with --db PATH or WEIR_DB',
    });
  }
}

function parseWhole(name: string, text: string | undefined, fallback: number, least: number, most: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most && text.trim() !== '') return value;
  throw new WeirError('usage', `${name} is "${text}"; it must be a whole number from ${least} to ${most}`);
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value;
}
