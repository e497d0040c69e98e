/**
 * Runs of `weir exec`: their flow is no file of the user's but a description of the command, which is kept with the run
 * as its code version. Its path says the folder that the command runs in; nothing is ever read from there. Pure.
 */

/** What the description is called. A file of this name would never be looked at. */
const EXEC_FILE = '.weir-exec.yaml';

/** The path of a run whose command runs in `folder`, an absolute path. */
export function execPath(folder: string): string {
  return `${folder.replace(/\/$/, '')}/${EXEC_FILE}`;
}

/** Whether the code of a run with this path is only what was kept with it. */
export function isExecPath(path: string): boolean {
  return path.endsWith(`/${EXEC_FILE}`);
}
