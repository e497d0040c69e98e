/**
 * What user code in a host may start by itself. Its owner is told before the first child, so that children can be
 * looked for when the host ends; and `process.execPath`, which is Weir itself in the executable, is a real Node for it.
 * Put on when user code first asks for `node:child_process`.
 */
import { accessSync, constants, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { isSea } from 'node:sea';
import { WeirError } from '../../model/errors.ts';

const SYNCHRONOUS = ['spawnSync', 'execSync', 'execFileSync'] as const;

const STDOUT = 1;
const STDERR = 2;

type Starter = (this: unknown, ...args: unknown[]) => unknown;

/** `sharesStdout`: what inherits standard output gets standard error instead, for results are printed there. */
export function watchChildProcesses(onFirst: () => void, sharesStdout: boolean): void {
  const childProcess = process.getBuiltinModule('node:child_process');
  const weir = isSea() ? process.execPath : null;
  const node = weir === null ? null : findNode(process.env.PATH ?? '', weir);
  // Libraries start further Nodes by this path, `fork()` too.
  if (node !== null) process.execPath = node;
  let isFirst = true;
  const before = (program: unknown) => {
    if (weir !== null && node === null && program === weir) refuse(weir);
    if (isFirst) onFirst();
    isFirst = false;
  };

  // spawn, exec, execFile and fork, in all their forms, end here.
  const prototype = childProcess.ChildProcess.prototype as unknown as { spawn: Starter };
  const { spawn } = prototype;
  prototype.spawn = function (options) {
    before((options as { file?: unknown } | undefined)?.file);
    return spawn.call(this, sharesStdout ? awayFromStdout(options) : options);
  };
  const starters = childProcess as unknown as Record<(typeof SYNCHRONOUS)[number], Starter>;
  for (const name of SYNCHRONOUS) {
    const original = starters[name];
    starters[name] = (...args) => {
      before(args[0]);
      return original(...(sharesStdout ? args.map(awayFromStdout) : args));
    };
  }
}

/** Options of a start with standard error in every place of standard output; anything else as it is. */
function awayFromStdout(options: unknown): unknown {
  if (typeof options !== 'object' || options === null || Array.isArray(options) || !('stdio' in options))
    return options;
  const { stdio } = options;
  if (stdio === 'inherit') return { ...options, stdio: ['inherit', STDERR, STDERR] };
  if (!Array.isArray(stdio)) return options;
  return {
    ...options,
    stdio: stdio.map((each: unknown, place) =>
      each === STDOUT || each === process.stdout || (each === 'inherit' && place === STDOUT) ? STDERR : each,
    ),
  };
}

function refuse(weir: string): never {
  throw new WeirError(
    'not-found',
    `another Node was to be started, but there is none in PATH: process.execPath is Weir itself (${weir})`,
    { hint: 'install Node, or run the script by a command of its own' },
  );
}

/** The first `node` in PATH that is not Weir under another name. */
function findNode(path: string, weir: string): string | null {
  for (const folder of path.split(delimiter)) {
    const candidate = join(folder, process.platform === 'win32' ? 'node.exe' : 'node');
    try {
      accessSync(candidate, constants.X_OK);
      if (folder !== '' && realpathSync(candidate) !== realpathSync(weir)) return candidate;
    } catch {
      // not here
    }
  }
  return null;
}
