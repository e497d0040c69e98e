/** The configuration file of this command: looked for once, before the command begins. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type ConfigFile, databaseOf, type Flags, resolveSetting, settingOf } from '../config.ts';
import { CONFIG_FILE_NAME, findConfigFile, readConfigFile, refuseProblems } from '../config-file.ts';

let found: ConfigFile | null = null;

/** What `readConfiguration` has found. */
export function configuration(): ConfigFile | null {
  return found;
}

/** @throws WeirError `usage` when the file is not valid: a command must not run with half of what was asked for */
export async function readConfiguration(flags: Flags): Promise<void> {
  const path = configPath(flags);
  if (path === null) return;
  const { file, problems } = await readConfigFile(path);
  refuseProblems(path, problems);
  found = file;
}

/** From the working folder upwards, then beside the database; null: there is none. Costs a few looks at folders. */
export function configPath(flags: Flags): string | null {
  const above = findConfigFile(workingFolder());
  if (above !== null) return above;
  const beside = besideDatabase(flags);
  return beside !== null && existsSync(beside) ? beside : null;
}

/** Where `weir config set` writes when there is no file yet; null without a home folder. */
export function besideDatabase(flags: Flags): string | null {
  try {
    const resolved = resolveSetting(settingOf('db'), flags, process.env, null);
    return join(dirname(databaseOf(resolved, process.env)), CONFIG_FILE_NAME);
  } catch {
    // Whether the database can be named is for the commands that need it.
    return null;
  }
}

function workingFolder(): string {
  try {
    return process.cwd();
  } catch {
    return '/';
  }
}
