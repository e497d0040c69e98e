/** Weir's start against Node's own. */
import { ms, type Row, sideBySide, timeNode, timeWeir } from './measure.ts';

export async function start(): Promise<Row> {
  const { first, second } = await sideBySide(() => timeWeir(['--version']), timeNode, 15);
  return {
    figure: `weir --version ${ms(first)}`,
    reference: `node -e 0 ${ms(second)}`,
    ratio: first / second,
    goal: '<= 1.3 times',
  };
}
