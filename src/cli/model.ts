/** `weir model`: registered models, their versions, stages and decisions. */
import { EXIT } from '../model/errors.ts';
import type { GlobalFlags } from './program.ts';
export async function listModels(_: [], _flags: GlobalFlags): Promise<number> {
  return EXIT.ok;
}
export async function inspectModel(_: [string], _flags: GlobalFlags): Promise<number> {
  return EXIT.ok;
}
