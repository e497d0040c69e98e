import { beforeEach, describe, expect, it } from 'vitest';
import { engineWorld, type World } from '../support/engine-world.ts';

let world: World;
beforeEach(async () => {
  world = await engineWorld();
});

describe('a flow called inside a flow', () => {
  it('E43 is its own run, linked both ways, with its parameters, its tags and those of its parent; its result comes back', async () => {
    const run = await world.runFlow(
      `
      const double = task({ name: 'double' }, (n) => n * 2);
      const child = flow({ name: 'child', tags: ['small'], params: z.object({ n: z.number() }), runName: 'child of {n}' }, async ({ n }) => double(n));
      export default flow({ name: 'parent', tags: ['big'] }, async () => (await child({ n: 4 })) + 1);`,
      { flow: 'parent' },
    );
    expect(run.value).toBe(9);
    expect(run.tasks).toMatchObject([{ name: 'child', state: { name: 'Completed' }, result: 8, attempt: 1 }]);
    const [child] = world.subflowsOf(run.id);
    expect(child).toMatchObject({
      flow: 'child',
      name: 'child of 4',
      params: { n: 4 },
      result: 8,
      tags: ['big', 'small'],
      trigger: 'subflow',
      infrastructure: 'thread',
      parent: { run: run.id, task: run.task('child').id },
      attempt: 1,
    });
    expect(child?.states.map((state) => state.name)).toEqual(['Pending', 'Running', 'Completed']);
    expect(child?.tasks).toMatchObject([{ name: 'double', result: 8 }]);
    expect(run.rows[0]?.childRunId).toBe(child?.id);
    expect(run.taskStates('child')).toEqual(['Pending', 'Running', 'Completed']);
  });

  it('E43 that fails throws its own error in its parent: name, message and fields', async () => {
    const run = await world.runFlow(
      `
      class TooFar extends RangeError { name = 'TooFar'; limit = 7; }
      export const child = flow({ name: 'child' }, async () => { throw new TooFar('beyond 7'); });
      export default flow({ name: 'parent' }, async () => {
        try { await child(); } catch (error) { return [error instanceof TooFar, error.name, error.message, error.limit]; }
      });`,
      { flow: 'parent' },
    );
    expect(run.value).toEqual([true, 'TooFar', 'beyond 7', 7]);
    expect(run.task('child')).toMatchObject({
      state: { name: 'Failed', message: 'beyond 7' },
      error: { name: 'TooFar' },
    });
    expect(world.subflowsOf(run.id)).toMatchObject([
      { state: { type: 'FAILED', message: 'beyond 7' }, error: { name: 'TooFar', message: 'beyond 7' } },
    ]);
  });
});
