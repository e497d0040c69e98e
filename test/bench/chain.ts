/** 2 000 no-op tasks one after another, each awaited, against a commit and a message round trip each. */
import { inFolder, ms, type Row, runFlow, sideBySide } from './measure.ts';
import { writeRowsAwaited } from './raw-writer.ts';

const TASKS = 2000;
const FLOW = `import { flow, task } from 'weir';
const noop = task({ name: 'noop' }, (n: number) => n);
export default flow({ name: 'chain' }, async () => { for (let n = 0; n < ${TASKS}; n++) await noop(n); });
`;

export async function chain(): Promise<Row> {
  return inFolder({ 'flow.ts': FLOW }, async (folder) => {
    const { first, second } = await sideBySide(
      () => runFlow(folder, 'flow.ts').ms,
      () => writeRowsAwaited(folder, TASKS),
      5,
    );
    const perSecond = Math.round((TASKS / first) * 1000);
    return {
      figure: `${perSecond} tasks/s`,
      reference: `commit and round trip each ${ms(second)}`,
      ratio: first / second,
      goal: '<= 2.5 times',
    };
  });
}
