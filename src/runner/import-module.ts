/** Imports for the runner, in whatever it runs: its bundle is a script, which may not import anything by itself. */
import { IMPORT } from '../model/runner-scripts.ts';

const FOR_SCRIPTS = Symbol.for(IMPORT);

/** All that the module at `url` exports. */
export function importModule(url: string): Promise<Record<string, unknown>> {
  const forScripts = (globalThis as Record<symbol, unknown>)[FOR_SCRIPTS] as typeof importModule | undefined;
  return forScripts === undefined ? import(url) : forScripts(url);
}
