/** `weir run FILE[:FLOW]`, or nothing: which file, which flow in it. */
import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { nearest, WeirError } from '../model/errors.ts';
import { execHint } from '../model/exec-hint.ts';
import type { FlowDescription } from '../model/flow-description.ts';

export interface Target {
  readonly path: string;
  readonly flow: string | null;
}

const FLOW_FILE = /\.(ts|mts|js|mjs)$/;
const YAML_FILE = /\.ya?ml$/;
/** Other programs have YAML files too; those that hold a flow say so in their first column. */
const HAS_TASKS = /^(["']?)tasks\1\s*:/m;
/** Only files that import Weir can hold a flow; everything else need not be loaded to know that. */
const IMPORTS_WEIR = /(from|import|require)\s*\(?\s*['"]weir['"]/;

export function parseTarget(text: string | undefined): Target {
  if (text === undefined) return { path: onlyFlowFile(process.cwd()), flow: null };
  const whole = resolve(text);
  if (existsSync(whole))
    return { path: statSync(whole).isDirectory() ? onlyFlowFile(whole) : refuseOther(whole, text), flow: null };
  const colon = text.lastIndexOf(':');
  if (colon > 0 && existsSync(resolve(text.slice(0, colon))))
    return { path: refuseOther(resolve(text.slice(0, colon)), text.slice(0, colon)), flow: text.slice(colon + 1) };
  const folder = resolve(text, '..');
  const near = existsSync(folder) ? nearest(basename(text), readdirSync(folder)) : undefined;
  throw new WeirError('usage', `there is no file ${text}`, near === undefined ? {} : { hint: `did you mean ${near}?` });
}

/** The flow that `name` asks for; without a name the only one, or the default export. */
export function chooseDescription(
  path: string,
  flows: readonly FlowDescription[],
  name: string | null,
): FlowDescription {
  const names = flows.map((flow) => flow.name);
  const chosen =
    name === null
      ? flows.length === 1
        ? flows[0]
        : flows.find((flow) => flow.entry === 'default')
      : flows.find((flow) => flow.name === name || flow.entry === name);
  if (chosen !== undefined) return chosen;
  const near = name === null ? undefined : nearest(name, names);
  if (name === null)
    throw new WeirError('usage', `${path} exports ${names.length} flows: ${names.join(', ')}`, {
      hint: `choose one: weir run ${basename(path)}:${names[0]}`,
    });
  throw new WeirError(
    'usage',
    `${path} exports no flow "${name}"; it exports ${names.join(', ')}`,
    near === undefined ? {} : { hint: `did you mean ${near}?` },
  );
}

/**
 * Flow files below a file or folder, without hidden folders and node_modules; of a file that is named itself, it is
 * believed that it is one.
 */
export function flowFilesIn(path: string): string[] {
  if (!existsSync(path)) refuseMissing(path);
  if (statSync(path).isFile()) return [refuseOther(path)];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => !entry.name.startsWith('.') && entry.name !== 'node_modules')
    .flatMap((entry) => {
      const below = join(path, entry.name);
      if (entry.isDirectory()) return flowFilesIn(below);
      return entry.isFile() && (isFlowFile(below) || isYamlFlow(below)) ? [below] : [];
    })
    .sort();
}

export function isYaml(path: string): boolean {
  return YAML_FILE.test(path);
}

function isYamlFlow(path: string): boolean {
  if (!YAML_FILE.test(path)) return false;
  try {
    return HAS_TASKS.test(readFileSync(path, 'utf8'));
  } catch {
    // Who names it is told why it cannot be read.
    return false;
  }
}

function refuseMissing(path: string): never {
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

function isFlowFile(path: string): boolean {
  return (
    FLOW_FILE.test(path) &&
    !path.endsWith('.d.ts') &&
    IMPORTS_WEIR.test(readFileSync(path, 'utf8')) &&
    /\bflow\b/.test(readFileSync(path, 'utf8'))
  );
}

function onlyFlowFile(folder: string): string {
  const files = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(folder, entry.name))
    .filter((path) => isFlowFile(path) || isYamlFlow(path));
  if (files.length === 1 && files[0] !== undefined) return files[0];
  if (files.length === 0)
    throw new WeirError('usage', `there is no flow in ${folder}`, {
      hint: 'name a file: weir run flow.ts; or make one: weir init',
    });
  throw new WeirError(
    'usage',
    `${folder} has ${files.length} flow files: ${files.map((file) => basename(file)).join(', ')}`,
    { hint: `choose one: weir run ${basename(files[0] as string)}` },
  );
}

/** A Python or shell script is no flow, but may well be meant as one step. */
function refuseOther(path: string, typed = path): string {
  if (FLOW_FILE.test(path) || YAML_FILE.test(path)) return path;
  throw new WeirError('usage', `${path} is no flow file: flows are TypeScript, JavaScript or YAML`, {
    hint: execHint(typed, isExecutable(path)),
  });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
