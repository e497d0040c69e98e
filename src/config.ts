/**
 * Every setting once: its name, flag, environment variable, default, check and help. The parser, `weir config` and its
 * validation all read this table. What counts: flag, then environment, then the configuration file, then the default.
 */
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseDuration } from './model/duration.ts';
import { WeirError } from './model/errors.ts';
import { parseZone } from './model/zone.ts';

export interface Settings {
  /** The one SQLite file. */
  readonly db: string;
  /** The key of the secrets in it: never beside it. null: nobody says where, and there is no home folder. */
  readonly keyFile: string | null;
  readonly host: string;
  readonly port: number;
  /** Runs at once on a server. */
  readonly limit: number;
  /** How long a server waits for its runs at SIGTERM. */
  readonly drainMs: number;
  /** Zone in which times are told; null: UTC in JSON, the machine's zone for people. */
  readonly tz: string | null;
}

export type SettingName = 'db' | 'api' | 'key_file' | 'host' | 'port' | 'limit' | 'drain' | 'tz';

export interface Setting {
  readonly name: SettingName;
  readonly help: string;
  /** null: there is no flag for it. */
  readonly flag: string | null;
  readonly env: string;
  /** As it would be written; null where nothing is the default. */
  readonly defaultText: string | null;
  /** The text as it counts, for people and for `--json`. @throws WeirError when it is not a value of this setting */
  check(text: string, field: string): string | number;
}

export const SETTINGS: readonly Setting[] = [
  {
    name: 'db',
    help: 'the database; in a file relative to that file',
    flag: '--db',
    env: 'WEIR_DB',
    defaultText: '~/.weir/weir.db',
    check: (text, field) => notEmpty(field, text),
  },
  {
    name: 'api',
    help: 'address of a server elsewhere, which commands ask instead of a database',
    flag: '--api',
    env: 'WEIR_API_URL',
    defaultText: null,
    check: (text, field) => addressOf(field, text),
  },
  {
    name: 'key_file',
    help: 'the key of the secrets, which no backup holds; in a file relative to that file',
    flag: null,
    env: 'WEIR_KEY_FILE',
    defaultText: '~/.weir.key',
    check: (text, field) => notEmpty(field, text),
  },
  {
    name: 'host',
    help: 'address that the server listens on',
    flag: '--host',
    env: 'WEIR_HOST',
    defaultText: '127.0.0.1',
    check: (text, field) => notEmpty(field, text),
  },
  {
    name: 'port',
    help: 'port that the server listens on; 0 for any free one',
    flag: '--port',
    env: 'WEIR_PORT',
    defaultText: '4200',
    check: (text, field) => parseWhole(field, text, 0, 65_535),
  },
  {
    name: 'limit',
    help: 'runs at once on a server',
    flag: '--limit',
    env: 'WEIR_LIMIT',
    defaultText: '10',
    check: (text, field) => parseWhole(field, text, 1, 1000),
  },
  {
    name: 'drain',
    help: 'how long a server waits for its runs at SIGTERM',
    flag: null,
    env: 'WEIR_DRAIN',
    defaultText: '30s',
    check: (text, field) => {
      durationOf(text, field);
      return text.trim();
    },
  },
  {
    name: 'tz',
    help: 'zone in which times are told',
    flag: '--tz',
    env: 'WEIR_TZ',
    defaultText: null,
    check: (text, field) => parseZone(text, field),
  },
];

/** What a configuration file says; every value as the text that stands there. */
export interface ConfigFile {
  readonly path: string;
  readonly values: ReadonlyMap<SettingName, { readonly text: string; readonly line: number }>;
}

/** Values from flags; undefined where none was given. */
export type Flags = { readonly [Name in SettingName]?: string | undefined };

/** Where a value comes from. */
export type Source =
  | { readonly kind: 'flag'; readonly flag: string }
  | { readonly kind: 'environment'; readonly variable: string }
  | { readonly kind: 'file'; readonly path: string; readonly line: number }
  | { readonly kind: 'default' };

export interface ResolvedSetting {
  readonly setting: Setting;
  /** null: not set, and nothing is the default. */
  readonly text: string | null;
  readonly source: Source;
}

