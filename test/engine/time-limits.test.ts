/** Time limits on code that does not listen: it keeps its thread, so that only the end of the thread helps. */
import { beforeEach, describe, expect, it } from 'vitest';
import { HOST_KINDS } from '../../src/model/message.ts';
import { engineWorld, type World } from '../support/engine-world.ts';

let world: World;
beforeEach(async () => {
  world = await engineWorld();
});

describe.each(HOST_KINDS)('in a %s host', (infrastructure) => {
  const run = (source: string) => world.runFlow(source, { infrastructure });

  it('E11 a flow whose body never gives its thread back is TimedOut', async () => {
    const ended = await run(`export default flow({ timeout: 100 }, () => { for (;;); });`);
    expect(ended.state).toMatchObject({ type: 'FAILED', name: 'TimedOut' });
    expect(ended.state.message).toBe('flow "flow" ran longer than its timeout of 100ms');
    expect(ended.error).toMatchObject({ name: 'TimedOut' });
    expect(ended.stateNames).toEqual(['Pending', 'Running', 'TimedOut']);
  });

  it('E32 a task that never gives its thread back is TimedOut and tried again; the rest is reused or goes on', async () => {
    const ended = await run(`
      const first = task({ name: 'first' }, () => { note('first'); return 1; });
      const sibling = task({ name: 'sibling' }, async () => { note('sibling'); await seen('go'); return 2; });
      const loop = task({ name: 'loop', retries: 1, timeout: 100 }, () => {
        note('loop');
        if (readFileSync(join(context().dir, 'notes'), 'utf8').split('loop').length > 2) { writeFileSync(join(context().dir, 'go'), ''); return 3; }
        for (;;);
      });
      export default flow(async () => { const a = await first(); const b = sibling(); return [a, await loop(), await b]; });`);
    expect(ended).toMatchObject({ state: { name: 'Completed' }, value: [1, 3, 2] });
    expect(ended.stateNames).toEqual(['Pending', 'Running', 'AwaitingResume', 'Resuming', 'Completed']);
    expect(ended.taskStates('loop')).toEqual(['Pending', 'Running', 'AwaitingRetry', 'Retrying', 'Completed']);
    expect(ended.task('loop').attempt).toBe(2);
    expect(ended.taskStates('sibling')).toEqual(['Pending', 'Running', 'AwaitingResume', 'Resuming', 'Completed']);
    expect(world.lines('notes').filter((line) => line === 'first')).toHaveLength(1);
    expect(ended.rows.every((row) => row.spent === 0)).toBe(true);
  });
});

it('E32 the failure of a task that kept its thread reaches the flow, which may catch it', async () => {
  const ended = await world.runFlow(`
    const loop = task({ name: 'loop', timeout: 100 }, () => { note('loop'); for (;;); });
    export default flow(async () => { try { await loop(); } catch (error) { return error.name + ': ' + error.message; } });`);
  expect(ended.value).toBe('TimedOut: task "loop" ran longer than its timeout of 100ms');
  // Told once, by whoever ended the thread.
  expect(ended.texts()).toEqual([
    'TimedOut: task "loop" ran longer than its timeout of 100ms, and kept its thread to itself',
  ]);
  expect(ended.taskStates('loop')).toEqual(['Pending', 'Running', 'TimedOut']);
  expect(world.lines('notes')).toEqual(['loop']);
});

it('E32 retries and their delays are counted over the hosts that were ended', async () => {
  const ended = await world.runFlow(`
    const loop = task({ name: 'loop', retries: 3, retryDelay: [50, 150], timeout: 100 }, () => {
      note('loop ' + Date.now());
      if (world() === 2) throw new Error('plain');
      for (;;);
    });
    const world = () => readFileSync(join(context().dir, 'notes'), 'utf8').split('loop').length - 1;
    export default flow(async () => { await loop(); });`);
  expect(ended.state.name).toBe('Failed');
  expect(world.lines('notes')).toHaveLength(4);
  const times = world.lines('notes').map((line) => Number(line.split(' ')[1]));
  expect((times[2] ?? 0) - (times[1] ?? 0)).toBeGreaterThanOrEqual(150);
  expect(ended.taskStates('loop').filter((name) => name === 'AwaitingRetry')).toHaveLength(3);
  expect(ended.task('loop').state.name).toBe('TimedOut');
  expect(ended.task('loop').attempt).toBe(4);
});

it('E32 a retry of the flow gives the task all its retries again', async () => {
  const ended = await world.runFlow(`
    const loop = task({ name: 'loop', timeout: 100 }, () => { note('loop'); for (;;); });
    export default flow({ retries: 1 }, async () => { await loop(); });`);
  expect(ended.state).toMatchObject({ type: 'FAILED', message: 'task "loop" ran longer than its timeout of 100ms' });
  expect(world.lines('notes')).toEqual(['loop', 'loop']);
});

