/** Hooks: which run, when, with what; what a faulty one changes (nothing); who runs them when their host is gone. */
import { describe, expect, test } from 'vitest';
import { askToCancel } from '../../src/engine/verbs/cancel.ts';
import { type EndedRun, engineWorld } from '../support/engine-world.ts';

type World = Awaited<ReturnType<typeof engineWorld>>;

/** Notes a line for each hook: who, which state, which error. */
const HOOKS = `
  const tell = (hook) => ({ flowRun, taskRun, state, error, params }) =>
    note([hook, taskRun?.name ?? flowRun.flow, state.name, error?.message ?? '-', JSON.stringify(params)].join(' '));
  const hooks = {
    onRunning: tell('running'), onCompletion: tell('completion'),
    onFailure: tell('failure'), onCancellation: tell('cancellation'),
  };`;

/** Texts of the run's log, read again: hooks log after its end. */
const logOf = (world: World, run: EndedRun | number) =>
  world.engine.store.logs.after(typeof run === 'number' ? run : run.id, 0, 1000).map((chunk) => chunk.text);

const due = (world: World) => world.engine.store.database.prepare('select hook from hooks where ran_at is null').all();

describe('hooks of a flow', () => {
  test.each([
    ['return 1', ['running a Running - {}', 'completion a Completed - {}']],
    ["return Skipped('no rows')", ['running a Running - {}', 'completion a Skipped - {}']],
    ["throw new Error('no')", ['running a Running - {}', 'failure a Failed no {}']],
    ["return Failed('empty')", ['running a Running - {}', 'failure a Failed empty {}']],
    ["return Cancelled('holiday')", ['running a Running - {}', 'cancellation a Cancelled holiday {}']],
  ])('E36 run once with the final state: %s', async (body, notes) => {
    const world = await engineWorld();
    await world.runFlow(`${HOOKS} export default flow({ name: 'a', ...hooks }, async () => { ${body} });`);
    expect(world.lines('notes').toSorted()).toEqual(notes.toSorted());
    expect(due(world)).toEqual([]);
  });

  test('E36 are not called for a retry in between, and onRunning only at the first Running', async () => {
    const world = await engineWorld();
    const run = await world.runFlow(`${HOOKS}
      export default flow({ name: 'a', retries: 2, ...hooks }, async () => {
        if (context().attempt < 3) throw new Error('attempt ' + context().attempt);
      });`);
    expect(run.attempt).toBe(3);
    expect(world.lines('notes')).toEqual(['running a Running - {}', 'completion a Completed - {}']);
  });

  test('E36 that throw, or are given by lists, change nothing: it is logged, and the next one runs', async () => {
    const world = await engineWorld();
    const run = await world.runFlow(`
      export default flow({
        name: 'a',
        onRunning: () => { throw new Error('too early'); },
        onCompletion: [
          () => { throw new Error('smtp is down'); },
          async () => { throw 'text'; },
          async () => { await sleep(5); note('third'); },
        ],
      }, async () => 7);`);
    expect([run.state.name, run.value, run.error]).toEqual(['Completed', 7, null]);
    expect(world.lines('notes')).toEqual(['third']);
    const texts = logOf(world, run).join('\n');
    expect(texts).toContain('onRunning of flow "a" failed, which changes nothing: Error: too early');
    expect(texts).toContain('onCompletion of flow "a" failed, which changes nothing: Error: smtp is down');
    expect(texts).toContain('flow.ts:');
    expect(texts).toContain('a value that is no Error was thrown: "text"');
  });

  test('take no time of the run: its end is when its body ended, and it is nobody else’s before they are through', async () => {
    const world = await engineWorld();
    const run = await world.runFlow(`
      export default flow({ name: 'a', onCompletion: async () => { await sleep(80); log.info('through'); } }, () => {});`);
    const through = world.engine.store.logs.after(run.id, 0, 10).find((chunk) => chunk.text === 'through');
    expect(through?.at ?? 0).toBeGreaterThanOrEqual(Date.parse(run.end_time ?? '') + 79);
  });

  test('print into the run’s log, ask where they are, and get the parameters with their defaults', async () => {
    const world = await engineWorld();
    const run = await world.runFlow(
      `export default flow({
        name: 'a', params: z.object({ week: z.number(), alpha: z.number().default(3) }),
        onCompletion: ({ params, flowRun }) => {
          console.log('printed', JSON.stringify(params), flowRun.id === context().flowRun.id);
          process.stdout.write('without end');
          artifact.markdown('# done', { key: 'summary' });
        },
      }, () => {});`,
      { params: { week: 7 } },
    );
    expect(logOf(world, run)).toEqual(['printed {"week":7,"alpha":3} true', 'without end']);
    expect(world.engine.store.artifacts.ofRun(run.id).map(({ key }) => key)).toEqual(['summary']);
  });

  test('run when the parameters are wrong, with what was given', async () => {
    const world = await engineWorld();
    await world.runFlow(
      `${HOOKS} export default flow({ name: 'a', params: z.object({ week: z.number() }), onFailure: hooks.onFailure }, () => {});`,
      { params: { week: 'soon' } },
    );
    expect(world.lines('notes')).toEqual([expect.stringMatching(/^failure a Failed .*week.*\{"week":"soon"\}$/)]);
  });

  test('call no tasks, and a sentence says so', async () => {
    const world = await engineWorld();
    const run = await world.runFlow(`
      const one = task({ name: 'one' }, () => 1);
      export default flow({ name: 'a', onCompletion: [async () => { await one(); }, async () => { await sh\`true\`; }] }, () => {});`);
    const texts = logOf(world, run).join('\n');
    expect(texts).toContain('the task "one" was called in the hook onCompletion; hooks call no tasks');
    expect(texts).toContain('the task "true" was called in the hook onCompletion');
    expect(run.tasks).toEqual([]);
  });

  test('run after a cancel, which waits for them', async () => {
    const world = await engineWorld();
    const going = await world.startFlow(`${HOOKS}
      const long = task({ name: 'long', ...hooks }, async () => { await seen('never'); });
      export default flow({ name: 'a', ...hooks, onCancellation: async (event) => { await sleep(1700); hooks.onCancellation(event); } },
        async () => { await long(); });`);
    await going.until((event) => event.kind === 'task-state' && event.task.state.type === 'RUNNING');
    // Longer than the grace, which is for the code that is cancelled, and long enough for that on a busy machine.
    going.cancel(1500);
    await going.ended;
    await world.engine.runDueHooks();
    const notes = world.lines('notes').filter((line) => line.startsWith('cancellation'));
    expect(notes.map((line) => line.split(' ').slice(0, 3).join(' '))).toEqual([
      'cancellation long Cancelled',
      'cancellation a Cancelled',
    ]);
  });

  test.each([
    ["'soon'", 'onFailure of flow "a" is neither a function nor a list of functions'],
    ['[() => {}, 1]', 'onFailure of flow "a" is neither a function'],
    ['null', 'onFailure of flow "a" is neither a function'],
  ])('that are none are refused where they are written: %s', async (hook, told) => {
    const world = await engineWorld();
    await expect(world.describe(`export default flow({ name: 'a', onFailure: ${hook} }, () => {});`)).rejects.toThrow(
      told,
    );
  });
});

