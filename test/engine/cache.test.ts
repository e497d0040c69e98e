import { beforeEach, describe, expect, it } from 'vitest';
import { engineWorld, type World } from '../support/engine-world.ts';

let world: World;
beforeEach(async () => {
  world = await engineWorld();
});

const flowOf = (cache: string, body: string, more = '') => `
  const one = task({ name: 'one', cache: { ${cache} }${more} }, (x) => { note('one ' + JSON.stringify(x)); return x; });
  export default flow(async () => { ${body} });`;

describe('a cache', () => {
  it('E27 with a constant key gives the second call the first result, within a run and in the next one', async () => {
    const source = flowOf("key: () => 'same'", 'return [await one(1), await one(2)];');
    const first = await world.runFlow(source);
    expect(first.result).toEqual([1, 1]);
    const [made, hit] = first.tasks;
    expect(hit).toMatchObject({ state: { name: 'Cached', message: 'from run 1' }, attempt: 0 });
    expect(hit?.cached_from).toEqual({ run: 1, task: made?.id });
    const second = await world.runFlow(source);
    expect(second.result).toEqual([1, 1]);
    expect(second.tasks.map((each) => each.cached_from)).toEqual(Array(2).fill({ run: 1, task: made?.id }));
    expect(world.lines('notes')).toEqual(['one 1']);
  });

  it('E27 expires', async () => {
    const source = flowOf(
      "key: () => 'same', expires: '1ms'",
      'const a = await one(1); await sleep(20); return [a, await one(2)];',
    );
    expect((await world.runFlow(source)).result).toEqual([1, 2]);
  });

  it('E27 is executed and replaced when it is to be refreshed', async () => {
    const body = `const fresh = one.with({ cache: { key: () => 'same', refresh: true } });
      return [await one(1), await fresh(2), await one(3)];`;
    const run = await world.runFlow(flowOf("key: () => 'same'", body));
    expect(run.result).toEqual([1, 2, 2]);
    expect(world.lines('notes')).toEqual(['one 1', 'one 2']);
  });

  it('E27 never keeps a failed result', async () => {
    const run = await world.runFlow(`
      const one = task({ name: 'one', cache: { key: () => 'same' } }, (fails) => {
        note('one');
        if (fails) throw new Error('no');
        return 'fine';
      });
      export default flow(async () => { await one(true).state(); return one(false); });`);
    expect(run.result).toBe('fine');
    expect(world.lines('notes')).toHaveLength(2);
  });

  it('E28 by inputs hits on the same inputs however they are written, and misses on others', async () => {
    const body = `await one({ a: 1, b: 2 }); await one({ b: 2, a: 1 }, undefined); await one({ b: 2, a: 1, c: undefined });
      await one({ a: 1, b: 3 });`;
    const run = await world.runFlow(flowOf("key: 'inputs'", body));
    expect(run.tasks.map((each) => each.state.name)).toEqual(['Completed', 'Cached', 'Cached', 'Completed']);
    const filled = await world.runFlow(
      `
      const two = task({ name: 'two', cache: { key: 'inputs' } }, (x, y) => x);
      export default flow({ params: z.object({ x: z.number(), y: z.number().default(5) }) }, ({ x, y }) => two(x, y));`,
      { params: { x: 1 } },
    );
    expect(filled.task('two').state.name).toBe('Completed');
    const again = await world.runFlow(
      `
      const two = task({ name: 'two', cache: { key: 'inputs' } }, (x, y) => x);
      export default flow({ params: z.object({ x: z.number(), y: z.number().default(5) }) }, ({ x, y }) => two(x, y));`,
      { params: { y: 5, x: 1 } },
    );
    expect(again.task('two').state.name).toBe('Cached');
  });

  it('E28 misses when the code or the version changed', async () => {
    await world.runFlow(flowOf("key: 'inputs'", 'return one(1);'));
    const same = await world.runFlow(flowOf("key: 'inputs'", 'return one(1);'));
    expect(same.task('one').state.name).toBe('Cached');
    const version = await world.runFlow(flowOf("key: 'inputs'", 'return one(1);', ", version: '2'"));
    expect(version.task('one').state.name).toBe('Completed');
    const code = await world.runFlow(flowOf("key: 'inputs'", 'return one(1);').replace('return x;', 'return x + 1;'));
    expect(code.result).toBe(2);
  });

  it('whose key function gets the context and the arguments', async () => {
    const run = await world.runFlow(
      flowOf('key: ({ flowRun }, x) => flowRun.flow + (x % 2)', 'return [await one(1), await one(2), await one(3)];'),
    );
    expect(run.result).toEqual([1, 2, 1]);
  });

  it('whose key function throws fails its task, visibly', async () => {
    const run = await world.runFlow(flowOf("key: () => { throw new Error('no key'); }", 'return one(1);'));
    expect(run.state).toMatchObject({ type: 'FAILED', message: 'no key' });
    expect(run.task('one').state).toMatchObject({ type: 'FAILED', message: 'no key' });
    expect(world.lines('notes')).toEqual([]);
  });

  it('is served before any limit is asked', async () => {
    const body = `await one(1);
      const holder = task({ name: 'holder', occupies: { gpu: 1 } }, () => seen('go'));
      const held = holder(); await sleep(30);
      const value = await one(1);
      writeFileSync(join(context().dir, 'go'), '');
      await held;
      return value;`;
    const run = await world.runFlow(flowOf("key: 'inputs'", body, ', occupies: { gpu: 1 }'));
    expect(run.result).toBe(1);
  });
});
