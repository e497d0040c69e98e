/**
 * `weir.config.yaml`: found from the working folder upwards, then beside the database. What reads YAML is loaded only
 * when there is such a file. A problem names file, line and what was meant; a broken file is never half obeyed.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type ConfigFile, SETTINGS, type SettingName } from './config.ts';
import { nearest, WeirError } from './model/errors.ts';

export const CONFIG_FILE_NAME = 'weir.config.yaml';

export interface ConfigProblem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint: string | null;
}

/** The file in the folder or the nearest above it; null: there is none. */
export function findConfigFile(folder: string): string | null {
  for (let here = folder; ; here = dirname(here)) {
    const path = join(here, CONFIG_FILE_NAME);
    if (existsSync(path)) return path;
    if (here === dirname(here)) return null;
  }
}

/** The file with all its problems; values that have one are left out. */
export async function readConfigFile(
  path: string,
): Promise<{ readonly file: ConfigFile; readonly problems: readonly ConfigProblem[] }> {
  const { isMap, isScalar, LineCounter, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(readText(path), { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const values = new Map<SettingName, { text: string; line: number }>();
  const problems: ConfigProblem[] = [];
  const complain = (offset: number, message: string, hint: string | null = null) => {
    const { line, col } = lines.linePos(offset);
    problems.push({ line, column: col, message, hint });
  };
  for (const error of document.errors) complain(error.pos[0], error.message);
  const { contents } = document;
  if (contents !== null && !isMap(contents) && problems.length === 0)
    complain(contents.range?.[0] ?? 0, 'the file must hold lines of the form "name: value"', 'port: 4200');
  for (const { key, value } of isMap(contents) ? contents.items : []) {
    const offset = isScalar(key) ? (key.range?.[0] ?? 0) : 0;
    const name = isScalar(key) ? String(key.value) : 'a key that is no text';
    const setting = SETTINGS.find((each) => each.name === name);
    if (setting === undefined) {
      const known = SETTINGS.map((each) => each.name);
      const near = nearest(name, known);
      const hint = near === undefined ? `there are ${known.join(', ')}` : `did you mean ${near}?`;
      complain(offset, `there is no setting "${name}"`, hint);
      continue;
    }
    if (!isScalar(value) || value.value === null) {
      complain(offset, `${name} must be a single value`, `${name}: ${setting.defaultText ?? 'Europe/Berlin'}`);
      continue;
    }
    try {
      const text = String(value.value);
      setting.check(text, name);
      values.set(setting.name, { text, line: lines.linePos(offset).line });
    } catch (error) {
      complain(value.range?.[0] ?? offset, (error as Error).message, (error as WeirError).hint ?? null);
    }
  }
  return { file: { path, values }, problems };
}

/** @throws WeirError `usage` with the first problem of the file */
export function refuseProblems(path: string, problems: readonly ConfigProblem[]): void {
  const [first] = problems;
  if (first === undefined) return;
  const more = problems.length > 1 ? `; ${problems.length - 1} more: weir config validate` : '';
  throw new WeirError('usage', `${path}:${first.line}:${first.column}: ${first.message}${more}`, {
    ...(first.hint === null ? {} : { hint: first.hint }),
  });
}

/** Writes a value, or takes it out (null); comments and the order of the rest stay. False: it was not there. */
export async function changeConfigFile(
  path: string,
  name: SettingName,
  value: string | number | null,
): Promise<boolean> {
  const { isMap, parseDocument } = await import('yaml');
  const document = parseDocument(existsSync(path) ? readText(path) : '');
  if (document.errors.length > 0 || (document.contents !== null && !isMap(document.contents)))
    throw new WeirError('usage', `${path} is no valid configuration, so nothing is written into it`, {
      hint: `weir config validate ${path}`,
    });
  if (value === null && !document.has(name)) return false;
  if (value === null) document.delete(name);
  else document.set(name, value);
  const isEmpty = isMap(document.contents) && document.contents.items.length === 0;
  writeText(path, isEmpty ? '' : document.toString());
  return true;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new WeirError('file-system', `${path} cannot be read: ${(cause as Error).message}`, {
      hint: 'check its rights, or move it away',
      cause,
    });
  }
}

/** Renamed into place: nobody ever reads half of it. */
function writeText(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(temporary, text);
    renameSync(temporary, path);
  } catch (cause) {
    throw new WeirError('file-system', `${path} cannot be written: ${(cause as Error).message}`, {
      hint: 'check the rights of the file and its folder',
      cause,
    });
  }
}
