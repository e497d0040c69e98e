/** What every host must do, whatever code runs in it: one suite, run over each kind. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { EngineEvent } from '../../src/engine/events.ts';
import { HOST_KINDS } from '../../src/model/message.ts';
import { engineWorld, type RunOptions, type World } from '../support/engine-world.ts';

let world: World;
beforeEach(async () => {
  world = await engineWorld();
});

const isRunning = (name: string) => (event: EngineEvent) =>
  event.kind === 'task-state' && event.task.name === name && event.task.state.type === 'RUNNING';

describe.each(HOST_KINDS)('a %s host', (infrastructure) => {
  const run = (source: string, options: RunOptions = {}) => world.runFlow(source, { ...options, infrastructure });
  const start = (source: string, options: RunOptions = {}) => world.startFlow(source, { ...options, infrastructure });

  it('runs a flow of TypeScript with imports, tasks and parameters to its result', async () => {
    world.write('numbers.ts', 'export const base: number = 40;');
    const ended = await run(
      `import { base } from './numbers';
       const add = task({ name: 'add' }, async (value: number): Promise<number> => base + value);
       export default flow({ params: z.object({ value: z.number() }) }, async ({ value }) => add(value));`,
      { params: { value: 2 } },
    );
    expect(ended).toMatchObject({ state: { name: 'Completed' }, value: 42, infrastructure });
    expect(ended.stateNames).toEqual(['Pending', 'Running', 'Completed']);
  });

  it('keeps what is logged, printed, and written past the console', async () => {
    const ended = await run(`
      import { writeSync } from 'node:fs';
      const speak = task({ name: 'speak' }, () => {
        log.warn('a warning'); console.log('a line'); process.stdout.write('a part'); 
      });
      export default flow(async () => { await speak(); writeSync(1, 'past the console\\n'); });`);
    expect(ended.texts('speak')).toEqual(['a warning', 'a line', 'a part']);
    expect(ended.texts()).toContain('past the console');
  });

  it('ends what its code has started by itself before the run has ended, in any session', async () => {
    const ended = await run(`
      import { spawn } from 'node:child_process';
      const leave = task({ name: 'leave' }, () => {
        spawn('sleep', ['1000'], { stdio: 'ignore', detached: true }).unref();
        spawn('sh', ['-c', 'trap "" TERM; while :; do sleep 1; done'], { stdio: 'ignore' }).unref();
      });
      export default flow(async () => { await leave(); });`);
    expect(ended.stateNames).toEqual(['Pending', 'Running', 'Completed']);
    expect(world.processes()).toEqual([]);
  });

  it('ends a run that is cancelled', async () => {
    const going = await start(`
      const wait = task({ name: 'wait' }, async () => { await seen('never'); });
      export default flow(async () => { await wait(); });`);
    await going.until(isRunning('wait'));
    going.cancel();
    expect((await going.ended).stateNames).toEqual(['Pending', 'Running', 'Cancelling', 'Cancelled']);
  });
});
