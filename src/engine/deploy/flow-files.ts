/** Which files hold flows: told by their names and a look at their text. Nothing is loaded to know that. */
import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { nearest, WeirError } from '../../model/errors.ts';
import { execHint } from '../../model/exec-hint.ts';
import { isYamlFile } from '../../model/flow-file.ts';

const FLOW_FILE = /\.(ts|mts|js|mjs)$/;
/** Other programs have YAML files too; those that hold a flow say so in their first column. */
const HAS_TASKS = /^(["']?)tasks\1\s*:/m;
/** Only files that import Weir can hold a flow; everything else need not be loaded to know that. */
const IMPORTS_WEIR = /(from|import|require)\s*\(?\s*['"]weir['"]/;
/** By its name, or with all the rest. */
const IMPORTS_FLOW =
  /import\s*\{[^}]*\bflow\b[^}]*\}\s*from\s*['"]weir['"]|\*\s*as\s+\w+\s+from\s*['"]weir['"]|(?:require|import)\s*\(\s*['"]weir['"]/;
/** Nobody writes a larger flow by hand: bundles and data need not be read. */
const LARGEST_FLOW_FILE = 4 * 1024 * 1024;

/**
 * Flow files below a file or folder, without hidden folders and node_modules; of a file that is named itself, it is
 * believed that it is one.
 */
export function flowFilesIn(path: string): string[] {
  if (!existsSync(path)) refuseMissing(path);
  if (statSync(path).isFile()) return [refuseOther(path)];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => !isPassedOver(entry.name))
    .flatMap((entry) => {
      const below = join(path, entry.name);
      if (entry.isDirectory()) return flowFilesIn(below);
      return entry.isFile() && isFlowFile(below) ? [below] : [];
    })
    .sort();
}

/** Folders and files that are never looked into. */
export function isPassedOver(name: string): boolean {
  return name.startsWith('.') || name === 'node_modules';
}

/** By its name. */
export function mayBeFlowFile(path: string): boolean {
  return isYamlFile(path) || (FLOW_FILE.test(path) && !path.endsWith('.d.ts'));
}

/** By its name and its text. */
export function isFlowFile(path: string): boolean {
  if (!mayBeFlowFile(path)) return false;
  try {
    return statSync(path).size <= LARGEST_FLOW_FILE && isFlowText(path, readFileSync(path, 'utf8'));
  } catch {
    // Who names it is told why it cannot be read.
    return false;
  }
}

/** Whether a text holds a flow, in a file that may hold one. */
export function isFlowText(path: string, text: string): boolean {
  if (isYamlFile(path)) return HAS_TASKS.test(text);
  if (!IMPORTS_WEIR.test(text) || !/\bflow\b/.test(text)) return false;
  // A file that declares deployments says `flow:`, and makes none.
  return !/\bdeployment\b/.test(text) || IMPORTS_FLOW.test(text);
}

/** A Python or shell script is no flow, but may well be meant as one step. */
export function refuseOther(path: string, typed = path): string {
  if (FLOW_FILE.test(path) || isYamlFile(path)) return path;
  throw new WeirError('usage', `${path} is no flow file: flows are TypeScript, JavaScript or YAML`, {
    hint: execHint(typed, isExecutable(path)),
  });
}

export function refuseMissing(path: string): never {
  const folder = resolve(path, '..');
  // A link that leads nowhere is there, and would be proposed.
  const others = existsSync(folder) ? readdirSync(folder).filter((name) => name !== basename(path)) : [];
  const near = nearest(basename(path), others);
  throw new WeirError(
    'usage',
    `there is no file or folder ${path}`,
    near === undefined ? {} : { hint: `did you mean ${near}?` },
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
