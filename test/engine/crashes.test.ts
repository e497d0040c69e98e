/** Runs whose own process dies: what is charged to whom, and where they are tried again. */
import { beforeEach, expect, it } from 'vitest';
import { engineWorld, type World } from '../support/engine-world.ts';

let world: World;
beforeEach(async () => {
  world = await engineWorld();
});

const KILLER = `const kill = task({ name: 'kill' }, () => { note('kill'); process.kill(process.pid, 'SIGKILL'); });`;

it('F16 a task that kills its process each time is tried three times, then its run is Crashed', async () => {
  const run = await world.runFlow(`${KILLER}
    const first = task({ name: 'first' }, () => note('first'));
    export default flow({ infrastructure: 'process', retries: 5 }, async () => { await first(); await kill(); });`);
  expect(run.stateNames.filter((name) => name === 'AwaitingResume')).toHaveLength(2);
  expect(run.stateNames.at(-1)).toBe('Crashed');
  expect(run.state.message).toMatch(/^its process died, killed by signal 9 \(SIGKILL\).*; crash 3 of 3, parked$/);
  expect(world.lines('notes')).toEqual(['first', 'kill', 'kill', 'kill']);
});

it('refills the crash budget only when a task completes for the first time', async () => {
  const run = await world.runFlow(`${KILLER}
    const unstorable = task({ name: 'unstorable' }, () => () => 'a function cannot be stored');
    export default flow({ infrastructure: 'process', crashRetries: 1 }, async () => { await unstorable(); await kill(); });`);
  expect(run.stateNames.filter((name) => name === 'AwaitingResume')).toHaveLength(1);
  expect(run.stateNames.at(-1)).toBe('Crashed');

  const progress = await world.runFlow(`${KILLER}
    const count = task({ name: 'count' }, (n) => n);
    const tries = () => readFileSync(join(context().dir, 'tries'), 'utf8').length / 2;
    export default flow({ infrastructure: 'process', crashRetries: 1 }, async () => {
      appendFileSync(join(context().dir, 'tries'), 'x\\n');
      if (tries() <= 4) { await count(tries()); await kill(); }
      return 'through';
    });`);
  expect(progress).toMatchObject({ state: { name: 'Completed' }, value: 'through' });
  expect(world.lines('tries')).toHaveLength(5);
});

it('an end of its own clears the mark that keeps a run apart; a stop does not', async () => {
  const going = await world.startFlow(`
    const wait = task({ name: 'wait' }, async () => { await seen('go'); });
    export default flow({ infrastructure: 'process' }, async () => { await wait(); });`);
  const { flowRuns, writer } = world.engine.store;
  await going.until((event) => event.kind === 'task-state' && event.task.state.type === 'RUNNING');
  await writer.write(() => flowRuns.setIsolated(going.id, true));
  await world.restart();
  expect(world.engine.store.flowRuns.byId(going.id)).toMatchObject({ isolated: 1, state: { name: 'AwaitingResume' } });
  world.write('go', '');
  expect((await world.resume(going.id)).state.name).toBe('Completed');
  expect(world.engine.store.flowRuns.byId(going.id)?.isolated).toBe(0);
});

it('F16 the attempts that a task has used up, and its wait for the next, outlive the process that died', async () => {
  const run = await world.runFlow(`${KILLER}
    const tries = () => readFileSync(join(context().dir, 'tries'), 'utf8').length;
    const shaky = task({ name: 'shaky', retries: 2 }, () => {
      appendFileSync(join(context().dir, 'tries'), 'x');
      if (tries() === 2) process.kill(process.pid, 'SIGKILL');
      throw new Error('down ' + tries());
    });
    export default flow({ infrastructure: 'process' }, async () => { await shaky(); });`);
  expect(run.state).toMatchObject({ name: 'Failed', message: 'down 4' });
  // The second of them was cut off: it does not count.
  expect(world.lines('tries')).toEqual(['xxxx']);
  expect(run.taskStates('shaky').filter((name) => name === 'AwaitingRetry')).toHaveLength(2);
  expect(run.task('shaky').states.map(({ message }) => message)).toContain('attempt 2 of 3 failed: down 3');
});

it('F16 a failure counts that is followed at once by an attempt which kills the process', async () => {
  const run = await world.runFlow(`${KILLER}
    const tries = () => readFileSync(join(context().dir, 'tries'), 'utf8').length;
    const shaky = task({ name: 'shaky', retries: 2 }, () => {
      appendFileSync(join(context().dir, 'tries'), 'x');
      if (tries() === 2) process.kill(process.pid, 'SIGKILL');
      // So much that the failure is still on its way when the next attempt could begin.
      for (let i = 0; i < 20; i++) log.info('x'.repeat(1_000_000));
      throw new Error('down ' + tries());
    });
    export default flow({ infrastructure: 'process' }, async () => { await shaky(); });`);
  expect(run.state).toMatchObject({ name: 'Failed', message: 'down 4' });
  expect(run.taskStates('shaky').filter((name) => name === 'AwaitingRetry')).toHaveLength(2);
});

it('F16 a task that waits for its retry goes on waiting when its run is resumed', async () => {
  const going = await world.startFlow(`
    const shaky = task({ name: 'shaky', retries: 1, retryDelay: '3s' }, () => {
      note(Date.now());
      if (world() === 1) throw new Error('down');
      return 'up';
    });
    const world = () => readFileSync(join(context().dir, 'notes'), 'utf8').split('\\n').length - 1;
    export default flow(async () => shaky());`);
  await going.until((event) => event.kind === 'task-state' && event.task.state.name === 'AwaitingRetry');
  await world.restart();
  const { state } = world.engine.store.taskRuns.ofRun(going.id)[0] ?? {};
  expect(state).toMatchObject({ name: 'AwaitingRetry', message: expect.stringContaining('down; again at') });
  const resumed = await world.resume(going.id);
  expect(resumed).toMatchObject({ state: { name: 'Completed' }, value: 'up' });
  const [first = 0, second = 0] = world.lines('notes').map(Number);
  expect(second - first).toBeGreaterThanOrEqual(3000);
  expect(resumed.taskStates('shaky')).toEqual(['Pending', 'Running', 'AwaitingRetry', 'Retrying', 'Completed']);
});
