/** Eight tasks of one CPU-second each by the parallel task runner, against what the cores could do at best. */
import { availableParallelism } from 'node:os';
import { inFolder, ms, type Row, runFlow } from './measure.ts';

const TASKS = 8;
const FLOW = `import { flow, task } from 'weir';
const burn = task({ name: 'burn' }, (n: number) => {
  let x = n;
  const startedAt = performance.now();
  for (let i = 0; i < ITERATIONS; i++) x = (x * 1103515245 + 12345) % 2147483648;
  return { x, took: performance.now() - startedAt };
});
export default flow({ name: 'parallel', runner: 'parallel' }, async () => {
  const alone = await burn(0);
  const startedAt = performance.now();
  await burn.map(Array.from({ length: ${TASKS} }, (_, n) => n + 1));
  return { alone: alone.took, all: performance.now() - startedAt };
});
`.replace('ITERATIONS', '120_000_000');

/** Both are taken inside one run: the task alone, then all of them. */
export async function parallel(): Promise<Row> {
  return inFolder({ 'flow.ts': FLOW }, (folder) => {
    const { alone, all } = runFlow(folder, 'flow.ts').result as { alone: number; all: number };
    const ideal = (alone * TASKS) / Math.min(TASKS, availableParallelism());
    return {
      figure: `${TASKS} tasks ${ms(all)}`,
      reference: `ideal from one alone ${ms(ideal)}`,
      ratio: all / ideal,
      goal: '<= 1.15 times',
    };
  });
}
