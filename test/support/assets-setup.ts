/** Before the tests: dist/assets (runner, migrations, addon) are made from the sources where a source is newer. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Made last of what tests of sources use. */
const made = join(root, 'dist', 'assets', 'types.json.br');

// biome-ignore lint/style/noDefaultExport: vitest calls the default export of a global setup
export default function setup(): void {
  if (isFresh()) return;
  const build = [process.execPath, join(root, 'build.mjs'), 'assets'];
  // Two test runs at once must not build into the same folder.
  const lock = join(root, 'dist', 'build.lock');
  mkdirSync(dirname(lock), { recursive: true });
  const [program = '', ...args] = process.platform === 'linux' ? ['flock', lock, ...build] : build;
  execFileSync(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
}

function isFresh(): boolean {
  if (!existsSync(made)) return false;
  const madeAt = statSync(made).mtimeMs;
  return ['src', 'migrations', 'build.mjs'].every((name) => newest(join(root, name)) < madeAt);
}

function newest(path: string): number {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(stats.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}
