/** `weir run` of one shell step in a fresh database, against Node's own start. */
import { join } from 'node:path';
import { inFolder, ms, type Row, sideBySide, timeNode, timeWeir } from './measure.ts';

const FLOW =
  "import { flow, sh } from 'weir';\nexport default flow({ name: 'one' }, async () => void (await sh`true`));\n";

export async function oneRun(): Promise<Row> {
  return inFolder({ 'flow.ts': FLOW }, async (folder) => {
    let count = 0;
    const run = () => timeWeir(['run', 'flow.ts', '--quiet'], { cwd: folder, db: join(folder, `${count++}.db`) });
    const { first, second } = await sideBySide(run, timeNode);
    return {
      figure: `one step ${ms(first)}`,
      reference: `node -e 0 ${ms(second)}`,
      ratio: first / second,
      goal: '<= 2 times',
    };
  });
}
