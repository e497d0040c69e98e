import { beforeEach, describe, expect, it } from 'vitest';
import { engineWorld, type World } from '../support/engine-world.ts';

let world: World;
beforeEach(async () => {
  world = await engineWorld();
});

const TASKS = `
  const double = task({ name: 'double' }, (n) => n * 2);
  const join2 = task({ name: 'join' }, (a, b) => a + '-' + b);
  const list = task({ name: 'list' }, (...items) => items);
  const count = task({ name: 'count' }, (items) => items.length);
  const bad = task({ name: 'bad' }, () => { throw new Error('broken'); });`;

describe('map', () => {
  it('E40 over [1, 2, 3] makes three runs with results in order', async () => {
    const run = await world.runFlow(`${TASKS} export default flow(async () => await double.map([1, 2, 3]));`);
    expect(run.result).toEqual([2, 4, 6]);
    expect(run.tasks).toHaveLength(3);
  });

  it('E40 goes over equal arrays pairwise; a scalar, a string and an unmapped array are the same in each call', async () => {
    const run = await world.runFlow(`${TASKS} export default flow(async () => [
      await join2.map([1, 2], ['a', 'b']),
      await join2.map([1, 2], 'text'),
      await join2.map(7, [1, 2]),
      await join2.map([1, 2], unmapped([3, 4])),
      await join2.map(unmapped(list(8, 9)), [1, 2]),
    ]);`);
    expect(run.result).toEqual([
      ['1-a', '2-b'],
      ['1-text', '2-text'],
      ['7-1', '7-2'],
      ['1-3,4', '2-3,4'],
      ['8,9-1', '8,9-2'],
    ]);
  });

  it.each([
    ['at once', 'join2.map([1, 2, 3], [1, 2, 3, 4])'],
    ['when the array is known', 'join2.map(list(1, 2, 3), [1, 2, 3, 4])'],
    ['also when nobody awaits it', 'void join2.map(list(1, 2, 3), [1, 2, 3, 4]), undefined'],
  ])('E40 over 3 and 4 items fails with both lengths, %s', async (_when, call) => {
    const run = await world.runFlow(`${TASKS} export default flow(async () => { await (${call}); });`);
    expect(run.state.type).toBe('FAILED');
    expect(run.state.message).toBe(
      'map of task "join" needs arrays of equal length, but argument 1 has 3, argument 2 has 4',
    );
    expect(run.tasks.some((each) => each.name === 'join')).toBe(false);
  });

  it('E40 whose error was caught leaves the flow Completed', async () => {
    const run = await world.runFlow(`${TASKS} export default flow(async () => {
      try { await join2.map(list(1), [1, 2]); } catch (error) { return error.message; }
    });`);
    expect(run.state.name).toBe('Completed');
    expect(run.result).toContain('equal length');
  });

  it('E40 without an array is an error', async () => {
    for (const call of ['double.map(1)', "double.map('abc')", 'double.map(unmapped([1]))', 'double.map(count([1]))']) {
      const run = await world.runFlow(`${TASKS} export default flow(async () => { await ${call}; });`);
      expect(run.state.message).toBe('map of task "double" was given no array to go over');
    }
  });

  it('E40 over an empty array gives an empty list', async () => {
    const run = await world.runFlow(`${TASKS} export default flow(async () => await double.map([]));`);
    expect(run).toMatchObject({ result: [], tasks: [], state: { name: 'Completed' } });
  });

  it('E41 over the future of an array waits, then maps; each child has that upstream', async () => {
    const run = await world.runFlow(`${TASKS} export default flow(async () => await double.map(list(1, 2, 3)));`);
    expect(run.result).toEqual([2, 4, 6]);
    const { id } = run.task('list');
    expect(run.tasks.filter((each) => each.name === 'double').map((each) => each.upstream)).toEqual([[id], [id], [id]]);
  });

  it('E41 over a list of futures, and its list passed on, has the edges of the single calls', async () => {
    const run = await world.runFlow(`${TASKS} export default flow(async () => {
      const doubled = double.map([1, 2]);
      return [await double.map(doubled), await count(doubled), await double.map([double(5), 6])];
    });`);
    expect(run.result).toEqual([[4, 8], 2, [20, 12]]);
    expect(run.task('count').upstream).toHaveLength(2);
  });

  it('E41 over a failed array is one UpstreamFailed task, and its error is thrown', async () => {
    const run = await world.runFlow(`${TASKS} export default flow(async () => { await double.map(bad()); });`);
    expect(run.state).toMatchObject({ type: 'FAILED', message: 'broken' });
    expect(run.task('double').state.name).toBe('UpstreamFailed');
    expect(run.task('double').upstream).toEqual([run.task('bad').id]);
  });

  it('E41 gives each state in order, and the single futures', async () => {
    const run = await world.runFlow(`${TASKS}
      const odd = task({ name: 'odd' }, (n) => { if (n % 2 === 0) throw new Error('even'); return n; });
      export default flow(async () => {
        const mapped = odd.map([1, 2, 3]);
        const states = await mapped.states();
        const [first] = await mapped.futures();
        return [states.map((state) => state.name), await first];
      });`);
    expect(run.result).toEqual([['Completed', 'Failed', 'Completed'], 1]);
  });

  it('E42 of 10 000 tasks completes, while the process that serves it stays responsive', {
    timeout: 240_000,
  }, async () => {
    let turns = 0;
    const beat = setInterval(() => turns++, 1);
    const run = await world.runFlow(`
      const one = task({ name: 'one' }, (n) => n + 1);
      export default flow(async () => {
        const all = await one.map(Array.from({ length: 10_000 }, (_, n) => n));
        return [all.length, all[0], all[9_999]];
      });`);
    clearInterval(beat);
    expect(run.state.name).toBe('Completed');
    expect(run.result).toEqual([10_000, 1, 10_000]);
    expect(run.rows).toHaveLength(10_000);
    expect(run.rows.every((row) => row.state.name === 'Completed')).toBe(true);
    expect(turns).toBeGreaterThan(5);
  });
});
