/** zod, compiled when a flow first uses it: most of what a small flow file would cost is not spent without need. */
import { assetLoader } from './asset-module.ts';

export function zodLoader(source: string): () => Record<PropertyKey, unknown> {
  const load = assetLoader<{ readonly z: Record<PropertyKey, unknown> }>(source, 'weir:zod');
  return () => load().z;
}