it('E32 a task that is called with other inputs each time ends its run, not its patience', async () => {
  const ended = await world.runFlow(`
    const loop = task({ name: 'loop', timeout: 50 }, (when) => { note('loop'); for (;;); });
    export default flow(async () => { await loop(Math.random()); });`);
  expect(ended.state.name).toBe('TimedOut');
  expect(world.engine.store.flowRuns.byId(ended.id)?.error?.hint).toMatch(/give it a key/);
  expect(world.lines('notes').length).toBeLessThan(8);
});

it('E11 a flow that loops is retried by its retries', async () => {
  const ended = await world.runFlow(
    `export default flow({ timeout: 100, retries: 1 }, () => { note('body'); for (;;); });`,
  );
  expect(ended.stateNames).toEqual(['Pending', 'Running', 'AwaitingRetry', 'Retrying', 'TimedOut']);
  expect(world.lines('notes')).toEqual(['body', 'body']);
});

it('E32 a loop on a thread of the parallel runner is TimedOut and tried again without a new host', async () => {
  const ended = await world.runFlow(`
    const loop = task({ name: 'loop', retries: 1, timeout: 200 }, () => { for (;;); });
    export default flow({ runner: 'parallel' }, async () => { await loop(); });`);
  expect(ended.stateNames).toEqual(['Pending', 'Running', 'Failed']);
  expect(ended.taskStates('loop')).toEqual(['Pending', 'Running', 'AwaitingRetry', 'Retrying', 'TimedOut']);
});

it('a runner that is awake ends its own work: a slow goodbye is not mistaken for a loop', async () => {
  const ended = await world.runFlow(`
    const slow = task({ name: 'slow', timeout: 50 }, async () => { await seen('never'); });
    const other = task({ name: 'other' }, async () => { note('other'); await sleep(1500); return 'other'; });
    export default flow(async () => { const mine = other(); try { await slow(); } catch {} return await mine; });`);
  expect(ended).toMatchObject({ state: { name: 'Completed' }, value: 'other', attempt: 1 });
  expect(world.lines('notes')).toEqual(['other']);
});

it('E32 E43 a task of a subflow that keeps the thread is charged there; both runs go on by reuse', async () => {
  const ended = await world.runFlow(
    `
    const before = task({ name: 'before' }, () => note('before'));
    const loop = task({ name: 'loop', timeout: 100, retries: 1 }, () => {
      note('loop');
      if (readFileSync(join(context().dir, 'notes'), 'utf8').split('loop').length > 2) return 'through';
      for (;;);
    });
    export const child = flow({ name: 'child' }, async () => { await before(); return loop(); });
    export default flow({ name: 'parent' }, async () => child({}));`,
    { flow: 'parent' },
  );
  expect(ended).toMatchObject({ state: { name: 'Completed' }, value: 'through', attempt: 2 });
  expect(world.lines('notes')).toEqual(['before', 'loop', 'loop']);
  const childRow = world.engine.store.flowRuns.byId(ended.id + 1);
  expect(childRow).toMatchObject({ flow: 'child', attempt: 2, state: { name: 'Completed' } });
});

it('E11 E43 a subflow that keeps the thread past its own time has TimedOut, and its parent may catch it', async () => {
  const ended = await world.runFlow(
    `
    export const child = flow({ name: 'child', timeout: 100, retries: 1 }, () => { note('child'); for (;;); });
    export default flow({ name: 'parent' }, async () => { try { await child({}); } catch (error) { return error.message; } });`,
    { flow: 'parent' },
  );
  expect(ended.value).toBe('flow "child" ran longer than its timeout of 100ms');
  expect(world.lines('notes')).toEqual(['child', 'child']);
  const childRow = world.engine.store.flowRuns.byId(ended.id + 1);
  expect(childRow).toMatchObject({ state: { type: 'FAILED', name: 'TimedOut' }, ownerId: null });
});

it('E32 a command that has ended in time counts so, however long what it left behind has to be ended', async () => {
  const stubborn = "echo x >> counts; (trap '' TERM; exec sleep 3) > /dev/null 2>&1 &";
  const done = await world.runYaml(
    `tasks: { job: { run: "${stubborn} echo n=1 > $WEIR_OUTPUT", timeout: 1s, retries: 1 } }`,
  );
  expect(done.taskStates('job')).toEqual(['Pending', 'Running', 'Completed']);
  expect(done.result).toEqual({ job: { n: 1 } });
  const failed = await world.runYaml(`tasks: { job: { run: "${stubborn} exit 7", timeout: 1s } }`);
  expect(failed.task('job').state).toMatchObject({ name: 'Failed', message: 'exit code 7' });
  expect(world.lines('counts')).toHaveLength(2);
});
