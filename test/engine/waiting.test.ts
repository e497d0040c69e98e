/** What a call waits for, and how its end is asked for: waitFor, accepted failures, states, waits that end by time. */
import { describe, expect, test } from 'vitest';
import { engineWorld } from '../support/engine-world.ts';

async function run(source: string) {
  const world = await engineWorld();
  return { run: await world.runFlow(source), notes: () => world.lines('notes') };
}

const BAD = `const bad = task({ name: 'bad' }, () => { throw new TypeError('broken'); });`;

describe('waitFor', () => {
  test.each(['concurrent', 'sequential', 'parallel'])(
    'E30 orders calls and draws an edge with the %s runner',
    async (runner) => {
      const { run: ended, notes } = await run(`
      const first = task({ name: 'first' }, async () => { await sleep(40); note('first'); });
      const last = task({ name: 'last' }, (x) => { note('last'); return x; });
      export default flow({ runner: '${runner}' }, async () => {
        const begun = first();
        return last.with({ waitFor: [begun] })('data');
      });`);
      expect([ended.state.message, ended.value]).toEqual([null, 'data']);
      expect(notes()).toEqual(['first', 'last']);
      expect(ended.task('last').upstream).toEqual([ended.task('first').id]);
    },
  );

  test('E30 holds for each call of a map, and adds to after()', async () => {
    const { run: ended } = await run(`
      const one = task({ name: 'one' }, () => 1);
      const two = task({ name: 'two' }, () => 2);
      const each = task({ name: 'each' }, (n) => n);
      export default flow(async () => {
        const waiting = each.with({ waitFor: [one()] });
        return [await waiting.map([1, 2]), await waiting.after(two())(3)];
      });`);
    expect(ended.value).toEqual([[1, 2], 3]);
    expect(ended.tasks.filter(({ name }) => name === 'each').map(({ upstream }) => upstream.length)).toEqual([1, 1, 2]);
  });

  test('E30 takes a failure that is accepted, of a call or of a map', async () => {
    const { run: ended } = await run(`${BAD}
      const some = task({ name: 'some' }, (n) => { if (n === 2) throw new Error('two'); return n; });
      const last = task({ name: 'last' }, () => 'ran');
      export default flow(() => last.after(allowFailure(bad()), allowFailure(some.map([1, 2])))());`);
    expect(ended.value).toBe('ran');
    expect(ended.task('last').upstream).toHaveLength(3);
  });

  test('E30 does not change what a call is: a resume reuses it', async () => {
    const { run: ended, notes } = await run(`
      const one = task({ name: 'one' }, () => 1);
      const last = task({ name: 'last' }, () => note('last'));
      export default flow({ retries: 1 }, async () => {
        await last.with({ waitFor: [one()] })();
        if (context().attempt === 1) throw new Error('once');
      });`);
    expect([ended.state.name, notes()]).toEqual(['Completed', ['last']]);
  });

  test.each(['7', 'await one()', 'undefined', '[one()]'])('E30 of what is no future is refused: %s', async (given) => {
    const { run: ended } = await run(`
      const one = task({ name: 'one' }, () => 1);
      export default flow(async () => { await one.after(${given})(); });`);
    expect(ended.state.message).toMatch(
      /^after\(\) of task "one" was given (a value of type number|undefined|a list), which is no future$/,
    );
  });
});

describe('accepted failures', () => {
  test('E29 of a map arrive as errors in its list', async () => {
    const { run: ended } = await run(`
      const some = task({ name: 'some' }, (n) => { if (n === 2) throw new TypeError('two'); return n; });
      const report = task({ name: 'report' }, (all) => all.map((each) => each instanceof Error ? each.message : each));
      export default flow(() => report(allowFailure(some.map([1, 2, 3]))));`);
    expect(ended.value).toEqual([1, 'two', 3]);
  });

  test('E29 hold for the argument that is wrapped, not for the same call given plainly beside it', async () => {
    const { run: ended } = await run(`${BAD}
      const both = task({ name: 'both' }, () => note('entered'));
      export default flow(async () => {
        const failing = bad();
        return [(await both(allowFailure(failing), failing).state()).name, (await both(failing, allowFailure(failing)).state()).name];
      });`);
    expect(ended.value).toEqual(['UpstreamFailed', 'UpstreamFailed']);
  });

  test('E29 of what is no future are refused with a sentence', async () => {
    const { run: ended } = await run(`
      const one = task({ name: 'one' }, () => 1);
      export default flow(async () => one(allowFailure(await one())));`);
    expect(ended.state.message).toBe('allowFailure() was given a value of type number, which is no future');
  });
});

