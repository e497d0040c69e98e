/**
 * From a file to its flows: TypeScript is stripped of its types, "weir" is this runner's own SDK, imports without
 * extension are found, and every project file that was read is part of the code's hash.
 * Must be installed before any user code is loaded; never used on a server's main thread. What is read: code-version.ts.
 */
import { existsSync, statSync } from 'node:fs';
import { enableCompileCache, flushCompileCache, registerHooks } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { nearest, WeirError } from '../model/errors.ts';
import { execHint } from '../model/exec-hint.ts';
import { isYamlFile } from '../model/flow-file.ts';
import { callableFlow, type FlowDefinition } from '../sdk/flow.ts';
import * as sdk from '../sdk/index.ts';
import { type CodeVersion, isOfProject } from './code-version.ts';
import { importModule } from './import-module.ts';
import { ExportsNoFlow, exportedFlows, type LoadedFile, type LoadedFlow } from './loaded-file.ts';
import type { YamlModule } from './yaml/module.ts';
import { loadYamlFile } from './yaml-file.ts';

const SDK_URL = 'weir:sdk';
const LOAD_YAML = Symbol.for('weir.load-yaml');
const EXTENSIONS = ['.ts', '.mts', '.js', '.mjs', '.json', '/index.ts', '/index.js'];

/** Redirects "weir" and teaches this thread's loader TypeScript. `onAsked` hears of every specifier first. Call once. */
export function installLoader(
  version: CodeVersion,
  compileCache: string | null,
  loadYaml: () => YamlModule,
  onAsked: (specifier: string) => void,
): void {
  // Stripped and compiled code of the last run is taken again: the type stripper alone costs 40 ms to start.
  if (compileCache !== null) enableCompileCache(compileCache);
  (globalThis as Record<symbol, unknown>)[Symbol.for('weir.sdk')] = sdk;
  (globalThis as Record<symbol, unknown>)[LOAD_YAML] = (path: string) =>
    callableFlow(loadYamlFile(path, version, loadYaml().yamlModule).flows[0]?.definition as FlowDefinition);
  registerHooks({
    resolve(specifier, context, nextResolve) {
      onAsked(specifier);
      if (specifier === 'weir') return { url: SDK_URL, format: 'module', shortCircuit: true };
      const kept = version.givenImport(specifier, context.parentURL);
      if (kept !== null) return { url: kept, shortCircuit: true };
      try {
        const resolved = nextResolve(specifier, context);
        version.noteImport(specifier, context.parentURL, resolved.url);
        return resolved;
      } catch (error) {
        const found = withoutExtension(specifier, context.parentURL);
        if (found === null) throw explainMissing(version, error, specifier, context.parentURL);
        version.noteImport(specifier, context.parentURL, found);
        return { url: found, shortCircuit: true };
      }
    },
    load(url, context, nextLoad) {
      if (url === SDK_URL) return { format: 'module', source: sdkModule(), shortCircuit: true };
      if (!isOfProject(url)) return nextLoad(url, context);
      const path = fileURLToPath(url);
      if (isYamlFile(path)) return { format: 'module', source: yamlSource(path), shortCircuit: true };
      if (/\.[mc]?[jt]s$/.test(path))
        return { format: formatOf(path), source: version.readSource(path), shortCircuit: true };
      if (!path.endsWith('.json')) return nextLoad(url, context);
      if (version.isGiven(path)) return { format: 'json', source: version.readSource(path), shortCircuit: true };
      return { ...nextLoad(url, context), source: version.readSource(path) };
    },
  });
}

/**
 * Loads a file and finds the flows that it exports.
 * @throws WeirError `invalid-flow`: file, line and what is wrong, in words
 */
