/** `weir version`, where it is asked for with flags; alone it is answered before anything is loaded (`main.ts`). */
import { version } from '../../assets.ts';
import { EXIT } from '../../model/errors.ts';
import type { GlobalFlags } from '../declarations/declare.ts';
import { print, printJson } from '../output.ts';

export async function tellVersion(_: [], { json }: GlobalFlags): Promise<number> {
  if (json) printJson({ schema: 'weir.version/1', version });
  else print(version);
  return EXIT.ok;
}