describe('hooks of a task', () => {
  test('E36 run once with its final state, after its retries', async () => {
    const world = await engineWorld();
    const run = await world.runFlow(`${HOOKS}
      const good = task({ name: 'good', ...hooks }, () => 1);
      const second = task({ name: 'second', retries: 1, ...hooks }, () => { if (context().attempt === 1) throw new Error('once'); });
      const bad = task({ name: 'bad', retries: 1, ...hooks }, () => { throw new Error('always'); });
      const after = task({ name: 'after', ...hooks }, () => 1);
      export default flow({ name: 'a' }, async () => {
        const failing = bad();
        await Promise.all([good().state(), second().state(), failing.state(), after(failing).state()]);
      });`);
    expect(run.state.name).toBe('Completed');
    expect(world.lines('notes').toSorted()).toEqual([
      'completion good Completed - {}',
      'completion second Completed - {}',
      expect.stringMatching(/^failure after UpstreamFailed .* \{\}$/),
      'failure bad Failed always {}',
      'running bad Running - {}',
      'running good Running - {}',
      'running second Running - {}',
    ]);
    expect(due(world)).toEqual([]);
  });

  test('E36 run for a result from the cache, not for one that is reused by a later attempt', async () => {
    const world = await engineWorld();
    await world.runFlow(`${HOOKS}
      const kept = task({ name: 'kept', cache: { key: 'inputs' }, onCompletion: hooks.onCompletion }, (n) => n);
      export default flow({ name: 'a', retries: 1 }, async () => {
        await kept(1);
        await kept(1);
        if (context().attempt === 1) throw new Error('once');
      });`);
    expect(world.lines('notes')).toEqual(['completion kept Completed - {}', 'completion kept Cached - {}']);
  });

  test('are copied by with(), which can replace them', async () => {
    const world = await engineWorld();
    await world.runFlow(`${HOOKS}
      const one = task({ name: 'one', onCompletion: hooks.onCompletion }, () => 1);
      const same = one.with({ name: 'same' });
      const other = one.with({ name: 'other', onCompletion: [() => note('replaced')] });
      export default flow({ name: 'a' }, async () => { await same(); await other(); });`);
    expect(world.lines('notes')).toEqual(['completion same Completed - {}', 'replaced']);
  });

  test('hold nothing up: the flow goes on while they run, and they are through before it is let go', async () => {
    const world = await engineWorld();
    await world.runFlow(`
      const one = task({ name: 'one', onCompletion: async () => { await seen('body'); note('hook'); } }, () => 1);
      export default flow({ name: 'a' }, async () => { await one(); note('body'); writeFileSync(join(context().dir, 'body'), ''); });`);
    expect(world.lines('notes')).toEqual(['body', 'hook']);
  });

  test('log under their task, also from the parallel task runner’s flow', async () => {
    const world = await engineWorld();
    const run = await world.runFlow(`
      const one = task({ name: 'one', onCompletion: ({ taskRun }) => console.log('done with', taskRun.name, context().taskRun.attempt) }, () => 1);
      export default flow({ name: 'a', runner: 'parallel' }, async () => { await one(); });`);
    expect(run.texts('one')).toEqual(['done with one 1']);
  });

  test('of a thousand mapped tasks all run', async () => {
    const world = await engineWorld();
    const run = await world.runFlow(`
      let count = 0;
      const one = task({ name: 'one', onCompletion: async () => { await sleep(1); count++; } }, (n) => n);
      export default flow({ name: 'a', onCompletion: () => log.info(String(count)) }, async () => {
        await one.map(Array.from({ length: 1000 }, (_, n) => n));
      });`);
    expect(logOf(world, run)).toEqual(['1000']);
  });
});