/** @throws WeirError `usage` that names the flag, variable, or file and line at fault */
export function resolveSettings(flags: Flags, env: NodeJS.ProcessEnv, file: ConfigFile | null = null): Settings {
  const text = (name: SettingName) => {
    const resolved = resolveSetting(settingOf(name), flags, env, file);
    if (resolved.text !== null) resolved.setting.check(resolved.text, fieldOf(resolved));
    return resolved;
  };
  const whole = (name: SettingName) => Number(text(name).text);
  const drain = text('drain');
  return {
    db: databaseOf(text('db'), env),
    keyFile: keyFileOf(text('key_file'), env),
    host: text('host').text ?? '',
    port: whole('port'),
    limit: whole('limit'),
    drainMs: durationOf(drain.text ?? '0s', fieldOf(drain)),
    tz: tzOf(text('tz')),
  };
}

export function resolveSetting(
  setting: Setting,
  flags: Flags,
  env: NodeJS.ProcessEnv,
  file: ConfigFile | null,
): ResolvedSetting {
  const flag = flags[setting.name];
  if (flag !== undefined) return { setting, text: flag, source: { kind: 'flag', flag: setting.flag ?? setting.name } };
  const variable = nonEmpty(env[setting.env]);
  if (variable !== undefined)
    return { setting, text: variable, source: { kind: 'environment', variable: setting.env } };
  const written = file?.values.get(setting.name);
  if (file !== null && written !== undefined)
    return { setting, text: written.text, source: { kind: 'file', path: file.path, line: written.line } };
  return { setting, text: setting.defaultText, source: { kind: 'default' } };
}

/** How errors name where a value comes from. */
export function fieldOf({ setting, source }: Pick<ResolvedSetting, 'setting' | 'source'>): string {
  switch (source.kind) {
    case 'flag':
      return source.flag;
    case 'environment':
      return source.variable;
    case 'file':
      return `${source.path}:${source.line}: ${setting.name}`;
    case 'default':
      return setting.name;
  }
}

export function settingOf(name: SettingName): Setting {
  const setting = SETTINGS.find((each) => each.name === name);
  if (setting === undefined) throw new Error(`there is no setting ${name}`);
  return setting;
}

/** The database's path: relative to the working folder, or to the file that names it. */
export function databaseOf(resolved: ResolvedSetting, env: NodeJS.ProcessEnv): string {
  return pathOf(resolved, env, join('.weir', 'weir.db'));
}

/** The path of the secrets' key, named like that of the database. Most commands need none, so it may be missing. */
export function keyFileOf(resolved: ResolvedSetting, env: NodeJS.ProcessEnv): string | null {
  try {
    return pathOf(resolved, env, '.weir.key');
  } catch {
    return null;
  }
}

function pathOf({ text, source }: ResolvedSetting, env: NodeJS.ProcessEnv, standard: string): string {
  if (source.kind === 'default' || text === null) return join(homeFolder(env), standard);
  const path = text.startsWith('~/') && source.kind === 'file' ? join(homeFolder(env), text.slice(2)) : text;
  return source.kind === 'file' ? resolve(dirname(source.path), path) : resolve(path);
}

function tzOf(resolved: ResolvedSetting): string | null {
  return resolved.text === null ? null : String(resolved.setting.check(resolved.text, fieldOf(resolved)));
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

function durationOf(text: string, field: string): number {
  try {
    return parseDuration(text);
  } catch (cause) {
    const { message, hint } = cause as WeirError;
    throw new WeirError('usage', `${field}: ${message}`, { cause, ...(hint === undefined ? {} : { hint }) });
  }
}

function parseWhole(field: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most && text.trim() !== '') return value;
  throw new WeirError('usage', `${field} is "${text}"; it must be a whole number from ${least} to ${most}`);
}

/** Without the slash at its end. */
function addressOf(field: string, text: string): string {
  const address = URL.parse(text.trim());
  const isFit = address !== null && /^https?:$/.test(address.protocol) && address.search + address.hash === '';
  if (isFit && address.username + address.password === '') return address.href.replace(/\/+$/, '');
  throw new WeirError('usage', `${field} is "${text}", which is no address of a server`, {
    hint: 'such as http://127.0.0.1:4200; the token stands in WEIR_API_TOKEN',
  });
}

function notEmpty(field: string, text: string): string {
  if (text.trim() !== '') return text;
  throw new WeirError('usage', `${field} is empty`);
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value;
}
