/** zod, compiled when a flow first uses it: most of what a small flow file would cost is not spent without need. */
import { compileFunction } from 'node:vm';

export function zodLoader(source: string): () => Record<PropertyKey, unknown> {
  let loaded: Record<PropertyKey, unknown> | undefined;
  return () => {
    if (loaded !== undefined) return loaded;
    const module = { exports: {} as Record<PropertyKey, unknown> };
    compileFunction(source, ['module', 'exports'], { filename: 'weir:zod' })(module, module.exports);
    loaded = module.exports.z as Record<PropertyKey, unknown>;
    return loaded;
  };
}
