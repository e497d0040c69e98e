/** Durable sleep: what is left after a resume, what a retry passes, how it ends early. */
import { expect, test } from 'vitest';
import { engineWorld } from '../support/engine-world.ts';

const IMPORTS = `
  import { context, flow, sleep, task, WeirError } from 'weir';
  import { appendFileSync, existsSync } from 'node:fs';
  const note = (line) => appendFileSync(context().dir + '/notes', line + '\\n');`;

/** Sleeps an hour unless that is over, as its database says. */
const HOUR = `${IMPORTS}
  export default flow({ name: 'patient' }, async () => {
    note('before');
    await sleep('1h');
    note('after');
    return 'rested';
  });`;

const isAsleep = (event: { kind: string }) => event.kind === 'sleeping';

/** Moves the end of every sleep of the file, as waiting would. */
function shiftSleeps(world: Awaited<ReturnType<typeof engineWorld>>, byMs: number): void {
  world.engine.store.database.prepare('update sleeps set until_at = until_at + ?').run(byMs);
}

test('a body that only sleeps waits, and goes on when the time is over', async () => {
  const world = await engineWorld();
  const run = await world.runFlow(`${IMPORTS}
    export default flow(async () => {
      const begun = Date.now();
      await sleep(30);
      await sleep('20ms');
      return Date.now() - begun;
    });`);
  expect(run.state.name).toBe('Completed');
  expect(run.value).toBeGreaterThanOrEqual(49);
});

test('a resumed run waits only for what is left of its sleep: an hour that is over is passed at once', async () => {
  const world = await engineWorld();
  const going = await world.startFlow(HOUR);
  await going.until(isAsleep);
  await world.restart();
  expect(world.engine.store.flowRuns.byId(going.id)?.state.name).toBe('AwaitingResume');
  shiftSleeps(world, -3_600_000);
  const run = await world.resume(going.id);
  expect([run.state.name, run.value]).toEqual(['Completed', 'rested']);
  expect(world.lines('notes')).toEqual(['before', 'before', 'after']);
});

test('a resumed run does not begin its sleep anew: the end stays where it was', async () => {
  const world = await engineWorld();
  const going = await world.startFlow(HOUR);
  await going.until(isAsleep);
  const [first] = world.engine.store.sleeps.ofRun(going.id);
  await world.restart();
  // Nearly over now: what is left is waited for, and not the hour.
  const nearly = Date.now() + 150 - (first?.until ?? 0);
  shiftSleeps(world, nearly);
  const run = await world.resume(going.id);
  expect(run.value).toBe('rested');
  expect(world.engine.store.sleeps.ofRun(going.id)).toEqual([{ ...first, until: (first?.until ?? 0) + nearly }]);
  expect(Date.now()).toBeGreaterThanOrEqual((first?.until ?? 0) + nearly);
});

test('a retry passes the sleeps that are over, and sleeps those that it had not reached', async () => {
  const world = await engineWorld();
  const run = await world.runFlow(`${IMPORTS}
    export default flow({ retries: 1 }, async () => {
      for (const round of [1, 2, 3]) {
        const begun = Date.now();
        await sleep(80);
        if (round === 3) return Date.now() - begun;
        if (round === 2 && context().attempt === 1) throw new Error('once');
      }
    });`);
  expect([run.attempt, run.value]).toEqual([2, expect.any(Number)]);
  expect(run.value).toBeGreaterThanOrEqual(79);
  const retriedAt = Date.parse(run.states.find((state) => state.name === 'Retrying')?.at ?? '');
  const ends = world.engine.store.sleeps.ofRun(run.id).map((sleep) => sleep.until - retriedAt);
  expect(ends.map((end) => end > 0).toSorted()).toEqual([false, false, true]);
});

