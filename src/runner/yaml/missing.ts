/**
 * What a flow needs of this machine and does not find: files of variables, its Python environment, shells, folders,
 * files of subflows, secrets. Only looks; what is wrong goes to the flow's problems, at the line that asked for it.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { parseEnvFile } from '../../model/env-file.ts';
import type { WeirError } from '../../model/errors.ts';
import { findProgram, USUAL_PATH } from '../shell/programs.ts';
import { enterConda, enterVenv } from '../shell/python-environment.ts';
import type { ParsedYaml } from './parse.ts';
import type { YamlFlow, YamlSurroundings, YamlTemplate } from './yaml-flow.ts';

export interface Machine {
  /** Folder of the flow file. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Names of the secrets that there are; not given or null when nobody knows them. */
  readonly secrets?: ReadonlySet<string> | null;
}

/** Tells what is not there. */
export function findMissing(flow: YamlFlow, { complain }: ParsedYaml, machine: Machine): void {
  const { folder } = machine;
  const { venv, conda } = flow.surroundings;
  if (venv !== null) tellRefused(['venv'], () => enterVenv(venv, folder), complain);
  if (conda !== null) tellRefused(['conda'], () => enterConda(conda, folder, machine.env), complain);
  const holders: (readonly [readonly string[], YamlSurroundings])[] = [
    [[], flow.surroundings],
    ...flow.tasks.map((task) => [['tasks', task.name], task.surroundings] as const),
    ...Object.entries(flow.handlers).map(([name, handler]) => [[name], handler.surroundings] as const),
  ];
  const told = new Set<string>();
  for (const [path, surroundings] of holders) judgeSurroundings(path, surroundings, flow, complain, machine, told);
  for (const { name, work } of flow.tasks) {
    if (work.kind === 'flow' && work.file !== null && !existsSync(resolve(folder, work.file)))
      complain(
        'error',
        ['tasks', name, 'flow'],
        `there is no file ${resolve(folder, work.file)}`,
        'the path counts from the folder of this file',
      );
  }
}

/** What scripts are given to where the flow says nothing. */
export function defaultShell(machine: Machine): string {
  return findProgram('bash', machine.env.PATH || USUAL_PATH, machine.folder) === null ? 'sh -e' : 'bash -eo pipefail';
}

function judgeSurroundings(
  path: readonly string[],
  surroundings: YamlSurroundings,
  flow: YamlFlow,
  complain: ParsedYaml['complain'],
  machine: Machine,
  told: Set<string>,
): void {
  const { folder } = machine;
  const isNew = (key: string) => !told.has(key) && told.add(key).size > 0;
  const place = (key: string) => placeOf(path, key, flow);
  for (const file of surroundings.envFiles) {
    if (!isNew(`env_file ${file}`)) continue;
    const whole = resolve(folder, file);
    if (!existsSync(whole) || !statSync(whole).isFile())
      complain(
        'error',
        place('env_file'),
        `there is no file ${whole}`,
        `make it, with lines of NAME=value; its path counts from the folder of this file`,
      );
    else tellBadLines(whole, place('env_file'), complain);
  }
  for (const name of surroundings.secrets)
    if (machine.secrets?.has(name) === false && isNew(`secret ${name}`))
      complain(
        'warning',
        place('secrets'),
        `there is no secret ${name} in this database`,
        `set it before the flow runs: weir secret set ${name}`,
      );
  const { shell } = surroundings;
  if (shell !== null && isNew(`shell ${shell}`)) {
    const [program = ''] = shell.trim().split(/\s+/);
    const { venv } = flow.surroundings;
    const paths = [...(venv === null ? [] : [join(resolve(folder, venv), 'bin')]), machine.env.PATH ?? ''].join(':');
    if (findProgram(program, paths, folder) === null)
      complain(
        'error',
        place('shell'),
        `${program} is not there: it is looked for in PATH (${paths})`,
        `install it, or give its path: shell: /path/to/${basename(program)}`,
      );
  }
  const working = literal(surroundings.workingDir);
  if (working !== null && isNew(`folder ${working}`) && !isFolder(resolve(folder, working)))
    complain(
      'warning',
      place('working_dir'),
      `there is no folder ${resolve(folder, working)} now`,
      'a task can make it before; else make it',
    );
}

/** Where a holder has it from: itself, `defaults`, or the flow; what does not stand there is told one level up. */
function placeOf(path: readonly string[], key: string, flow: YamlFlow): readonly string[] {
  const value = ({ shell, workingDir, secrets, envFiles }: YamlSurroundings) =>
    JSON.stringify({ shell, working_dir: workingDir, secrets, env_file: envFiles }[key]);
  if (path.length === 0) return [key];
  const task = flow.tasks.find((each) => each.name === path[1]);
  const isShared =
    task !== undefined &&
    flow.tasks.length > 1 &&
    flow.tasks.every((each) => value(each.surroundings) === value(task.surroundings));
  return isShared ? ['defaults', key] : [...path, key];
}

function tellBadLines(path: string, place: readonly string[], complain: ParsedYaml['complain']): void {
  try {
    const { faults } = parseEnvFile(readFileSync(path, 'utf8'));
    for (const { line, sentence } of faults.slice(0, 5))
      complain('error', place, `${path}:${line}: ${sentence}`, 'a line is NAME=value; comments begin with #');
  } catch (error) {
    complain('error', place, `${path} cannot be read: ${(error as Error).message}`, 'check its rights');
  }
}

/** Its text where nothing is replaced in it. */
function literal(template: YamlTemplate | null): string | null {
  return template === null || template.expressions.length > 0 ? null : (template.parts[0] ?? null);
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

/** In the words in which the run would be refused. */
function tellRefused(place: readonly string[], enter: () => unknown, complain: ParsedYaml['complain']): void {
  try {
    enter();
  } catch (error) {
    const { message, hint = '' } = error as WeirError;
    complain('error', place, message, hint);
  }
}

/** The folder that paths of a flow count from. */
export function folderOf(path: string): string {
  return dirname(resolve(path));
}
