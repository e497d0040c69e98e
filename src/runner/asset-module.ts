/**
 * A part of the runner that is bundled on its own and compiled when it is first needed: most runs need neither zod nor
 * YAML, and each would cost every host milliseconds.
 */
import { createRequire } from 'node:module';
import { compileFunction } from 'node:vm';

/** `source` is a CommonJS bundle; gives what it exports. */
export function assetLoader<Exports>(source: string, filename: string): () => Exports {
  let loaded: Exports | undefined;
  return () => {
    if (loaded !== undefined) return loaded;
    const module = { exports: {} };
    const parameters = ['module', 'exports', 'require'];
    compileFunction(source, parameters, { filename })(module, module.exports, createRequire('file:///weir/asset.cjs'));
    loaded = module.exports as Exports;
    return loaded;
  };
}
