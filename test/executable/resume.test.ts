/** What `weir resume` prints for programs. */
import { expect, test } from 'vitest';
import { type RunItemJson, type RunJson, weirWorld } from '../support/weir.ts';

/** Waits for a file in the folder of the flow. */
const FLOW = `import { flow } from 'weir';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
export default flow({ name: 'waits', crashRetries: 5 }, async () => {
  console.log('it waits');
  while (!existsSync('go')) await sleep(20);
  return 'gone';
});`;

async function interrupted(runs: number) {
  const world = weirWorld();
  world.write('flow.ts', FLOW);
  for (let run = 0; run < runs; run++) {
    const command = world.start(['run', 'flow.ts']);
    await command.until(/it waits/);
    command.kill('SIGKILL');
    await command.ended;
  }
  world.write('go', '');
  return world;
}

test('--json of all interrupted runs is one list, without any it is an empty one', async () => {
  const world = await interrupted(2);
  interface Runs {
    readonly schema: string;
    readonly items: readonly RunItemJson[];
    readonly next: null;
  }
  const { schema, items, next } = await world.json<Runs>(['resume']);
  expect({ schema, next }).toEqual({ schema: 'weir.runs/1', next: null });
  expect(items.map(({ id, state, result }) => [id, state.name, result])).toEqual([
    [1, 'Completed', 'gone'],
    [2, 'Completed', 'gone'],
  ]);
  expect(await world.json<Runs>(['resume'])).toEqual({ schema, items: [], next });
});

test('--json of one run that was asked for is that run', async () => {
  const world = await interrupted(2);
  const run = await world.json<RunJson>(['resume', '1']);
  expect(run).toMatchObject({ schema: 'weir.run/1', id: 1, state: { name: 'Completed' }, tasks: [] });
});
