/** `weir run` of a YAML flow of one shell step in a fresh database, against Node's own start. */
import { join } from 'node:path';
import { inFolder, ms, type Row, sideBySide, timeNode, timeWeir } from './measure.ts';

const FLOW = 'tasks: { step: { run: "true" } }\n';

export async function oneRun(): Promise<Row> {
  return inFolder({ 'flow.yaml': FLOW }, async (folder) => {
    let count = 0;
    const run = () => timeWeir(['run', 'flow.yaml', '--quiet'], { cwd: folder, db: join(folder, `${count++}.db`) });
    const { first, second } = await sideBySide(run, timeNode);
    return {
      figure: `one step ${ms(first)}`,
      reference: `node -e 0 ${ms(second)}`,
      ratio: first / second,
      goal: '<= 2 times',
    };
  });
}
