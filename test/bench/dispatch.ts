/**
 * 10 000 no-op tasks at once, every state and result committed, against the bare writing of as many rows; with the most
 * memory that the process had resident meanwhile.
 */
import { inFolder, median, ms, type Row, runFlow, sideBySide } from './measure.ts';
import { writeRows } from './raw-writer.ts';

const TASKS = 10_000;
const FLOW = `import { flow, task } from 'weir';
const noop = task({ name: 'noop' }, (n: number) => n);
export default flow({ name: 'dispatch' }, async () => {
  await noop.map(Array.from({ length: ${TASKS} }, (_, n) => n));
  return process.resourceUsage().maxRSS;
});
`;

export async function dispatch(): Promise<Row> {
  return inFolder({ 'flow.ts': FLOW }, async (folder) => {
    const resident: number[] = [];
    const { first, second } = await sideBySide(
      () => {
        const run = runFlow(folder, 'flow.ts');
        resident.push(Number(run.result) / 1024);
        return run.ms;
      },
      () => writeRows(folder, TASKS, 100),
      5,
    );
    const perSecond = Math.round((TASKS / first) * 1000);
    return {
      figure: `${perSecond} tasks/s, ${Math.round(median(resident))} MiB`,
      reference: `raw rows in groups of 100 ${ms(second)}`,
      ratio: first / second,
      goal: '>= 20 000/s, <= 5 times, < 286 MiB',
    };
  });
}
