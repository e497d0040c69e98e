/**
 * `deployment.yaml`: what a deployment runs, when, and with which parameters. Written to be edited, and read with every
 * mistake told with its line. Keys as in YAML flows; paths count from the folder of the file.
 */
import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { isMap, isScalar, LineCounter, parseDocument, stringify } from 'yaml';
import type { DeploymentOverrides } from '../../model/deployment.ts';
import { nearest, WeirError } from '../../model/errors.ts';
import type { FlowDescription } from '../../model/flow-description.ts';
import { flowTarget } from '../../model/flow-file.ts';
import { type DeploymentStorage, STORAGES } from '../../model/snapshot.ts';

export interface DeploymentFile {
  /** Absolute. */
  readonly path: string;
  /** Null: the only flow of the file. */
  readonly flow: string | null;
  readonly name: string;
  readonly overrides: DeploymentOverrides;
}

const KEYS = ['flow', 'name', 'description', 'schedule', 'params', 'tags', 'storage', 'include'];
const SCHEDULE_KEYS: Readonly<Record<string, string>> = { catchup_window: 'catchupWindow', day_or: 'dayOr' };

/** @throws WeirError `invalid-flow` with file, line and what was meant */
export function readDeploymentFile(path: string): DeploymentFile {
  const lines = new LineCounter();
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new WeirError('usage', `${path} cannot be read: ${(cause as Error).message}`, {
      hint: 'weir deployment build FILE writes one',
      cause,
    });
  }
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const fail = (offset: number, message: string, hint?: string): never => {
    const { line, col } = lines.linePos(offset);
    throw new WeirError('invalid-flow', `${path}:${line}:${col}: ${message}`, hint === undefined ? {} : { hint });
  };
  for (const error of document.errors) fail(error.pos[0], error.message);
  const { contents } = document;
  if (!isMap(contents)) return fail(0, 'the file must hold lines of the form "name: value"', 'flow: ./nightly.ts');
  const offsets = new Map<string, number>();
  for (const { key } of contents.items) {
    const offset = isScalar(key) ? (key.range?.[0] ?? 0) : 0;
    const name = isScalar(key) ? String(key.value) : '';
    offsets.set(name, offset);
    if (KEYS.includes(name)) continue;
    const near = nearest(name, KEYS);
    fail(
      offset,
      `there is no key "${name}" in a deployment`,
      near === undefined ? `there are ${KEYS.join(', ')}` : `did you mean ${near}?`,
    );
  }
  const values = document.toJS() as Record<string, unknown>;
  const wrong = (key: string, wanted: string, example: string) =>
    fail(offsets.get(key) ?? 0, `${key} must be ${wanted}`, example);
  const { flow, name = 'default', description, schedule, params, tags, storage, include } = values;
  if (typeof flow !== 'string' || flow === '')
    return wrong('flow', 'the path of a flow file', 'flow: ./nightly.ts, or ./flows.ts:nightly');
  if (typeof name !== 'string' || !/^[^/%&<>\s]+$/.test(name))
    return wrong('name', 'a word without / % & < >', 'name: default');
  if (description !== undefined && typeof description !== 'string')
    wrong('description', 'a text', 'description: every night');
  if (params !== undefined && !isObject(params)) wrong('params', 'names with values', 'params: { week: latest }');
  if (tags !== undefined && !isWords(tags)) wrong('tags', 'a list of words', 'tags: [nightly]');
  if (storage !== undefined && !STORAGES.includes(storage as DeploymentStorage))
    wrong('storage', STORAGES.join(' or '), 'storage: snapshot keeps the code in the database');
  if (include !== undefined && !isWords(include))
    wrong('include', 'a list of files, folders and globs', 'include: [data/cities.csv, sql/**/*.sql]');
  if (include !== undefined && storage !== 'snapshot')
    fail(
      offsets.get('include') ?? 0,
      'include lists files of a snapshot, and this deployment has none',
      'storage: snapshot',
    );
  const target = flowTarget(flow) ?? { file: flow, flow: null };
  return {
    path: resolve(dirname(path), target.file),
    flow: target.flow,
    name,
    overrides: {
      ...(description === undefined ? {} : { description: description as string }),
      ...(schedule === undefined || schedule === null ? {} : { schedules: schedulesOf(schedule) }),
      ...(params === undefined ? {} : { params: params as Record<string, unknown> }),
      ...(tags === undefined ? {} : { tags: tags as string[] }),
      ...(storage === undefined ? {} : { storage: storage as DeploymentStorage }),
      ...(include === undefined ? {} : { include: include as string[] }),
    },
  };
}

/** The file as `weir deployment build` writes it: what can be said, with what the flow itself says. */
export function writtenDeployment(
  at: string,
  path: string,
  flow: FlowDescription,
  flows: number,
  name: string,
): string {
  const file = relative(dirname(at), path);
  const written = `${file.startsWith('.') ? file : `./${file}`}${flows > 1 ? `:${flow.name}` : ''}`;
  const properties = Object.entries((flow.paramsSchema?.properties ?? {}) as Record<string, { default?: unknown }>);
  const schedules = flow.schedules.map(inYamlKeys);
  const params = Object.fromEntries(properties.map(([key, schema]) => [key, schema.default ?? null]));
  return [
    `# A deployment of ${flow.name}. Register it: weir deployment apply ${relative(process.cwd(), at) || at}`,
    '# The path of the flow counts from the folder of this file.',
    stringify({ flow: written, name }).trimEnd(),
    '',
    '# When it runs, instead of what the flow itself says; [] for never by itself.',
    commented({ schedule: schedules.length > 0 ? schedules : ['0 2 * * *'] }),
    '',
    '# What its runs are given, instead of the defaults of the flow.',
    commented({ params: properties.length > 0 ? params : { name: 'value' } }),
    '',
    '# Tags of its runs, beside those of the flow.',
    commented({ tags: flow.tags.length > 0 ? flow.tags : ['nightly'] }),
    '',
    '# Where its code comes from: local (this folder, as it is when a run begins), or snapshot (kept in the database as it',
    '# is when it is deployed: what the flow imports, the scripts that it names, and what is listed here; see .weirignore).',
    '# storage: snapshot',
    '# include: [data/cities.csv]',
    '',
    '# What it is for.',
    commented({ description: flow.description || flow.name }),
    '',
  ].join('\n');
}

/** Lines that only need their mark taken away. */
function commented(value: object): string {
  return stringify(value)
    .trimEnd()
    .split('\n')
    .map((line) => `# ${line}`)
    .join('\n');
}

function schedulesOf(schedule: unknown): unknown[] {
  return (Array.isArray(schedule) ? schedule : [schedule]).map((each) =>
    isObject(each)
      ? Object.fromEntries(Object.entries(each).map(([key, value]) => [SCHEDULE_KEYS[key] ?? key, value]))
      : each,
  );
}

function inYamlKeys(schedule: unknown): unknown {
  if (!isObject(schedule)) return schedule;
  const names = Object.fromEntries(Object.entries(SCHEDULE_KEYS).map(([yaml, code]) => [code, yaml]));
  return Object.fromEntries(Object.entries(schedule).map(([key, value]) => [names[key] ?? key, value]));
}

function isWords(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string' && each !== '');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
