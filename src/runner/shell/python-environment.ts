/**
 * The Python environment that a command is to find first: a venv, or a conda environment by name or folder. Both are
 * entered without starting anything: PATH and a few variables are all that activating them comes to. What a conda
 * environment has in etc/conda/activate.d is sourced just before the command, as `conda activate` does.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { WeirError } from '../../model/errors.ts';
import { findProgram } from './programs.ts';

export interface PythonEnvironment {
  /** Folders of its programs, to stand first in PATH. */
  readonly bins: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  /** It has scripts that a shell must source before the command. */
  readonly hasScripts: boolean;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** The venv in `path`, which counts from `dir`. @throws WeirError `not-found` */
export function enterVenv(path: string, dir: string): PythonEnvironment {
  const folder = resolve(dir, path);
  const bin = join(folder, 'bin');
  if (!existsSync(join(bin, 'python')))
    throw new WeirError(
      'not-found',
      isFolder(folder)
        ? `the venv ${path} is not usable: there is no ${join(bin, 'python')} (or it leads to a Python that is gone)`
        : `the venv ${path} does not exist: ${folder}`,
      { hint: `make it: python3 -m venv ${folder}` },
    );
  return { bins: [bin], variables: { VIRTUAL_ENV: folder }, hasScripts: false };
}

/** The conda environment of that name, or in that folder. `env` is what conda would find. @throws WeirError `not-found` */
export function enterConda(nameOrPath: string, dir: string, env: Variables): PythonEnvironment {
  const prefix = nameOrPath.includes('/') ? condaFolder(nameOrPath, dir) : condaNamed(nameOrPath, env);
  return {
    bins: [join(prefix, 'bin')],
    variables: {
      ...storedVariables(prefix),
      CONDA_PREFIX: prefix,
      CONDA_DEFAULT_ENV: nameOrPath.includes('/') ? prefix : nameOrPath,
      CONDA_SHLVL: '1',
    },
    hasScripts: activationScripts(prefix).length > 0,
  };
}

/** `argv` after the environment's own scripts have run. What they print goes to standard error, as it is no result. */
export function withActivation(argv: readonly string[], shell: 'bash' | 'sh'): string[] {
  return [shell, '-c', ACTIVATE, 'weir', ...argv];
}

const ACTIVATE =
  'for weir_script in "$CONDA_PREFIX"/etc/conda/activate.d/*.sh; do . "$weir_script" >&2; done; unset weir_script; exec "$@"';

function condaFolder(path: string, dir: string): string {
  const prefix = path.startsWith('~/') ? join(homedir(), path.slice(2)) : resolve(dir, path);
  if (isConda(prefix)) return prefix;
  throw new WeirError(
    'not-found',
    isFolder(prefix)
      ? `${prefix} is no conda environment: it has no folder conda-meta`
      : `the conda environment ${path} does not exist: ${prefix}`,
    { hint: `make it: conda create -p ${prefix} python` },
  );
}

function condaNamed(name: string, env: Variables): string {
  const home = env.HOME ?? homedir();
  const roots = condaRoots(env, home).filter(isFolder);
  if (name === 'base') {
    const root = roots.find(isConda);
    if (root !== undefined) return root;
  }
  const folders = [
    ...(env.CONDA_ENVS_PATH ?? env.CONDA_ENVS_DIRS ?? '').split(':').filter(Boolean),
    ...roots.map((root) => join(root, 'envs')),
    join(home, '.conda/envs'),
  ];
  const known = knownPrefixes(home);
  const found = [...folders.map((folder) => join(folder, name)), ...known.filter((each) => basename(each) === name)];
  const prefix = found.find(isConda);
  if (prefix !== undefined) return prefix;
  const names = [...new Set([...folders.flatMap(namesIn), ...known.map((each) => basename(each))])].sort();
  throw new WeirError('not-found', notFound(name, roots, names), {
    hint:
      roots.length === 0
        ? 'name the environment by its folder (conda: /home/me/miniconda3/envs/ml), or set CONDA_EXE'
        : `make it: conda create -n ${name} python; or name an environment by its folder`,
  });
}

function notFound(name: string, roots: readonly string[], names: readonly string[]): string {
  if (roots.length === 0)
    return `the conda environment "${name}" was not found, nor conda itself: it is neither in CONDA_EXE nor in PATH nor in a usual folder such as ~/miniconda3`;
  const there = names.length === 0 ? 'there are none' : `there are ${names.slice(0, 10).join(', ')}`;
  return `the conda environment "${name}" was not found: ${there} (conda is in ${roots.join(', ')})`;
}

const USUAL_ROOTS = ['miniconda3', 'miniforge3', 'anaconda3', 'mambaforge', 'micromamba', 'miniconda', 'anaconda'];

/** Where conda is installed, as the user's own shell would find it first. */
function condaRoots(env: Variables, home: string): string[] {
  const programs = ['conda', 'mamba', 'micromamba'].map((name) => findProgram(name, env.PATH ?? '', '/'));
  const ofPrograms = [env.CONDA_EXE, env.MAMBA_EXE, ...programs].flatMap((file) =>
    // ROOT/bin/conda, and ROOT/condabin/conda
    file ? [dirname(dirname(file))] : [],
  );
  return [
    ...new Set([
      ...(env.MAMBA_ROOT_PREFIX ? [env.MAMBA_ROOT_PREFIX] : []),
      ...ofPrograms,
      ...USUAL_ROOTS.map((name) => join(home, name)),
      ...['/opt', '/usr/local', '/usr/share'].flatMap((folder) => USUAL_ROOTS.map((name) => join(folder, name))),
      '/opt/conda',
    ]),
  ];
}

/** conda notes every environment it makes there. */
function knownPrefixes(home: string): string[] {
  try {
    return readFileSync(join(home, '.conda/environments.txt'), 'utf8')
      .split('\n')
      .map((line) => line.trim())
      .filter(isConda);
  } catch {
    return [];
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => isConda(join(folder, name)));
  } catch {
    return [];
  }
}

/** What `conda env config vars set` has left. */
function storedVariables(prefix: string): Record<string, string> {
  try {
    const { env_vars: variables = {} } = JSON.parse(readFileSync(join(prefix, 'conda-meta/state'), 'utf8')) as {
      env_vars?: Record<string, unknown>;
    };
    return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, String(value)]));
  } catch {
    return {};
  }
}

function activationScripts(prefix: string): string[] {
  try {
    return readdirSync(join(prefix, 'etc/conda/activate.d')).filter((name) => name.endsWith('.sh'));
  } catch {
    return [];
  }
}

function isConda(prefix: string): boolean {
  return prefix !== '' && isFolder(join(prefix, 'conda-meta'));
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
