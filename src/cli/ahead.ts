/**
 * What a command begins before its own code is even loaded. Must load next to nothing itself, and may guess: what it
 * starts for nothing ends by itself.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { flowTarget, isScriptFile, isYamlFile } from '../model/flow-file.ts';
import { type SpawnerProcess, startSpawner } from '../pool/spawner-process.ts';
import { SPAWNER_ARGV } from './roles.ts';
import { mentionsShell } from './runs/shell-hint.ts';

/** A spawner, when the arguments of `weir run` name a file that seems to run commands. */
export function spawnerAhead(args: readonly string[]): SpawnerProcess | null {
  try {
    const file = args.map((arg) => resolve(flowTarget(arg)?.file ?? arg)).find(isScript);
    if (file === undefined || !mentionsShell(file)) return null;
    return start();
  } catch {
    // Whatever is wrong here, the command itself finds it and says it.
    return null;
  }
}

function start(hasStreams = false): SpawnerProcess {
  // Node obeys NODE_OPTIONS wherever it finds it: only the commands of flows may have it.
  const { NODE_OPTIONS: _, ...env } = process.env;
  const spawner = startSpawner(SPAWNER_ARGV, env, hasStreams);
  spawner.child.once('error', () => {});
  return spawner;
}

/** The one that `weir exec` needs in any case. */
export function spawnerForExec(): SpawnerProcess | null {
  try {
    return start(true);
  } catch {
    return null;
  }
}

function isScript(path: string): boolean {
  return (isScriptFile(path) || isYamlFile(path)) && existsSync(path);
}
