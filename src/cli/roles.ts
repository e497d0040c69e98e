/** How this executable is started in its other roles. */

/** The helper process that runs shell commands. */
export const SPAWNER_ARGV: readonly string[] = [process.execPath, '--role=spawner'];
/** The runner of a process host. */
export const RUNNER_ARGV: readonly string[] = [process.execPath, '--role=runner'];
