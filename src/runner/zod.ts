/** zod, compiled when a flow first uses it: most of what a small flow file would cost is not spent without need. */
import type { RunnerScript } from '../model/runner-scripts.ts';
import { assetLoader } from './asset-module.ts';

export function zodLoader(script: RunnerScript): () => Record<PropertyKey, unknown> {
  const load = assetLoader<{ readonly z: Record<PropertyKey, unknown> }>(script, 'weir:zod');
  return () => load().z;
}
