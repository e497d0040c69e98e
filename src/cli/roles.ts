/** How this executable is started in its other roles. */
import { isSea } from 'node:sea';

/** Where the bundle is run by Node itself (while it is built, or to be profiled), Node needs its name. */
const SELF = isSea() ? [process.execPath] : [process.execPath, process.argv[1] ?? ''];

/** The helper process that runs shell commands. */
export const SPAWNER_ARGV: readonly string[] = [...SELF, '--role=spawner'];
/** The runner of a process host. */
export const RUNNER_ARGV: readonly string[] = [...SELF, '--role=runner'];