test('E36 hooks of a subflow run once as well, with its own run and its own parameters', async () => {
  const world = await engineWorld();
  await world.runFlow(
    `${HOOKS}
    const one = task({ name: 'one', onCompletion: hooks.onCompletion }, () => 1);
    export const inner = flow({ name: 'inner', ...hooks }, async ({ n }) => { await one(); if (n === 2) throw new Error('two'); });
    export default flow({ name: 'outer', ...hooks }, async () => {
      await inner({ n: 1 });
      await inner({ n: 2 }).catch(() => {});
    });`,
    { flow: 'outer' },
  );
  await world.engine.runDueHooks();
  expect(world.lines('notes').toSorted()).toEqual([
    'completion inner Completed - {"n":1}',
    'completion one Completed - {"n":1}',
    'completion one Completed - {"n":2}',
    'completion outer Completed - {}',
    'failure inner Failed two {"n":2}',
    'running inner Running - {"n":1}',
    'running inner Running - {"n":2}',
    'running outer Running - {}',
  ]);
  expect(due(world)).toEqual([]);
});

describe('hooks whose host is gone', () => {
  test.each([
    ['process.exit(3)', 'process.exit'],
    ["Promise.reject(new Error('lost')); await sleep(1e6)", 'lost'],
  ])('run in a fresh one: %s', async (body, told) => {
    const world = await engineWorld();
    await world.runFlow(
      `${HOOKS} export default flow({ name: 'a', onFailure: hooks.onFailure }, async () => { ${body}; });`,
    );
    await world.engine.runDueHooks();
    expect(world.lines('notes')).toEqual([expect.stringMatching(new RegExp(`^failure a Failed .*${told}`))]);
    expect(due(world)).toEqual([]);
  });

  test('run for a task that was ended with the host, with the names that the file gives them', async () => {
    const world = await engineWorld();
    await world.runFlow(`${HOOKS}
      const end = task({ name: 'end', onFailure: hooks.onFailure }, async () => { await sleep(20); process.exit(1); });
      const plain = task({ name: 'plain' }, async () => { await sleep(1e6); });
      export default flow({ name: 'a' }, async () => { await Promise.all([end(), plain()]); });`);
    await world.engine.runDueHooks();
    expect(world.lines('notes')).toEqual([expect.stringMatching(/^failure end Failed .*process\.exit/)]);
    expect(due(world)).toEqual([]);
  });

  test('run for a run that was cancelled before it began', async () => {
    const world = await engineWorld();
    const going = await world.startFlow(`${HOOKS}
      export default flow({ name: 'a', retries: 1, retryDelay: '1h', onCancellation: hooks.onCancellation },
        () => { throw new Error('once'); });`);
    await going.until((event) => event.kind === 'run-state' && event.state.name === 'AwaitingRetry');
    await askToCancel(world.engine, going.id, 'test');
    await going.ended;
    await world.engine.runDueHooks();
    expect(world.lines('notes')).toEqual(['cancellation a Cancelled cancelled by test {}']);
  });

  test('run again in the next process when theirs ended while they ran', async () => {
    const world = await engineWorld();
    const going = await world.startFlow(`
      export default flow({ name: 'a', onCompletion: async () => {
        note('begun'); log.info('begun'); await seen('go'); note('through');
      } }, () => 5);`);
    await going.until((event) => event.kind === 'log');
    await world.restart();
    expect(world.engine.store.flowRuns.byId(going.id)?.state.name).toBe('Completed');
    world.write('go', '');
    await world.engine.runDueHooks();
    await world.engine.runDueHooks();
    expect(world.lines('notes')).toEqual(['begun', 'begun', 'through']);
    expect(world.engine.store.flowRuns.byId(going.id)).toMatchObject({ state: { name: 'Completed' }, ownerId: null });
  });

  test('of a task run when the resumed flow reuses its result', async () => {
    const world = await engineWorld();
    const going = await world.startFlow(`
      export default flow({ name: 'a' }, async () => {
        const one = task({ name: 'one', onCompletion: async () => { note('hook'); await seen('go'); note('through'); } }, () => note('task'));
        await one();
        log.info('waiting');
        await seen('go');
      });`);
    await going.until((event) => event.kind === 'log');
    await world.restart();
    world.write('go', '');
    await world.resume(going.id);
    expect(world.lines('notes')).toEqual(['task', 'hook', 'hook', 'through']);
    expect(due(world)).toEqual([]);
  });

  test('that end their host are given up after a second try, and the others still run', async () => {
    const world = await engineWorld();
    const run = await world.runFlow(`
      const one = task({ name: 'one', onCompletion: () => { note('task'); } }, () => 1);
      export default flow({ name: 'a', onRunning: () => note('running'), onCompletion: () => { note('exit'); process.exit(1); } },
        async () => { await one(); });`);
    await world.engine.runDueHooks();
    expect(run.state.name).toBe('Completed');
    expect(world.lines('notes').toSorted()).toEqual(['exit', 'exit', 'running', 'task']);
    expect(logOf(world, run).at(-1)).toMatch(/^onCompletion did not end: the flow's code ended its thread/);
    expect(due(world)).toEqual([]);
  });

  test('whose file is gone are given up with a word in the log', async () => {
    const world = await engineWorld();
    const run = await world.runFlow(`
      const one = task({ name: 'one', onFailure: () => note('never') }, () => process.exit(1));
      export default flow({ name: 'a' }, async () => { await one(); });`);
    world.engine.store.database.prepare("update flow_runs set code_hash = null, path = path || 'x'").run();
    await world.engine.runDueHooks();
    expect(logOf(world, run).at(-1)).toContain('the hooks of this run cannot be run');
    expect(due(world)).toEqual([]);
  });
});
