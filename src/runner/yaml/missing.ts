/**
 * What a flow needs of this machine and does not find: files of variables, its Python environment, shells, folders,
 * files of subflows. Only looks; what is wrong goes to the flow's problems, at the line that asked for it.
 */
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { basename, delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import type { ParsedYaml } from './parse.ts';
import type { YamlFlow, YamlSurroundings, YamlTemplate } from './yaml-flow.ts';

export interface Machine {
  /** Folder of the flow file. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Tells what is not there. */
export function findMissing(flow: YamlFlow, { complain }: ParsedYaml, machine: Machine): void {
  const { folder } = machine;
  const { venv, conda } = flow.surroundings;
  if (venv !== null && findVenv(resolve(folder, venv)) === null)
    complain(
      'error',
      ['venv'],
      `there is no Python environment in ${resolve(folder, venv)}`,
      `make it: python3 -m venv ${venv}`,
    );
  if (conda !== null) {
    const isPath = conda.includes('/');
    if (isPath && !isFolder(resolve(folder, conda)))
      complain(
        'error',
        ['conda'],
        `there is no conda environment in ${resolve(folder, conda)}`,
        `make it: conda create -p ${conda} python`,
      );
    else if (!isPath && !['conda', 'mamba', 'micromamba'].some((name) => findProgram(name, machine) !== null))
      complain(
        'error',
        ['conda'],
        `conda is not in PATH (${machine.env.PATH ?? ''})`,
        'name the environment by its path: conda: /home/me/miniconda3/envs/ml',
      );
  }
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

/** The folder of an environment's programs; null where it is none. */
export function findVenv(path: string): string | null {
  return (
    ['bin', 'Scripts']
      .map((name) => join(path, name))
      .find((bin) => existsSync(join(bin, 'python')) || existsSync(join(bin, 'python.exe'))) ?? null
  );
}

/** Where PATH has a program; a path is taken as it is. */
export function findProgram(program: string, { env, folder }: Machine): string | null {
  const places = program.includes('/')
    ? [resolve(folder, program)]
    : (env.PATH ?? '')
        .split(delimiter)
        .filter(isAbsolute)
        .map((each) => join(each, program));
  return places.find(isExecutable) ?? null;
}

/** What scripts are given to where the flow says nothing. */
export function defaultShell(machine: Machine): string {
  return findProgram('bash', machine) === null ? 'sh -e' : 'bash -eo pipefail';
}

/** Names and lines at fault of a file of NAME=value lines. */
export function readEnvFile(text: string): { readonly names: readonly string[]; readonly badLines: readonly number[] } {
  const names: string[] = [];
  const badLines: number[] = [];
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const name = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=/.exec(line)?.[1];
    if (name === undefined) badLines.push(at + 1);
    else names.push(name);
  }
  return { names, badLines };
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
  const { shell } = surroundings;
  if (shell !== null && isNew(`shell ${shell}`)) {
    const [program = ''] = shell.trim().split(/\s+/);
    const venv = flow.surroundings.venv === null ? null : findVenv(resolve(folder, flow.surroundings.venv));
    const paths = [...(venv === null ? [] : [venv]), machine.env.PATH ?? ''].join(delimiter);
    if (findProgram(program, { folder, env: { ...machine.env, PATH: paths } }) === null)
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
  const value = (surroundings: YamlSurroundings) =>
    JSON.stringify(
      key === 'shell' ? surroundings.shell : key === 'working_dir' ? surroundings.workingDir : surroundings.envFiles,
    );
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
    const { badLines } = readEnvFile(readFileSync(path, 'utf8'));
    if (badLines.length > 0)
      complain(
        'error',
        place,
        `${path}: line ${badLines.slice(0, 5).join(', ')} is no NAME=value`,
        'comments begin with #',
      );
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

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The folder that paths of a flow count from. */
export function folderOf(path: string): string {
  return dirname(resolve(path));
}
