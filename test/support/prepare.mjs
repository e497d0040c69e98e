/**
 * What `npm test` and `npm run demo` need on a fresh clone: packages (with them Node 26) and the executable.
 * Must run on any Node that can run npm.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
const bin = join(root, 'node_modules', '.bin');
export const node = join(bin, 'node');
/** What is tested and measured; another build of it by WEIR_TEST_EXECUTABLE. */
export const executable = process.env.WEIR_TEST_EXECUTABLE ?? join(root, 'dist', 'weir');

/** The environment in which `node` is Node 26. */
export const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` };

/** Installs what is missing; nothing when the lock file is what was installed last. */
export function install() {
  // `npm ci` empties what a link points to first: packages that several checkouts share are not ours to replace.
  if (lstatSync(join(root, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) return;
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (existsSync(installed) && existsSync(node) && modifiedAt(installed) >= modifiedAt(join(root, 'package-lock.json'))) return;
  step('installing packages', 'npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
}

/** Builds the executable where a source is newer than it. */
export function build() {
  if (process.env.WEIR_TEST_EXECUTABLE !== undefined || isFresh(executable)) return;
  step('building dist/weir', node, [join(root, 'build.mjs')]);
}

/** The executable that kills itself where it is told to, built where a source is newer; takes what lies in dist/assets. */
export function buildWithCrashPoints() {
  const crashing = join(root, 'dist', 'weir-crash');
  if (isFresh(crashing)) return crashing;
  const command = [node, join(root, 'build.mjs'), 'crash-points'];
  // Two test runs at once must not build into the same folder.
  const [program, ...args] = process.platform === 'linux' ? ['flock', join(root, 'dist', 'build.lock'), ...command] : command;
  const { status, error, stderr } = spawnSync(program, args, { cwd: root, env, stdio: ['ignore', 'ignore', 'pipe'] });
  if (status !== 0) throw new Error(`building dist/weir-crash failed: ${error?.message ?? stderr}`);
  return crashing;
}

function isFresh(built) {
  const sources = ['src', 'migrations'].flatMap((folder) => filesBelow(join(root, folder)));
  const newest = Math.max(...[...sources, join(root, 'build.mjs'), join(root, 'package-lock.json')].map(modifiedAt));
  return existsSync(built) && modifiedAt(built) > newest;
}

/** Runs a command with its output shown; ends this process when it fails. */
export function step(title, command, args) {
  process.stderr.write(`${title} ...\n`);
  const { status, error } = spawnSync(command, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status === 0) return;
  process.stderr.write(`${title} failed${error === undefined ? ` (exit ${status})` : `: ${error.message}`}\n`);
  process.exit(1);
}

function modifiedAt(path) {
  return statSync(path).mtimeMs;
}

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}
