import { availableParallelism } from 'node:os';
import { beforeEach, describe, expect, it } from 'vitest';
import { engineWorld, mostAtOnce, type World } from '../support/engine-world.ts';

let world: World;
beforeEach(async () => {
  world = await engineWorld();
});

const STEP =
  "const step = task({ name: 'step' }, async (n, ..._) => { note('in ' + n); await sleep(5); note('out ' + n); return n; });";

describe('the sequential task runner', () => {
  it('E35 never runs two tasks at once, and keeps the order of the calls', async () => {
    const run = await world.runFlow(`${STEP}
      export default flow({ runner: 'sequential' }, async () => {
        const first = step(1);
        const second = step(2, first);
        step.map([3, 4]);
        const fifth = step(5);
        await sh({ name: 'shell' })\`echo "in 6" >> notes; echo "out 6" >> notes\`;
        await step(7, fifth, second);
      });`);
    expect(run.state.name).toBe('Completed');
    expect(world.lines('notes')).toEqual([1, 2, 3, 4, 5, 6, 7].flatMap((n) => [`in ${n}`, `out ${n}`]));
  });

  it('E35 waits in front of a map that waits for its array, and not behind it', async () => {
    const run = await world.runFlow(`${STEP}
      const list = task({ name: 'list' }, () => { note('in 0'); note('out 0'); return [1, 2]; });
      export default flow({ runner: 'sequential' }, async () => {
        const mapped = step.map(list());
        return await step(3, mapped);
      });`);
    expect(run.result).toBe(3);
    expect(world.lines('notes')).toEqual([0, 1, 2, 3].flatMap((n) => [`in ${n}`, `out ${n}`]));
  });

  it('E35 keeps the order of the calls over retries', async () => {
    const run = await world.runFlow(`
      const flaky = task({ name: 'flaky', retries: 1, retryDelay: '20ms' }, (n) => {
        note(n + '.' + context().attempt);
        if (context().attempt === 1) throw new Error('no');
      });
      export default flow({ runner: 'sequential' }, () => { flaky(1); flaky(2); });`);
    expect(run.state.name).toBe('Completed');
    expect(world.lines('notes')).toEqual(['1.1', '1.2', '2.1', '2.2']);
  });

  it('E35 runs a task that calls others, one after another', async () => {
    const run = await world.runFlow(`${STEP}
      const parent = task({ name: 'parent' }, async () => { await Promise.all([step(1), step(2)]); });
      export default flow({ runner: 'sequential' }, async () => { parent(); await step(3); });`);
    expect(run.state.name).toBe('Completed');
    expect(mostAtOnce(world.lines('notes'))).toBe(1);
  });
});

describe('the concurrent task runner', () => {
  it('E35 starts tasks together, at most maxConcurrency of them', async () => {
    const run = await world.runFlow(`${STEP}
      export default flow({ maxConcurrency: 3 }, async () => { await step.map([1, 2, 3, 4, 5, 6, 7, 8]); });`);
    expect(run.state.name).toBe('Completed');
    expect(mostAtOnce(world.lines('notes'))).toBe(3);
  });

  it('E35 counts commands and functions together where maxConcurrency is given', async () => {
    const run = await world.runFlow(`${STEP}
      export default flow({ maxConcurrency: 4 }, async () => {
        step.map([1, 2, 3, 4, 5, 6]);
        for (const n of [7, 8, 9, 10, 11, 12]) sh\`echo "in \${n}" >> notes; sleep 0.05; echo "out \${n}" >> notes\`;
      });`);
    expect(run.state).toMatchObject({ name: 'Completed' });
    expect(mostAtOnce(world.lines('notes'))).toBeLessThanOrEqual(4);
  });

  it('E35 starts as many commands as maxConcurrency says, on fewer cores, too', async () => {
    const most = availableParallelism() + 2;
    const run = await world.runFlow(`
      export default flow({ maxConcurrency: ${most}, timeout: '60s' }, async () => {
        for (let n = 0; n < ${most}; n++) sh\`echo in >> notes; until [ $(grep -c in notes) -ge ${most} ]; do sleep 0.01; done\`;
      });`);
    expect(run.state).toMatchObject({ name: 'Completed' });
  });

  it('E35 starts a task as soon as its inputs are there, whatever was called before', async () => {
    const run = await world.runFlow(`
      const slow = task({ name: 'slow' }, () => seen('go'));
      const quick = task({ name: 'quick' }, () => writeFileSync(join(context().dir, 'go'), ''));
      export default flow(async () => { const a = slow(); await quick(); await a; });`);
    expect(run.state.name).toBe('Completed');
  });
});

