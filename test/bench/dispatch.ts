/** 10 000 no-op tasks at once, every state and result committed, against the bare writing of as many rows. */
import { inFolder, ms, type Row, runFlow, sideBySide } from './measure.ts';
import { writeRows } from './raw-writer.ts';

const TASKS = 10_000;
const FLOW = `import { flow, task } from 'weir';
const noop = task({ name: 'noop' }, (n: number) => n);
export default flow({ name: 'dispatch' }, async () => (await noop.map(Array.from({ length: ${TASKS} }, (_, n) => n))).length);
`;

export async function dispatch(): Promise<Row> {
  return inFolder({ 'flow.ts': FLOW }, async (folder) => {
    const { first, second } = await sideBySide(
      () => runFlow(folder, 'flow.ts').ms,
      () => writeRows(folder, TASKS, 100),
      5,
    );
    const perSecond = Math.round((TASKS / first) * 1000);
    return {
      figure: `${perSecond} tasks/s`,
      reference: `raw rows in groups of 100 ${ms(second)}`,
      ratio: first / second,
      goal: '>= 20 000/s, <= 5 times',
    };
  });
}