describe('a future', () => {
  test('E10 asked by result({ raise: false }) or state() in any order counts as observed; one that is only waited for does not', async () => {
    const { run: ended } = await run(`${BAD}
      export default flow(async () => {
        const [asked, stated, waited] = [bad(), bad(), bad()];
        const error = await asked.result({ raise: false });
        log.info(error.name + ' ' + (await stated.state()).name + ' ' + await waited.wait('1m'));
      });`);
    expect(ended.state).toMatchObject({ type: 'FAILED', message: '1/3 states failed.' });
    expect(ended.texts()).toContain('TypeError Failed true');
  });

  test('whose wait ends by time goes on, and gives its value later', async () => {
    const { run: ended } = await run(`
      const slow = task({ name: 'slow' }, async () => { await seen('go'); return context().signal.aborted; });
      export default flow(async () => {
        const future = slow();
        const inTime = [await future.wait(0), await future.wait('5ms')];
        writeFileSync(join(context().dir, 'go'), '');
        return [...inTime, await future, await future.wait('1h')];
      });`);
    expect(ended.value).toEqual([false, false, false, true]);
  });

  test('refuses a wait that is no duration', async () => {
    const { run: ended } = await run(`
      const one = task({ name: 'one' }, () => 1);
      export default flow(async () => { await one().wait('10'); });`);
    expect(ended.state.message).toContain('10 what?');
  });

  test('E21 gives the same error to everybody who awaits it, once or often, early or late', async () => {
    const { run: ended } = await run(`${BAD}
      export default flow(async () => {
        const future = bad();
        const caught = [];
        for (const wait of [() => future, () => future, () => future.result(), () => Promise.all([future]), () => future.then((x) => x)])
          try { await wait(); } catch (error) { caught.push(error); }
        return [caught.length, new Set(caught).size, caught[0] instanceof TypeError, await future.catch((e) => e.message)];
      });`);
    expect(ended.value).toEqual([5, 1, true, 'broken']);
  });
});

test('E25 retryIf sees the original error of each attempt, and what it throws is not the task’s error', async () => {
  const { run: ended, notes } = await run(`
    class Busy extends Error { retryAfter = 3; }
    let asked = 0;
    const one = task({ name: 'one', retries: 5, retryIf: (error) => { note(error.constructor.name + error.retryAfter); if (++asked === 3) throw new Error('oops'); return true; } },
      () => { throw new Busy('busy ' + context().attempt); });
    export default flow(() => one());`);
  expect(notes()).toEqual(['Busy3', 'Busy3', 'Busy3']);
  expect(ended.error?.message).toBe('busy 3');
  expect(ended.logs.map((chunk) => chunk.text).join('')).toContain(
    'retryIf of task "one" failed, so nothing is retried: oops',
  );
});

test('E33 tags of flow, run and task are merged once each, and reach tasks inside tasks', async () => {
  const world = await engineWorld();
  const ended = await world.runFlow(
    `const inner = task({ name: 'inner', tags: ['b', 'deep'] }, () => context().flowRun.tags);
     const outer = task({ name: 'outer', tags: ['a', 'b'] }, async () => inner());
     export default flow({ tags: ['a', 'f'] }, () => outer());`,
    { tags: ['f', 'r'] },
  );
  const tagsOf = (name: string) => ended.rows.find((row) => row.name === name)?.tags.toSorted();
  expect(tagsOf('outer')).toEqual(['a', 'b', 'f', 'r']);
  expect(tagsOf('inner')).toEqual(['a', 'b', 'deep', 'f', 'r']);
});

test('E28 inputs that are equal hit however they are built: key order, undefined, dates, maps, typed arrays', async () => {
  const { notes } = await run(`
    const one = task({ name: 'one', cache: { key: 'inputs' } }, (given, option) => { note('ran'); });
    export default flow(async () => {
      await one({ a: 1, b: [new Date(5), new Map([['k', 1n]]), new Uint8Array([1])] });
      await one({ b: [new Date(5), new Map([['k', 1n]]), new Uint8Array([1])], a: 1 }, undefined);
      await one({ a: 1, c: undefined, b: [new Date(5), new Map([['k', 1n]]), new Uint8Array([1])] });
      await one({ a: 1, b: [new Date(6), new Map([['k', 1n]]), new Uint8Array([1])] });
      await one({ a: '1', b: [new Date(5), new Map([['k', 1n]]), new Uint8Array([1])] });
    });`);
  expect(notes().length).toBeGreaterThanOrEqual(3);
});
