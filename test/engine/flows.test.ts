import { beforeEach, describe, expect, it } from 'vitest';
import { engineWorld, type World } from '../support/engine-world.ts';

let world: World;
beforeEach(async () => {
  world = await engineWorld();
});

const message = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: Error) => error.message,
  );

describe('a flow', () => {
  it('E01 that returns 6 gives 6: one run stored, Completed, with version and parameters', async () => {
    const run = await world.runFlow("export default flow({ name: 'six', version: '3' }, () => 6);", {
      params: { a: 1 },
    });
    expect(run.result).toBe(6);
    expect(run).toMatchObject({
      id: 1,
      flow: 'six',
      state: { type: 'COMPLETED', name: 'Completed' },
      params: { a: 1 },
    });
    expect(run.stateNames).toEqual(['Pending', 'Running', 'Completed']);
    expect(world.engine.store.flowRuns.latest(10, null)).toHaveLength(1);
    expect(world.engine.store.flowRuns.byId(1)?.version).toBe('3');
  });

  it('E02 without a name takes that of its function or file in kebab-case; its description is the option or empty', async () => {
    const [one] = await world.describe('export default flow(async function weeklyRetrain() {});');
    expect(one).toMatchObject({ name: 'weekly-retrain', entry: 'default', description: '' });
    const [two] = await world.describe('export default flow({ description: "why" }, async () => {});', 'myGoodFlow.ts');
    expect(two).toMatchObject({ name: 'my-good-flow', description: 'why' });
    const [three] = await world.describe('export const loadCSVFile = flow(async () => {});', 'other.ts');
    expect(three).toMatchObject({ name: 'load-csv-file', entry: 'loadCSVFile' });
  });

  it.each(['/', '%', '&', '<', '>'])(
    'E03 whose name contains %s is refused where it is written, naming the character',
    async (bad) => {
      const said = await message(world.describe(`\nexport default flow({ name: 'a${bad}b' }, () => 1);`));
      expect(said).toContain(`contains "${bad}"`);
      expect(said).toMatch(/flow\.ts:\d+/);
    },
  );

  it('E04 gets "1" and 2 as 1 and 2 when its schema coerces', async () => {
    const run = await world.runFlow(
      'export default flow({ params: z.object({ a: z.coerce.number(), b: z.number() }) }, ({ a, b }) => [a, b]);',
      { params: { a: '1', b: 2 } },
    );
    expect(run.result).toEqual([1, 2]);
  });

  const NUMBER = `export default flow({ retries: 3, params: z.object({ count: z.number() }) }, () => note('entered'));`;

  it('E05 given "foo" for a number is Failed with parameter and value named, and its body is not entered', async () => {
    const run = await world.runFlow(NUMBER, { params: { count: 'foo' } });
    expect(run.state).toMatchObject({ type: 'FAILED', name: 'Failed' });
    expect(run.state.message).toContain('"count"');
    expect(run.state.message).toContain('"foo"');
    expect(run.attempt).toBe(1);
    expect(world.lines('notes')).toEqual([]);
  });

  it('E05 given an unknown parameter refuses it and lists the known ones; a missing one is named', async () => {
    const unknown = await world.runFlow(NUMBER, { params: { count: 1, cuont: 2 } });
    expect(unknown.state.message).toContain('there is no parameter "cuont"; the flow has count');
    const missing = await world.runFlow(NUMBER, {});
    expect(missing.state.message).toContain('parameter "count" is missing');
    expect(world.lines('notes')).toEqual([]);
  });

  it('E06 with validateParams false gets the raw value', async () => {
    const run = await world.runFlow(
      'export default flow({ validateParams: false, params: z.object({ count: z.number() }) }, (params) => params);',
      { params: { count: 'foo', other: 1 } },
    );
    expect(run.result).toEqual({ count: 'foo', other: 1 });
  });

  it('E07 whose body throws is Failed: name, message and stack are kept, and it is logged', async () => {
    const run = await world.runFlow(`export default flow(() => { throw new TypeError('no rows today'); });`);
    expect(run.state).toMatchObject({ type: 'FAILED', name: 'Failed', message: 'no rows today' });
    expect(run.error).toMatchObject({ name: 'TypeError', message: 'no rows today' });
    expect(run.error?.stack).toMatch(/^TypeError: no rows today\n\s+at .*flow\.ts:\d+/);
    expect(run.error?.stack).not.toMatch(/worker eval|runner\.cjs/);
    expect(run.logs).toHaveLength(1);
    expect(run.logs[0]).toMatchObject({ level: 'error', taskRunId: null });
    expect(run.logs[0]?.text).toContain('TypeError: no rows today');
  });

  it('E07 that throws something else than an Error is Failed and says what it was', async () => {
    for (const [thrown, told] of [
      ["'a string'", '"a string"'],
      ['undefined', 'undefined'],
      ['null', 'null'],
      ['{ code: 7 }', '{"code":7}'],
    ] as const) {
      const run = await world.runFlow(`export default flow(() => { throw ${thrown}; });`);
      expect(run.state.message).toBe(`a value that is no Error was thrown: ${told}`);
    }
  });

  it.each([
    ["Failed('because')", { type: 'FAILED', name: 'Failed', message: 'because' }],
    ["Completed('nothing new')", { type: 'COMPLETED', name: 'Completed', message: 'nothing new' }],
    ["Cancelled('a holiday')", { type: 'CANCELLED', name: 'Cancelled', message: 'a holiday' }],
    ["Skipped('no rows')", { type: 'SKIPPED', name: 'Skipped', message: 'no rows' }],
    ["Failed(new Error('an error'))", { type: 'FAILED', name: 'Failed', message: 'Error: an error' }],
    ['Failed()', { type: 'FAILED', name: 'Failed', message: null }],
  ])('E08 that returns %s has exactly that state', async (returned, state) => {
    const run = await world.runFlow(`export default flow(() => ${returned});`);
    expect(run.state).toMatchObject(state);
  });

  it('E08 keeps the result that a returned Completed carries', async () => {
    const run = await world.runFlow(`export default flow(() => Completed('done', { result: [1] }));`);
    expect(run.value).toEqual([1]);
  });

  const TASKS = `
    const good = task({ name: 'good' }, (value) => value);
    const bad = task({ name: 'bad' }, () => { throw new RangeError('broken'); });`;

  it('E09 that returns the future of a failed task fails with its error', async () => {
    const run = await world.runFlow(`${TASKS} export default flow(() => bad());`);
    expect(run.state).toMatchObject({ type: 'FAILED', message: 'broken' });
    expect(run.error).toMatchObject({ name: 'RangeError', message: 'broken' });
  });

  it('E09 that returns a list of futures is judged by all of them', async () => {
    const failed = await world.runFlow(`${TASKS} export default flow(() => [bad(), bad(), good(1)]);`);
    expect(failed.state).toMatchObject({ type: 'FAILED', name: 'Failed', message: '2/3 states failed.' });
    const completed = await world.runFlow(`${TASKS} export default flow(() => [good(1), good(2)]);`);
    expect(completed.state).toMatchObject({ type: 'COMPLETED', message: 'All states completed.' });
    expect(completed.result).toEqual([1, 2]);
    const states = await world.runFlow(
      `${TASKS} export default flow(async () => [await bad().state(), Completed(), Skipped()]);`,
    );
    expect(states.state.message).toBe('1/3 states failed.');
  });

  it('E09 that returns data with states inside, or an empty list, is Completed with it', async () => {
    const run = await world.runFlow(`${TASKS} export default flow(async () => ({ state: await bad().state() }));`);
    expect(run.state.type).toBe('COMPLETED');
    expect(run.result).toMatchObject({ state: { type: 'FAILED' } });
    expect((await world.runFlow('export default flow(() => []);')).result).toEqual([]);
  });

  it('E10 that returns nothing is Failed when a task failed unobserved, and waits for all of them', async () => {
    const run = await world.runFlow(`${TASKS}
      const slow = task({ name: 'slow' }, async () => { await sleep(50); note('slow'); });
      export default flow(() => { bad(); slow(); });`);
    expect(run.state).toMatchObject({ type: 'FAILED', message: '1/2 states failed.' });
    expect(world.lines('notes')).toEqual(['slow']);
  });

  it.each([
    ['awaited in try and catch', 'try { await bad(); } catch {}'],
    ['asked for its state', 'await bad().state();'],
    ['asked for its result without raising', 'await bad().result({ raise: false });'],
    ['looked at by catch()', 'bad().catch(() => {});'],
    ['looked at through the task it was passed to', 'await good(bad()).state();'],
    ['accepted by a task', 'good(allowFailure(bad()));'],
    ['among mapped calls that were asked', 'await good.map([bad(), 1]).states();'],
    ['the array of a map that was awaited', 'try { await good.map(bad()); } catch {}'],
  ])('E10 is Completed when the failure was %s', async (_how, body) => {
    const run = await world.runFlow(`${TASKS} export default flow(async () => { ${body} });`);
    expect(run.state).toMatchObject({ type: 'COMPLETED', message: null });
  });

  it('E10 counts a failure that was only passed on to a task that nobody looked at', async () => {
    const run = await world.runFlow(`${TASKS} export default flow(() => { good(good(bad())); good(1); });`);
    expect(run.state.message).toBe('3/4 states failed.');
  });

  it('E11 that sleeps longer than its timeout is TimedOut with the limit in the message; its tasks end with it', async () => {
    const run = await world.runFlow(`
      const hang = task({ name: 'hang' }, () => seen('never'));
      export default flow({ timeout: '100ms' }, async () => { await hang(); note('beyond'); });`);
    expect(run.state).toMatchObject({ type: 'FAILED', name: 'TimedOut' });
    expect(run.state.message).toContain('100ms');
    expect(run.task('hang').state.name).toBe('Cancelled');
    expect(world.lines('notes')).toEqual([]);
  });

  it('E11 that is fast enough is untouched by its timeout, also by one of months', async () => {
    for (const timeout of ['1h', '90d']) {
      const run = await world.runFlow(
        `export default flow({ timeout: '${timeout}' }, async () => { await sleep(20); return 1; });`,
      );
      expect(run).toMatchObject({ state: { name: 'Completed' }, result: 1 });
    }
  });

  it('E11 is tried again after a timeout by its retries', async () => {
    const run = await world.runFlow(`
      export default flow({ timeout: '500ms', retries: 1 }, async () => {
        if (context().attempt === 1) await seen('never');
        return context().attempt;
      });`);
    expect(run.result).toBe(2);
    expect(run.stateNames).toEqual(['Pending', 'Running', 'AwaitingRetry', 'Retrying', 'Completed']);
  });

  it('E12 with one retry that throws first and then returns "hello" gives it in attempt 2', async () => {
    const run = await world.runFlow(`
      export default flow({ retries: 1 }, () => {
        if (context().attempt === 1) throw new Error('not yet');
        return 'hello';
      });`);
    expect(run).toMatchObject({ result: 'hello', attempt: 2, error: null });
    expect(run.stateNames).toEqual(['Pending', 'Running', 'AwaitingRetry', 'Retrying', 'Completed']);
  });

  it('E12 tries no error again that its retryIf refuses, nor a returned Failed that is not retriable', async () => {
    const refused = await world.runFlow(`
      export default flow({ retries: 3, retryIf: (error) => error.message !== 'hopeless' }, () => { throw new Error('hopeless'); });`);
    expect(refused.attempt).toBe(1);
    const returned = await world.runFlow(
      `export default flow({ retries: 3 }, () => Failed('empty', { retriable: false }));`,
    );
    expect(returned).toMatchObject({ attempt: 1, state: { message: 'empty' } });
  });

  it('E13 tried again runs no finished task again, but one that failed', async () => {
    const run = await world.runFlow(`
      const done = task({ name: 'done' }, () => { note('done'); return new Map([['a', 1n]]); });
      const flaky = task({ name: 'flaky' }, (map) => {
        note('flaky ' + map.get('a'));
        if (context().flowRun.attempt === 1) throw new Error('not yet');
        return 'ok';
      });
      export default flow({ retries: 1 }, () => flaky(done()));`);
    expect(run).toMatchObject({ result: 'ok', attempt: 2 });
    expect(world.lines('notes')).toEqual(['done', 'flaky 1', 'flaky 1']);
    expect(run.tasks).toHaveLength(2);
    expect(run.task('done')).toMatchObject({ reused_from_attempt: 1, why: 'reused from attempt 1', attempt: 1 });
    expect(run.task('flaky')).toMatchObject({ attempt: 2, why: 'ran again: failed before', error: null });
    expect(run.task('flaky').upstream).toEqual([run.task('done').id]);
  });

  it('E14 file that does not parse is refused with file, line, column and the offending line, and no run', async () => {
    const said = await message(
      world.describe("import { flow } from 'weir';\nexport default flow(() => {\n  const = 3;\n});"),
    );
    expect(said).toMatch(/flow\.ts:3:\d+/);
    expect(said).toContain('const = 3;');
    expect(world.engine.store.flowRuns.latest(1, null)).toEqual([]);
  });

  it('E14 file that imports something missing, or exports no flow, says so', async () => {
    const file = await message(
      world.describe("import { flow } from 'weir';\nimport { x } from './gone.ts';\nexport default flow(() => x);"),
    );
    expect(file).toMatch(/flow\.ts:2:\d+: cannot find the file "\.\/gone\.ts"/);
    const pack = await message(
      world.describe("import { flow } from 'weir';\nimport _ from 'lodash-not-there';", 'b.ts'),
    );
    expect(pack).toContain('cannot find the package "lodash-not-there"');
    const name = await message(
      world.describe("import { flow, nothing } from 'weir';\nexport default flow(() => nothing);", 'c.ts'),
    );
    expect(name).toMatch(/c\.ts:1.*nothing/);
    expect(await message(world.describe('export const a = 1;', 'd.ts'))).toContain('exports no flow');
    expect(
      await message(world.describe('export default flow(() => 1);\nthrow new Error("at the top");', 'e.ts')),
    ).toMatch(/e\.ts:\d+.*at the top/);
    expect(
      await message(
        world.describe(
          "import { flow } from 'weir';\nenum Color { Red }\nexport default flow(() => Color.Red);",
          'f.ts',
        ),
      ),
    ).toMatch(/f\.ts:2/);
  });

  it('E15 is chosen by its name where a file exports two', async () => {
    const source = "export const a = flow({ name: 'b' }, () => 'a'); export const b = flow({ name: 'c' }, () => 'b');";
    expect((await world.describe(source)).map(({ name, entry }) => [name, entry])).toEqual([
      ['b', 'a'],
      ['c', 'b'],
    ]);
    expect((await world.runFlow(source, { flow: 'b' })).result).toBe('a');
    expect((await world.runFlow(source, { flow: 'c' })).result).toBe('b');
    expect(
      await message(
        world.describe("export const a = flow({ name: 'x' }, () => 1); export const b = flow({ name: 'x' }, () => 2);"),
      ),
    ).toContain('two flows named "x"');
  });

  it('that loses a promise which nobody handles is Failed with the reason', async () => {
    const run = await world.runFlow(`
      export default flow(async () => { Promise.reject(new Error('lost')); await seen('never'); });`);
    expect(run.state).toMatchObject({ type: 'FAILED', name: 'Failed' });
    expect(run.state.message).toBe('a promise was rejected and nobody handled it: lost');
  });

  it('that calls process.exit() is Failed with the reason, and keeps what it had said', async () => {
    const run = await world.runFlow(`
      const hang = task({ name: 'hang' }, () => seen('never'));
      export default flow(async () => { hang(); await sleep(20); log.info('last words'); process.exit(3); });`);
    expect(run.state).toMatchObject({ type: 'FAILED', name: 'Failed' });
    expect(run.state.message).toContain('process.exit(3)');
    expect(run.task('hang').state.type).toBe('FAILED');
    expect(run.texts()).toContain('last words');
  });

  it('that exits or loses a rejection is tried again by its retries, and finds what was finished', async () => {
    for (const end of ['process.exit(0)', "Promise.reject(new Error('lost')), await seen('never')"]) {
      world.write('notes', '');
      const run = await world.runFlow(`
        const done = task({ name: 'done' }, () => note('done'));
        export default flow({ retries: 1, retryDelay: '100ms' }, async () => {
          await done();
          if (context().attempt === 1) { ${end}; }
          return 'went on';
        });`);
      expect(run).toMatchObject({ result: 'went on', attempt: 2, error: null });
      expect(world.lines('notes')).toEqual(['done']);
    }
  });

  it('that waits for something that can never happen is Failed and says so', async () => {
    const run = await world.runFlow('export default flow(() => new Promise(() => {}));');
    expect(run.state.type).toBe('FAILED');
    expect(run.state.message).toMatch(/waits for something that can never happen/);
  });

  it('whose result cannot be stored is Completed without it, and warns', async () => {
    const run = await world.runFlow('export default flow(() => ({ model: { predict: () => 1 } }));');
    expect(run).toMatchObject({ state: { name: 'Completed' }, result: null });
    expect(run.texts()).toEqual(["the flow's result cannot be stored: result.model.predict is a function"]);
  });

  it('E33 calls itself a version with tags, and hands them to its tasks', async () => {
    const run = await world.runFlow(
      `const one = task({ tags: ['t', 'f'] }, function one() {}); export default flow({ tags: ['f'] }, () => one());`,
      { tags: ['given'] },
    );
    expect(run.tags).toEqual(['f', 'given']);
    expect(run.rows[0]?.tags).toEqual(['f', 'given', 't']);
  });

  it('E50 counts attempts and only the time in Running; it starts at its first Running and ends only when final', async () => {
    const run = await world.runFlow(`
      const one = task({ name: 'one', retries: 1, retryDelay: '60ms' }, () => { if (context().attempt === 1) throw new Error('x'); });
      export default flow({ retries: 1, retryDelay: '300ms' }, async () => {
        await one();
        if (context().attempt === 1) throw new Error('not yet');
      });`);
    const at = (name: string) => Date.parse(run.states.find((state) => state.name === name)?.at ?? '');
    expect(run.attempt).toBe(2);
    expect(Date.parse(run.start_time ?? '')).toBe(at('Running'));
    expect(Date.parse(run.end_time ?? '')).toBe(at('Completed'));
    expect(run.total_run_time_ms).toBe(at('AwaitingRetry') - at('Running') + at('Completed') - at('Retrying'));
    expect(at('Retrying') - at('AwaitingRetry')).toBeGreaterThanOrEqual(300);
    const [one] = run.rows;
    expect(one?.attempt).toBe(2);
    const [, running, waiting, retrying, completed] = one?.states ?? [];
    const ran = (from?: { at: number }, to?: { at: number }) => (to?.at ?? 0) - (from?.at ?? 0);
    expect(one?.runTimeMs).toBe(ran(running, waiting) + ran(retrying, completed));
    expect(one).toMatchObject({ startAt: running?.at, endAt: completed?.at });
  });

  it('E50 has no end while it waits for its retry', async () => {
    const going = await world.startFlow(`
      export default flow({ retries: 1, retryDelay: '400ms' }, () => { if (context().attempt === 1) throw new Error('not yet'); });`);
    await going.until((event) => event.kind === 'run-state' && event.state.name === 'AwaitingRetry');
    const row = world.engine.store.flowRuns.byId(going.id);
    expect(row).toMatchObject({ endAt: null, attempt: 1 });
    expect(row?.scheduledAt).toBe((row?.state.at ?? 0) + 400);
    expect((await going.ended).state.name).toBe('Completed');
  });
});