test('another branch, or another duration, is another sleep: a retry is not served one that it never had', async () => {
  const world = await engineWorld();
  const run = await world.runFlow(`${IMPORTS}
    export default flow({ retries: 1 }, async () => {
      const begun = Date.now();
      if (context().attempt === 1) {
        await sleep(1);
        throw new Error('once');
      }
      await sleep(120);
      return Date.now() - begun;
    });`);
  expect(run.value).toBeGreaterThanOrEqual(119);
});

test('inside a task each attempt sleeps anew, and nothing of it is kept', async () => {
  const world = await engineWorld();
  const run = await world.runFlow(`${IMPORTS}
    const nap = task({ name: 'nap', retries: 1 }, async () => {
      const begun = Date.now();
      await sleep(60);
      note(String(Date.now() - begun >= 59));
      if (context().attempt === 1) throw new Error('once');
    });
    export default flow(async () => { await nap(); });`);
  expect(run.state.name).toBe('Completed');
  expect(world.lines('notes')).toEqual(['true', 'true']);
  expect(world.engine.store.sleeps.ofRun(run.id)).toEqual([]);
});

test('on a thread of the parallel task runner a task can sleep, too', async () => {
  const world = await engineWorld();
  const run = await world.runFlow(`${IMPORTS}
    const nap = task({ name: 'nap' }, async (n) => { await sleep(n); return n; });
    export default flow({ runner: 'parallel' }, async () => nap.map([20, 30]));`);
  expect(run.value).toEqual([20, 30]);
  expect(world.engine.store.sleeps.ofRun(run.id)).toEqual([]);
});

test('a cancel ends a sleep at once, in the flow and in its tasks', async () => {
  const world = await engineWorld();
  const going = await world.startFlow(`${IMPORTS}
    const nap = task({ name: 'nap' }, async () => {
      try { await sleep('1d'); } catch (error) { note('task: ' + error.message); throw error; }
    });
    export default flow(async () => {
      nap();
      try { await sleep('7d'); } catch (error) { note('flow: ' + error.message); throw error; }
    });`);
  await going.until(isAsleep);
  await going.until((event) => event.kind === 'task-state' && event.task.state.type === 'RUNNING');
  going.cancel();
  const run = await going.ended;
  expect(run.state.name).toBe('Cancelled');
  expect(world.lines('notes').toSorted()).toEqual(['flow: cancelled by test', 'task: cancelled by test']);
});

test('a sleep is awake time of its flow: the flow still runs out of it', async () => {
  const world = await engineWorld();
  const run = await world.runFlow(`${IMPORTS}
    export default flow({ timeout: '50ms' }, async () => { await sleep('1h'); });`);
  expect(run.state).toMatchObject({ name: 'TimedOut' });
});

test('a sleep that nobody awaits holds nothing up and breaks nothing', async () => {
  const world = await engineWorld();
  const run = await world.runFlow(`${IMPORTS}
    export default flow(async () => { void sleep('1h'); return 1; });`);
  expect([run.state.name, run.value]).toEqual(['Completed', 1]);
});

test('sleeps at the same time are each one of their own', async () => {
  const world = await engineWorld();
  const run = await world.runFlow(`${IMPORTS}
    export default flow(async () => {
      await Promise.all([sleep(20), sleep(20), sleep(15)]);
    });`);
  expect(
    world.engine.store.sleeps
      .ofRun(run.id)
      .map((sleep) => sleep.identity)
      .toSorted(),
  ).toEqual(['/15/0', '/20/0', '/20/1']);
});

test.each([
  ["'10'", '10 what? write "10s"'],
  ['-1', '-1 is not a duration'],
  ["'tomorrow'", '"tomorrow" is not a duration'],
  ['undefined', 'a value of type undefined is not a duration'],
])('sleep(%s) is refused with a sentence', async (duration, told) => {
  const world = await engineWorld();
  const run = await world.runFlow(`${IMPORTS}
    export default flow(async () => { await sleep(${duration}); });`);
  expect(run.state).toMatchObject({ name: 'Failed', message: expect.stringContaining(told) });
});
