/** `weir config view | set | unset | validate`: every setting with its value and where it comes from. */
import { resolve } from 'node:path';
import {
  type ConfigFile,
  fieldOf,
  type ResolvedSetting,
  resolveSetting,
  SETTINGS,
  type Setting,
} from '../../config.ts';
import { type ConfigProblem, changeConfigFile, readConfigFile } from '../../config-file.ts';
import { EXIT, nearest, WeirError } from '../../model/errors.ts';
import { besideDatabase, configPath } from '../configured.ts';
import { colors, print, printJson, say, table } from '../output.ts';
import type { GlobalFlags } from '../program.ts';
import { plainText } from '../terminal-text.ts';
import { sourceText, valueText } from './setting-text.ts';

interface ViewFlags extends GlobalFlags {
  readonly showDefaults?: boolean;
  readonly showSources?: boolean;
}

export async function viewConfig(_: [], flags: ViewFlags): Promise<number> {
  const { path, file, problems } = await readFound(flags);
  const given = { db: flags.db, tz: flags.tz };
  const settings = SETTINGS.map((setting) => resolveSetting(setting, given, process.env, file));
  const faults = settings.filter((resolved) => faultOf(resolved) !== null);
  if (flags.json) {
    printJson({ schema: 'weir.config/1', file: path, items: settings.map(settingJson), next: null });
  } else {
    const heading = [
      'setting',
      'value',
      'source',
      ...(flags.showDefaults ? ['default'] : []),
      ...(flags.showSources ? ['flag', 'variable', 'meaning'] : []),
    ];
    print(table([heading.map((cell) => colors.dim(cell)), ...settings.map((resolved) => rowOf(resolved, flags))]));
    say(
      colors.dim(
        path === null ? 'no weir.config.yaml from here upwards or beside the database' : `configuration file: ${path}`,
      ),
    );
  }
  for (const resolved of faults) say(`${colors.red('wrong:')} ${faultOf(resolved)}`);
  if (path !== null) sayProblems(path, problems);
  return problems.length + faults.length === 0 ? EXIT.ok : EXIT.usage;
}

export async function setConfig(
  [name, value]: [string, string],
  flags: GlobalFlags & { file?: string },
): Promise<number> {
  const setting = findSetting(name);
  const checked = setting.check(value, setting.name);
  const path = flags.file === undefined ? (configPath(flags) ?? besideDatabase(flags)) : resolve(flags.file);
  if (path === null)
    throw new WeirError('usage', 'there is no place for a configuration file', { hint: 'name one with --file' });
  await changeConfigFile(path, setting.name, checked);
  say(`${setting.name}: ${checked} in ${path}`);
  const shadow = nonEmptyEnv(setting);
  if (shadow !== null) say(`${setting.env} is set to "${shadow}", which counts before it`);
  return EXIT.ok;
}

export async function unsetConfig([name]: [string], flags: GlobalFlags & { file?: string }): Promise<number> {
  const setting = findSetting(name);
  const path = flags.file === undefined ? configPath(flags) : resolve(flags.file);
  const wasThere = path !== null && (await changeConfigFile(path, setting.name, null));
  if (wasThere) say(`${setting.name} is no longer in ${path}`);
  else say(`${setting.name} is set in no file${path === null ? '' : `: ${path} does not name it`}`);
  return EXIT.ok;
}

export async function validateConfig([given]: [string?], flags: GlobalFlags): Promise<number> {
  const path = given === undefined ? configPath(flags) : resolve(given);
  const problems = path === null ? [] : (await readConfigFile(path)).problems;
  if (flags.json) printJson({ schema: 'weir.config-problems/1', file: path, items: problems, next: null });
  else if (path === null) say('there is no weir.config.yaml from here upwards or beside the database');
  else if (problems.length === 0) say(`${path} is valid`);
  else sayProblems(path, problems);
  return problems.length === 0 ? EXIT.ok : EXIT.usage;
}

async function readFound(
  flags: GlobalFlags,
): Promise<{ path: string | null; file: ConfigFile | null; problems: readonly ConfigProblem[] }> {
  const path = configPath(flags);
  return path === null ? { path, file: null, problems: [] } : { path, ...(await readConfigFile(path)) };
}

function rowOf(resolved: ResolvedSetting, { showDefaults, showSources }: ViewFlags): string[] {
  const { setting } = resolved;
  return [
    setting.name,
    plainText(valueText(resolved) ?? '-'),
    shownSource(resolved),
    ...(showDefaults ? [setting.defaultText ?? '-'] : []),
    ...(showSources ? [setting.flag ?? '-', setting.env, colors.dim(setting.help)] : []),
  ];
}

function shownSource({ source }: ResolvedSetting): string {
  return source.kind === 'default' ? colors.dim('default') : sourceText(source);
}

function settingJson(resolved: ResolvedSetting) {
  const { setting, source } = resolved;
  return {
    name: setting.name,
    value: valueText(resolved),
    source,
    default: setting.defaultText,
    flag: setting.flag,
    env: setting.env,
    help: setting.help,
  };
}

function faultOf(resolved: ResolvedSetting): string | null {
  if (resolved.text === null) return null;
  try {
    resolved.setting.check(resolved.text, fieldOf(resolved));
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

function sayProblems(path: string, problems: readonly ConfigProblem[]): void {
  for (const { line, column, message, hint } of problems) {
    say(`${path}:${line}:${column}: ${message}`);
    if (hint !== null) say(`      ${hint}`);
  }
}

function findSetting(name: string): Setting {
  const found = SETTINGS.find((setting) => setting.name === name);
  if (found !== undefined) return found;
  const names = SETTINGS.map((setting) => setting.name);
  const near = nearest(name, names);
  throw new WeirError('usage', `there is no setting "${name}"; there are ${names.join(', ')}`, {
    hint: near === undefined ? 'weir config view --show-sources' : `did you mean ${near}?`,
  });
}

function nonEmptyEnv(setting: Setting): string | null {
  const value = process.env[setting.env];
  return value === undefined || value === '' ? null : value;
}