export async function loadFile(path: string, version: CodeVersion, loadYaml: () => YamlModule): Promise<LoadedFile> {
  if (isYamlFile(path)) return loadYamlFile(path, version, loadYaml().yamlModule);
  const url = pathToFileURL(path).href;
  const isKept = version.givenImport(url, undefined) !== null;
  if (!isKept && (!existsSync(path) || !statSync(path).isFile()))
    throw new WeirError('invalid-flow', `${path} is not a file`);
  let exported: Record<string, unknown>;
  try {
    exported = await importModule(url);
    // Now, because a host is ended without notice.
    flushCompileCache();
  } catch (error) {
    throw explainFailure(error, path);
  }
  const flows = exportedFlows(path, exported);
  if (flows.length === 0) {
    const hint = 'export one: export default flow({ name: "..." }, async () => { ... })';
    throw new ExportsNoFlow('invalid-flow', `${path} exports no flow`, {
      hint: isShellWork(path) ? execHint(path, false) : hint,
    });
  }
  refuseTwice(path, flows);
  return { path, flows };
}

function refuseTwice(path: string, flows: readonly LoadedFlow[]): void {
  const seen = new Map<string, LoadedFlow>();
  for (const flow of flows) {
    const other = seen.get(flow.name);
    if (other !== undefined && other.definition !== flow.definition) {
      throw new WeirError(
        'invalid-flow',
        `${path} exports two flows named "${flow.name}" (${other.entry} and ${flow.entry})`,
        { hint: 'give one of them another name' },
      );
    }
    seen.set(flow.name, flow);
  }
}

/** A YAML flow as TypeScript imports it: its flow is the default export. */
function yamlSource(path: string): string {
  return `export default globalThis[Symbol.for('weir.load-yaml')](${JSON.stringify(path)});\n`;
}

/** The SDK as a module: every export is taken from this runner's own copy, so that classes are the same. */
function sdkModule(): string {
  const names = Object.keys(sdk).map((name) => `export const ${name} = sdk.${name};`);
  return `const sdk = globalThis[Symbol.for('weir.sdk')];\n${names.join('\n')}\n`;
}

/** CommonJS only where its name says so; a flow file without package.json is a module. */
function formatOf(path: string): string {
  const kind = /\.c[jt]s$/.test(path) ? 'commonjs' : 'module';
  return /\.[mc]?ts$/.test(path) ? `${kind}-typescript` : kind;
}

function withoutExtension(specifier: string, parentUrl: string | undefined): string | null {
  if (parentUrl === undefined || !/^\.{0,2}\//.test(specifier) || !parentUrl.startsWith('file:')) return null;
  const base = join(dirname(fileURLToPath(parentUrl)), specifier);
  // `./features.js` may mean features.ts, as TypeScript itself resolves it.
  const bases = extname(base) === '.js' ? [base, base.slice(0, -3)] : [base];
  for (const candidate of bases) {
    const found = EXTENSIONS.find((extension) => existsSync(candidate + extension));
    if (found !== undefined) return pathToFileURL(candidate + found).href;
  }
  return null;
}

function explainMissing(
  version: CodeVersion,
  error: unknown,
  specifier: string,
  parentUrl: string | undefined,
): unknown {
  const code = (error as { code?: string }).code;
  if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') return error;
  const importer = parentUrl?.startsWith('file:') ? fileURLToPath(parentUrl) : null;
  const { place, excerpt } =
    importer === null ? { place: '', excerpt: '' } : placeOfImport(version.sourceOf(importer), specifier);
  const where = importer === null ? '' : `${importer}${place}: `;
  const isRelative = specifier.startsWith('.') || specifier.startsWith('/');
  return new WeirError(
    'invalid-flow',
    `${where}cannot find ${isRelative ? 'the file' : 'the package'} "${specifier}" that it imports${excerpt}`,
    {
      hint: isRelative
        ? 'check the path'
        : `npm install ${specifier
            .split('/')
            .slice(0, specifier.startsWith('@') ? 2 : 1)
            .join('/')}`,
      cause: error,
    },
  );
}

/** Where a file imports something: line and column, and the line itself with a mark below. */
function placeOfImport(source: string, specifier: string): { readonly place: string; readonly excerpt: string } {
  const lines = source.split('\n');
  for (const [index, line] of lines.entries()) {
    const column = Math.max(line.indexOf(`'${specifier}'`), line.indexOf(`"${specifier}"`));
    if (column === -1) continue;
    const mark = `${' '.repeat(column)}${'^'.repeat(specifier.length + 2)}`;
    return { place: `:${index + 1}:${column + 1}`, excerpt: `\n${line}\n${mark}` };
  }
  return { place: '', excerpt: '' };
}

/** An import that failed: a syntax error keeps its excerpt; an error thrown while loading keeps its first place. */
function explainFailure(error: unknown, path: string): unknown {
  if ((error as { name?: string })?.name === 'WeirError') return atDefinition(error as WeirError);
  if (!(error instanceof Error))
    return new WeirError('invalid-flow', `${path} threw a value that is no Error while it was loaded`, {
      cause: error,
    });
  const stack = error.stack ?? '';
  const place = /file:\/\/[^\s)]+?:\d+(?::\d+)?/.exec(stack)?.[0];
  const at = place === undefined ? path : placeOf(place);
  if (error instanceof SyntaxError) {
    const missing = /does not provide an export named '([^']+)'/.exec(error.message)?.[1];
    const hint = hintFor(error, missing);
    return new WeirError('invalid-flow', `${syntaxPlace(error) ?? at}: ${error.message}${excerptOf(stack)}`, {
      cause: error,
      ...hint,
    });
  }
  return new WeirError('invalid-flow', `${at}: ${error.name} while the file was loaded: ${error.message}`, {
    cause: error,
  });
}

