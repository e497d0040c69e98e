/**
 * The large scripts that the executable carries, one for each role: only what a role needs is loaded. With each lies what
 * V8 made of it when it was built (parts-compile.mjs), functions included that are compiled only when they are called:
 * compiling them at every start would take longer than all that a short command has to do.
 */
import { Script } from 'node:vm';
import { assetBytes } from './assets.ts';

/** What build.mjs makes a script of its own of: the exports of its first file. */
interface Parts {
  readonly 'command-line': typeof import('./cli/command-line.ts');
  readonly spawner: typeof import('./spawner/spawner.ts');
}

type Wrapped = (
  exports: object,
  require: (id: string) => unknown,
  module: object,
  file: string,
  folder: string,
) => void;

/** They take up to 10 ms to load, and most commands can do without: loaded when something of them is first used. */
const SLOW = new Set([
  'node:assert/strict',
  'node:crypto',
  'node:fs/promises',
  'node:http',
  'node:http2',
  'node:net',
  'node:readline/promises',
  'node:stream/promises',
  'node:tty',
  'node:v8',
  'node:worker_threads',
  'node:zlib',
]);

/** Evaluates a part; it may load nothing but what is built into Node. */
export function loadPart<Name extends keyof Parts>(name: Name): Parts[Name] {
  // ASCII alone stands in there: read as Latin-1 it needs no decoding.
  const script = new Script(assetBytes(`${name}.cjs`).toString('latin1'), {
    filename: `${name}.cjs`,
    // Made by another V8 or for another script it is not taken, which only costs time.
    cachedData: assetBytes(`${name}.code`),
  });
  const module = { exports: {} };
  const evaluate = script.runInThisContext() as Wrapped;
  evaluate(module.exports, builtin, module, import.meta.filename, import.meta.dirname);
  return module.exports as Parts[Name];
}

function builtin(id: string): object | undefined {
  const load = () => process.getBuiltinModule(id) as Record<string | symbol, unknown> | undefined;
  if (!SLOW.has(id)) return load();
  let loaded: ReturnType<typeof load>;
  const get = (_: object, name: string | symbol) => {
    loaded ??= load();
    return loaded?.[name];
  };
  return new Proxy({}, { get });
}
