import { EXIT } from '../model/errors.ts';
import type { GlobalFlags } from './program.ts';
export async function up(_: [string[]], _flags: GlobalFlags): Promise<number> {
  return EXIT.ok;
}
