import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createEvents, type EngineEvent } from '../../src/engine/events.ts';
import { askToCancel } from '../../src/engine/verbs/cancel.ts';
import { openStore } from '../../src/store/store.ts';
import { engineWorld, type World } from '../support/engine-world.ts';

let world: World;
beforeEach(async () => {
  world = await engineWorld();
});

const isRunning = (name: string) => (event: EngineEvent) =>
  event.kind === 'task-state' && event.task.name === name && event.task.state.type === 'RUNNING';

/** Keeps its thread busy until the file "go" is there. */
const BUSY = `note('busy'); while (!existsSync(join(context().dir, 'go')));`;

describe('a cancel', () => {
  it('E53 takes a run from Running through Cancelling to Cancelled; what was not started never starts', async () => {
    const going = await world.startFlow(`
      const hang = task({ name: 'hang', retries: 5 }, async () => { note('hang'); await seen('never'); });
      const flaky = task({ name: 'flaky', retries: 5, retryDelay: '1h' }, () => { throw new Error('no'); });
      const next = task({ name: 'next' }, () => note('next'));
      export default flow({ retries: 5, maxConcurrency: 2 }, async () => {
        const waits = flaky();
        const first = hang();
        next(first);
        const second = hang();
        const third = hang();
        try { await first; } finally { note('finally'); await next(); }
      });`);
    await going.until((event) => event.kind === 'task-state' && event.task.state.name === 'AwaitingRetry');
    await going.until(isRunning('hang'));
    going.cancel();
    const run = await going.ended;
    expect(run.stateNames).toEqual(['Pending', 'Running', 'Cancelling', 'Cancelled']);
    expect(run.state.message).toBe('cancelled by test');
    expect(run.tasks.every((each) => ['CANCELLED', 'FAILED'].includes(each.state.type))).toBe(true);
    expect(run.taskStates('flaky')).toEqual(['Pending', 'Running', 'AwaitingRetry', 'Cancelled']);
    expect(world.lines('notes')).not.toContain('next');
    expect(run.error).toBeNull();
  });

  it("E53 ends a shell command's whole tree before the run is Cancelled", async () => {
    const going = await world.startFlow(`
      export default flow(async () => { await sh({ name: 'long' })\`trap 'echo ended >> notes; exit' TERM; sleep 1000 & setsid sleep 1000 & echo up; wait\`; });`);
    await going.until((event) => event.kind === 'log' && event.chunk.text === 'up');
    expect(world.processes().length).toBeGreaterThan(0);
    let left: number[] | null = null;
    void going.until((event) => {
      if (event.kind === 'run-state' && event.state.type === 'CANCELLED') left = world.processes();
      return left !== null;
    });
    going.cancel();
    const run = await going.ended;
    expect(run.state.name).toBe('Cancelled');
    expect(run.task('long').state.name).toBe('Cancelled');
    expect(left).toEqual([]);
    expect(world.lines('notes')).toEqual(['ended']);
  });

  it.each([
    ['does not listen', "await seen('never')"],
    ['never gives the thread back', 'for (;;);'],
  ])('E53 is obeyed by code that %s', async (_what, body) => {
    const going = await world.startFlow(`
      const deaf = task({ name: 'deaf' }, async () => { await seen('go'); ${body}; });
      export default flow(async () => { await deaf(); });`);
    await going.until(isRunning('deaf'));
    world.write('go', '');
    going.cancel(300);
    const run = await going.ended;
    expect(run.stateNames.at(-1)).toBe('Cancelled');
    expect(run.task('deaf').state.name).toBe('Cancelled');
  });

  it('E53 of a run that waits for its retry is Cancelled at once', async () => {
    const going = await world.startFlow(
      `export default flow({ retries: 1, retryDelay: '1h' }, () => { throw new Error('no'); });`,
    );
    await going.until((event) => event.kind === 'run-state' && event.state.name === 'AwaitingRetry');
    await world.engine.dispatcher.executionOf(going.id)?.ended;
    going.cancel();
    const run = await going.ended;
    expect(run.stateNames).toEqual(['Pending', 'Running', 'AwaitingRetry', 'Cancelled']);
  });

  it('E53 that comes before the flow has begun keeps its body from being entered', async () => {
    const going = await world.startFlow("await sleep(200); export default flow(() => { note('entered'); });", {
      loadAgain: true,
    });
    going.cancel();
    const run = await going.ended;
    expect(run.state.name).toBe('Cancelled');
    expect(world.lines('notes')).toEqual([]);
  });

  it('E53 leaves a run that is final as it is', async () => {
    const run = await world.runFlow('export default flow(() => 1);');
    expect(await askToCancel(world.engine, run.id, 'test')).toEqual({ kind: 'final' });
    expect(world.engine.store.flowRuns.byId(run.id)?.state.name).toBe('Completed');
  });

  it('E53 that another process asks for ends the run, and is told where it is executed', async () => {
    const other = openStore(join(world.folder, 'weir.db'));
    onTestFinished(() => void other.close());
    const going = await world.startFlow(`
      const hang = task({ name: 'hang' }, async () => { await seen('never'); });
      const next = task({ name: 'next' }, () => note('next'));
      export default flow(async () => { try { await hang(); } finally { await next(); } });`);
    await going.until(isRunning('hang'));
    const asked = await askToCancel({ store: other, events: createEvents(), now: Date.now }, going.id, 'somebody');
    expect(asked.kind).toBe('told');
    const run = await going.ended;
    expect(run.states.map((state) => [state.name, state.message])).toEqual([
      ['Pending', null],
      ['Running', null],
      ['Cancelling', 'cancelled by somebody'],
      ['Cancelled', 'cancelled by somebody'],
    ]);
    await going.until((event) => event.kind === 'run-state' && event.state.name === 'Cancelling');
    expect(run.task('hang').state.name).toBe('Cancelled');
    expect(world.lines('notes')).toEqual([]);
    await other.writer.stop();
  });

  it('E53 that another process asks for at the moment of the end makes the run Cancelled, not Completed', async () => {
    const other = openStore(join(world.folder, 'weir.db'));
    onTestFinished(() => void other.close());
    const going = await world.startFlow(`
      export default flow(async () => {
        await seen('begin');
        ${BUSY}
        return 1;
      });`);
    await going.until((event) => event.kind === 'run-state' && event.state.name === 'Running');
    world.write('begin', '');
    await vi.waitUntil(() => world.lines('notes').includes('busy'), 90_000);
    await askToCancel({ store: other, events: createEvents(), now: Date.now }, going.id, 'somebody');
    world.write('go', '');
    const run = await going.ended;
    expect(run.stateNames).toEqual(['Pending', 'Running', 'Cancelling', 'Cancelled']);
    expect(run.result).toBeNull();
    await other.writer.stop();
  });

  it('E53 keeps a command from being started by code that has not heard of it yet', async () => {
    const going = await world.startFlow(`
      const busy = task({ name: 'busy' }, async () => {
        await seen('begin');
        ${BUSY}
        await sh\`echo ran >> notes\`;
      });
      export default flow(() => busy());`);
    await going.until(isRunning('busy'));
    world.write('begin', '');
    await vi.waitUntil(() => world.lines('notes').includes('busy'), 90_000);
    going.cancel();
    world.write('go', '');
    const run = await going.ended;
    expect(run.state.name).toBe('Cancelled');
    expect(world.lines('notes')).toEqual(['busy']);
  });
});
