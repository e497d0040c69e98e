/**
 * A part of the runner that is bundled on its own and compiled when it is first needed: most runs need neither zod nor
 * YAML, and each would cost every host milliseconds.
 */
import { createRequire } from 'node:module';
import { Script } from 'node:vm';
import type { RunnerScript } from '../model/runner-scripts.ts';

/** Gives what the script exports. */
export function assetLoader<Exports>({ source, code }: RunnerScript, filename: string): () => Exports {
  let loaded: Exports | undefined;
  return () => {
    if (loaded !== undefined) return loaded;
    const module = { exports: {} };
    const evaluate = new Script(source, { filename, cachedData: code }).runInThisContext() as Wrapped;
    evaluate(module.exports, createRequire('file:///weir/asset.cjs'), module);
    loaded = module.exports as Exports;
    return loaded;
  };
}

type Wrapped = (exports: object, require: NodeJS.Require, module: object) => void;