/** `file.ts:3:9`: the excerpt at the head of the stack says the line, and marks the column below it. */
function syntaxPlace(error: SyntaxError): string | null {
  const [head = ''] = (error.stack ?? '').split('\n');
  const match = /^(?:file:\/\/)?(\/.*):(\d+)$/.exec(head);
  if (match?.[1] === undefined) return null;
  const path = head.startsWith('file:') ? fileURLToPath(`file://${match[1]}`) : match[1];
  const mark = excerptLines(error.stack ?? '').at(-1) ?? '';
  return `${path}:${match[2]}:${mark.indexOf('^') + 1}`;
}

function excerptOf(stack: string): string {
  return excerptLines(stack)
    .map((line) => `\n${line}`)
    .join('');
}

/** Lines of the source up to the marks below the one at fault. */
function excerptLines(stack: string): readonly string[] {
  const lines = stack.split('\n');
  const marks = lines.findIndex((line) => /^\s*\^+\s*$/.test(line));
  return marks === -1 ? [] : lines.slice(Math.max(1, marks - 2), marks + 1);
}

function hintFor(error: SyntaxError, missing: string | undefined): { hint?: string } {
  if (missing !== undefined && / module 'weir' /.test(error.message)) return { hint: sdkHint(missing) };
  if (missing !== undefined) return { hint: `if "${missing}" is a type, write "import type"` };
  if ((error as { code?: string }).code !== 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') return {};
  return {
    hint: 'only types that can be left out are understood: write a plain object for an enum, a module for a namespace, and assign a parameter property in the constructor',
  };
}

function sdkHint(name: string): string {
  const near = nearest(name, Object.keys(sdk));
  const asType = `if "${name}" is a type, write "import type"`;
  return near === undefined ? asType : `did you mean ${near}? ${asType}`;
}

/** Definition errors of flow() and task() name the line where they were written. */
function atDefinition(error: WeirError): WeirError {
  if (error.code === 'invalid-flow') return error;
  const place = (error.stack ?? '')
    .split('\n')
    .find((line) => line.includes('file://') && !line.includes('node_modules'));
  const found = place === undefined ? undefined : /file:\/\/[^\s)]+?:\d+/.exec(place)?.[0];
  const where = found === undefined ? '' : `${placeOf(found)}: `;
  return new WeirError('invalid-flow', `${where}${error.message}`, {
    cause: error,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  });
}

function placeOf(place: string): string {
  const match = /^(file:\/\/.*?):(\d+)(?::\d+)?$/.exec(place);
  return match?.[1] === undefined ? place : `${fileURLToPath(match[1])}:${match[2]}`;
}

function isShellWork(path: string): boolean {
  return /\.(py|sh|r|R|bash)$/.test(path);
}
