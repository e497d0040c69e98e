/** Flows of YAML in everything that they can be executed in: a thread that they share, the CLI's own, a child process. */
import { beforeEach, describe, expect, it } from 'vitest';
import { createInlineRunner } from '../../src/cli/inline-runner.ts';
import type { EngineEvent } from '../../src/engine/events.ts';
import { engineWorld, type RunOptions, type World } from '../support/engine-world.ts';

const isRunning = (event: EngineEvent) => event.kind === 'task-state' && event.task.state.type === 'RUNNING';

describe.each(['shared', 'inline', 'process'] as const)('a graph in a %s host', (kind) => {
  const options: RunOptions = { infrastructure: kind === 'process' ? 'process' : 'thread' };
  let world: World;
  beforeEach(async () => {
    world = await engineWorld(kind === 'inline' ? { makeInlineRunner: createInlineRunner } : {});
  });

  const run = (yaml: string, more: RunOptions = {}) =>
    world.runFile(world.write('flow.yaml', yaml), { ...options, ...more });

  it('hands values and files from task to task, and keeps what was printed', async () => {
    const ended = await run(
      `
      params: { day: { type: string } }
      tasks:
        extract:
          run: echo "day \${{ params.day }}"; echo rows=3 >> $WEIR_OUTPUT; echo data > rows.csv
          files: { rows: rows.csv }
        load: { needs: extract, run: 'cat "\${{ tasks.extract.files.rows }}"; echo \${{ tasks.extract.outputs.rows }}' }`,
      { params: { day: '2026-11-23' } },
    );
    expect(ended.state).toMatchObject({ type: 'COMPLETED' });
    expect(ended.value).toEqual({ extract: { rows: 3 } });
    expect(ended.texts('extract')).toEqual(['day 2026-11-23']);
    expect(ended.texts('load').join('\n')).toBe('data\n3');
  });

  it('ends the commands of a run that is cancelled, and starts nothing more', async () => {
    const going = await world.startFile(
      world.write(
        'flow.yaml',
        `
        tasks:
          long: { run: 'sleep 1000 & sleep 1001' }
          after: { needs: long, run: echo never }`,
      ),
      options,
    );
    await going.until(isRunning);
    going.cancel(5000);
    const ended = await going.ended;
    expect(ended.stateNames.at(-1)).toBe('Cancelled');
    expect(ended.task('long').state.name).toBe('Cancelled');
    expect(ended.tasks.map(({ name }) => name)).toEqual(['long']);
    expect(world.processes()).toEqual([]);
  });

  it('ends a task that is out of time, and tries it again', async () => {
    const ended = await run('tasks: { slow: { run: sleep 1000, timeout: 200ms, retries: 1 } }');
    expect(ended.state).toMatchObject({ type: 'FAILED', message: '1/1 tasks failed.' });
    expect(ended.taskStates('slow')).toEqual(['Pending', 'Running', 'AwaitingRetry', 'Retrying', 'TimedOut']);
    expect(world.processes()).toEqual([]);
  });

  it('ends a flow that is out of time', async () => {
    const ended = await run('timeout: 300ms\ntasks: { slow: { run: sleep 1000 } }');
    expect(ended.state).toMatchObject({ type: 'FAILED', name: 'TimedOut' });
    expect(world.processes()).toEqual([]);
  });

  it('fails a file that is wrong with everything that is wrong with it', async () => {
    const path = world.write('flow.yaml', 'tasks: { a: { run: "true" } }');
    await world.runFile(path, options);
    world.write('flow.yaml', 'tasks: { a: { runs: "true", needs: b } }');
    await expect(world.runFile(path, options)).rejects.toThrow(/has 2 errors|has 3 errors/);
  });

  it('runs its handlers after everything else, once', async () => {
    const ended = await run(`
      tasks:
        bad: { run: exit 3 }
        after: { needs: bad, when: all_done, run: echo after }
      on_failure: { run: 'echo "$WEIR_STATE $WEIR_FAILED_TASK: $WEIR_ERROR"' }`);
    expect(ended.state).toMatchObject({ type: 'FAILED', message: '1/2 tasks failed.' });
    expect(ended.logs.at(-1)?.text).toBe('FAILED bad: exit code 3');
  });
});