describe('the parallel task runner', () => {
  /** Computes until a file is there: on one thread the second could never write it. */
  const BUSY = `
    import { threadId } from 'node:worker_threads';
    const busy = task({ name: 'busy' }, (mine, other) => {
      writeFileSync(join(context().dir, mine), '');
      const until = Date.now() + 50_000;
      while (!existsSync(join(context().dir, other))) if (Date.now() > until) throw new Error('the other never began');
      return threadId;
    });`;

  it('E35 runs two tasks that compute on two threads at once', async () => {
    const run = await world.runFlow(`${BUSY}
      export default flow({ runner: 'parallel', maxConcurrency: 2 }, async () => {
        const both = [busy('a', 'b'), busy('b', 'a')];
        return [...await Promise.all(both), threadId];
      });`);
    expect(run.state.name).toBe('Completed');
    expect(new Set(run.result as number[]).size).toBe(3);
  });

  it('E35 refuses a task that is not defined at the top level of a module, by its name, and tries it no more', async () => {
    const run = await world.runFlow(`
      export default flow({ runner: 'parallel' }, async () => {
        const inner = task({ name: 'inner', retries: 5 }, () => 1);
        await inner();
      });`);
    expect(run.state.message).toBe(
      'the parallel task runner cannot run the task "inner" on another thread: it is not defined at the top level of a module',
    );
    expect(run.task('inner').attempt).toBe(1);
  });

  it('E35 names the argument and the result that cannot be carried to another thread', async () => {
    const source = (body: string) => `
      const use = task({ name: 'use' }, (x) => 1);
      const give = task({ name: 'give' }, () => ({ model: { predict: () => 1 } }));
      export default flow({ runner: 'parallel' }, async () => { ${body} });`;
    const given = await world.runFlow(source('await use({ predict: () => 1 });'));
    expect(given.state.message).toMatch(/arguments of task "use".*predict is a function/);
    const result = await world.runFlow(source('await give();'));
    expect(result.state.message).toMatch(/result of task "give".*predict is a function/);
  });

  it('E35 carries values of the codec both ways, errors with their fields, and returned states', async () => {
    const run = await world.runFlow(`
      const same = task({ name: 'same' }, (x) => x);
      const bad = task({ name: 'bad' }, () => { throw Object.assign(new RangeError('broken'), { item: 7n }); });
      const returned = task({ name: 'returned', retries: 1 }, () => context().attempt === 1 ? Failed('no') : Completed('well', { result: [1] }));
      export default flow({ runner: 'parallel' }, async () => {
        const value = await same(new Map([['a', Buffer.from('b')]]));
        const error = await bad().result({ raise: false });
        return [value, error instanceof RangeError, error.message, error.item, await returned()];
      });`);
    expect(run.value).toEqual([new Map([['a', Buffer.from('b')]]), true, 'broken', 7n, [1]]);
    expect(run.task('returned')).toMatchObject({ attempt: 2, state: { name: 'Completed', message: 'well' } });
  });

  it('E35 lets tasks say and ask there what they may anywhere', async () => {
    const run = await world.runFlow(
      `
      const talk = task({ name: 'talk' }, async () => {
        console.log('printed'); log.warn('said', { a: 1 }); process.stdout.write('begun');
        progress(1, 2); metric('rmse', 1.5); artifact.markdown('# hi', { key: 'note' });
        await models.register('model', { a: 1 });
        writeFileSync(join(context().runDir, 'file'), '');
        const { flowRun, taskRun, attempt, params } = context();
        return [flowRun.id, taskRun.name, attempt, params.x, (await models.list('model')).length];
      });
      export default flow({ runner: 'parallel' }, () => talk());`,
      { params: { x: 'y' } },
    );
    expect(run).toMatchObject({ error: null, result: [1, 'talk', 1, 'y', 1] });
    expect(run.texts('talk')).toEqual(['printed', 'said', 'begun']);
    expect(run.task('talk').metrics).toEqual({ rmse: 1.5 });
    expect(run.artifacts).toMatchObject([{ key: 'note', task: run.task('talk').id }]);
  });

  it('E35 refuses task calls inside tasks with a sentence', async () => {
    const run = await world.runFlow(`
      const inner = task({ name: 'inner' }, () => 1);
      const outer = task({ name: 'outer' }, () => inner());
      export default flow({ runner: 'parallel' }, () => outer());`);
    expect(run.state.message).toContain('the task "inner" was called inside the task "outer"');
  });

  it('E35 ends a task that computes past its timeout with its thread, and tries it again on another', async () => {
    const run = await world.runFlow(`
      const busy = task({ name: 'busy', timeout: '2s', retries: 1 }, () => {
        if (context().attempt === 2) return 'again';
        for (;;);
      });
      export default flow({ runner: 'parallel' }, () => busy());`);
    expect(run.result).toBe('again');
    expect(run.taskStates('busy')).toEqual(['Pending', 'Running', 'AwaitingRetry', 'Retrying', 'Completed']);
  });

  it.each([
    ['waits for what can never happen', 'new Promise(() => {})', /waits for something that can never happen/],
    ['exits', 'process.exit(3)', /process\.exit\(3\)/],
    ['loses a rejection', "(Promise.reject(new Error('lost')), sleep(60_000))", /nobody handled it: lost/],
  ])('E35 tells of a task that %s', async (_what, body, told) => {
    const run = await world.runFlow(`
      const one = task({ name: 'one' }, () => ${body});
      export default flow({ runner: 'parallel' }, () => one());`);
    expect(run.state.type).toBe('FAILED');
    expect(run.state.message).toMatch(told);
  });
});
