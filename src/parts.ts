/**
 * The large scripts that the executable carries: only what is needed of them is loaded (parts-bundle.mjs says what stands
 * where). With each lies what V8 made of it when it was built (parts-compile.mjs), functions included that are compiled only when they are called:
 * compiling them at every start would take longer than all that a short command has to do.
 */
import { Script } from 'node:vm';
import { assetBytes, type PartName } from './assets.ts';

/** Those that begin something: the exports of their first files. */
interface Parts {
  readonly 'command-line': typeof import('./cli/command-line.ts');
  readonly spawner: typeof import('./spawner/spawner.ts');
}

/** Modules that other parts have of one, by name; evaluated when they are asked for. */
interface Lender {
  readonly modules: Readonly<Record<string, () => object>>;
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
  'node:module',
  'node:net',
  'node:readline/promises',
  'node:stream/promises',
  'node:timers/promises',
  'node:tty',
  'node:v8',
  'node:worker_threads',
  'node:zlib',
]);

const loaded = new Map<PartName, unknown>();

/** Evaluates a part, once; it may load nothing but other parts and what is built into Node. */
export function loadPart<Name extends keyof Parts>(name: Name): Parts[Name] {
  return load(name) as Parts[Name];
}

function load(name: PartName): unknown {
  const known = loaded.get(name);
  if (known !== undefined) return known;
  // ASCII alone stands in there: read as Latin-1 it needs no decoding.
  const script = new Script(assetBytes(`${name}.cjs`).toString('latin1'), {
    filename: `${name}.cjs`,
    // Made by another V8 or for another script it is not taken, which only costs time.
    cachedData: assetBytes(`${name}.code`),
  });
  const module = { exports: {} };
  const evaluate = script.runInThisContext() as Wrapped;
  evaluate(module.exports, provide, module, import.meta.filename, import.meta.dirname);
  loaded.set(name, module.exports);
  return module.exports;
}

/** What a part `require`s: `weir:PART` gives what lends that part's modules (parts-bundle.mjs). */
function provide(id: string): unknown {
  return id.startsWith(LENDER) ? lenderOf(id.slice(LENDER.length) as PartName) : builtin(id);
}

const LENDER = 'weir:';

const lent = new Map<string, object>();

function lenderOf(part: PartName): (module: string) => object {
  return (name) => {
    const key = `${part} ${name}`;
    let module = lent.get(key);
    if (module === undefined) {
      module = ((load(part) as Lender).modules[name] as () => object)();
      lent.set(key, module);
    }
    return module;
  };
}

function builtin(id: string): object | undefined {
  const find = () => process.getBuiltinModule(id) as Record<string | symbol, unknown> | undefined;
  if (!SLOW.has(id)) return find();
  let found: ReturnType<typeof find>;
  const get = (_: object, name: string | symbol) => {
    found ??= find();
    return found?.[name];
  };
  return new Proxy({}, { get });
}
