import { beforeEach, describe, expect, it, vi } from 'vitest';
import { askToCancel } from '../../src/engine/verbs/cancel.ts';
import { type EndedRun, engineWorld, type World } from '../support/engine-world.ts';

let world: World;
beforeEach(async () => {
  world = await engineWorld();
});

/** Runs the flow named "parent". */
const run = (source: string, params = {}): Promise<EndedRun> => world.runFlow(source, { flow: 'parent', params });
const start = (source: string) => world.startFlow(source, { flow: 'parent' });

/** Looks again and again until the condition holds. */
const until = <T>(condition: () => T): Promise<T> => vi.waitFor(condition, { timeout: 90_000, interval: 10 });

const states = ({ state }: { state: { name: string } }) => state.name;
const note = (line: string) => until(() => expect(world.lines('notes')).toContain(line));

describe('a flow called inside a flow', () => {
  it('E43 is its own run, linked both ways, with its parameters, its tags and those of its parent; its result comes back', async () => {
    const parent = await run(`
      const double = task({ name: 'double' }, (n) => n * 2);
      export const child = flow({ name: 'child', version: '3', tags: ['small'], params: z.object({ n: z.number() }), runName: 'child of {n}' }, async ({ n }) => double(n));
      export default flow({ name: 'parent', tags: ['big'] }, async () => (await child({ n: 4 })) + 1);`);
    expect(parent.value).toBe(9);
    expect(parent.tasks).toMatchObject([
      { name: 'child', key: 'child of 4', state: { name: 'Completed' }, result: 8, attempt: 1 },
    ]);
    const [child] = world.subflowsOf(parent.id);
    expect(child).toMatchObject({
      flow: 'child',
      name: 'child of 4',
      params: { n: 4 },
      result: 8,
      tags: ['big', 'small'],
      trigger: 'subflow',
      infrastructure: 'thread',
      parent: { run: parent.id, task: parent.task('child').id },
      attempt: 1,
    });
    expect(child?.stateNames).toEqual(['Pending', 'Running', 'Completed']);
    expect(child?.tasks).toMatchObject([{ name: 'double', result: 8 }]);
    expect(parent.task('child')).toMatchObject({ run: child?.id });
    expect(parent.taskStates('child')).toEqual(['Pending', 'Running', 'Completed']);
    expect(world.engine.store.flowRuns.byId(child?.id ?? 0)).toMatchObject({ entry: 'child', version: '3' });
  });

  it('E43 that fails throws its own error in its parent: name, message and fields', async () => {
    const parent = await run(`
      class TooFar extends RangeError { name = 'TooFar'; limit = 7; }
      export const child = flow({ name: 'child' }, async () => { throw new TooFar('beyond 7'); });
      export default flow({ name: 'parent' }, async () => {
        try { await child(); } catch (error) { return [error instanceof TooFar, error.name, error.message, error.limit]; }
      });`);
    expect(parent.value).toEqual([true, 'TooFar', 'beyond 7', 7]);
    expect(parent.task('child')).toMatchObject({
      state: { name: 'Failed', message: 'beyond 7' },
      error: { name: 'TooFar' },
    });
    expect(world.subflowsOf(parent.id)).toMatchObject([
      { state: { type: 'FAILED', message: 'beyond 7' }, error: { name: 'TooFar', message: 'beyond 7' } },
    ]);
  });

  it('E43 that fails and is looked at by nobody fails its parent', async () => {
    const parent = await run(`
      const child = flow({ name: 'child', params: z.object({ good: z.boolean() }) }, async ({ good }) => { if (!good) throw new Error('no'); });
      export default flow({ name: 'parent' }, async () => { child({ good: true }); child({ good: false }); });`);
    expect(parent.state).toMatchObject({ type: 'FAILED', message: '1/2 states failed.' });
    expect(world.subflowsOf(parent.id).map(states)).toEqual(['Completed', 'Failed']);
  });

  it.each([
    ["Completed('nothing new', { result: 5 })", 'Completed', [true, 5]],
    ["Skipped('no rows')", 'Skipped', [true, undefined]],
    ["Failed('because')", 'Failed', [false, 'because']],
    ["Cancelled('a holiday')", 'Cancelled', [false, 'a holiday']],
  ])('E43 that returns %s ends so, and so does its call', async (returned, name, outcome) => {
    const parent = await run(`
      const child = flow({ name: 'child' }, async () => ${returned});
      export default flow({ name: 'parent' }, async () => {
        try { return [true, await child()]; } catch (error) { return [false, error.message]; }
      });`);
    expect(parent.value).toEqual(outcome);
    expect(parent.task('child').state.name).toBe(name);
    expect(world.subflowsOf(parent.id).map(states)).toEqual([name]);
  });

  it('E43 is judged by its own calls, and its list of results comes back', async () => {
    const parent = await run(`
      const one = task({ name: 'one' }, (n) => { if (n > 2) throw new Error('too much'); return n; });
      const child = flow({ name: 'child', params: z.object({ all: z.array(z.number()) }) }, async ({ all }) => all.map((n) => one(n)));
      export default flow({ name: 'parent' }, async () => {
        const good = await child({ all: [1, 2] });
        return { good, bad: (await child({ all: [2, 3] }).state()).message };
      });`);
    expect(parent.value).toEqual({ good: [1, 2], bad: '1/2 states failed.' });
  });

  it('E43 takes futures among its parameters, waits for them, and draws the edges', async () => {
    const parent = await run(`
      const rows = task({ name: 'rows' }, () => [1, 2]);
      const sum = task({ name: 'sum' }, (n) => n + 1);
      const child = flow({ name: 'child', params: z.object({ deep: z.object({ rows: z.array(z.number()) }) }) }, async ({ deep }) => deep.rows.length);
      export default flow({ name: 'parent' }, async () => sum(child({ deep: { rows: rows() } })));`);
    expect(parent.value).toBe(3);
    expect(parent.task('child').upstream).toEqual([parent.task('rows').id]);
    expect(parent.task('sum').upstream).toEqual([parent.task('child').id]);
    expect(world.subflowsOf(parent.id)).toMatchObject([{ params: { deep: { rows: [1, 2] } } }]);
  });

  it('E43 is not begun when an upstream of its parameters failed', async () => {
    const parent = await run(`
      const bad = task({ name: 'bad' }, () => { throw new Error('no'); });
      const child = flow({ name: 'child' }, async () => note('child'));
      export default flow({ name: 'parent' }, async () => { await child({ a: bad() }).state(); });`);
    expect(parent.task('child').state.name).toBe('UpstreamFailed');
    expect(world.subflowsOf(parent.id)).toEqual([]);
    expect(world.lines('notes')).toEqual([]);
  });

  it('E05 E43 with wrong parameters is recorded as Failed with the sentence, thrown in its parent, and not entered', async () => {
    const parent = await run(`
      const child = flow({ name: 'child', params: z.object({ n: z.number() }) }, async () => note('entered'));
      export default flow({ name: 'parent' }, async () => {
        const told = [];
        for (const given of [{ n: 'foo' }, { n: 1, m: 2 }]) await child(given).catch((error) => told.push(error.message));
        return told;
      });`);
    const [wrong, unknown] = parent.value as string[];
    expect(wrong).toContain('parameter "n" is "foo"');
    expect(unknown).toContain('there is no parameter "m"; the flow has n');
    expect(world.subflowsOf(parent.id).map(({ state }) => state.message)).toEqual([wrong, unknown]);
    expect(world.lines('notes')).toEqual([]);
  });

  it('whose parameters cannot be stored is refused with a sentence', async () => {
    const parent = await run(`
      const child = flow({ name: 'child' }, async () => 1);
      export default flow({ name: 'parent' }, async () => child({ callback: () => 1 }));`);
    expect(parent.error?.message).toMatch(/the parameters of flow "child" cannot be stored: .*callback/);
    expect(world.subflowsOf(parent.id)).toEqual([]);
  });

  it('several at once are several runs, each with its own tasks, logs, metrics and context', async () => {
    const parent = await run(`
      const inside = task({ name: 'inside' }, (n) => { console.log('task of ' + n); metric('m', n); return context().flowRun.id; });
      const child = flow({ name: 'child', params: z.object({ n: z.number() }) }, async ({ n }) => {
        log.info('body of ' + n);
        await seen('all');
        const { flowRun, params, runDir } = context();
        return [await inside(n), flowRun.id, flowRun.flow, flowRun.trigger, params.n, runDir.endsWith(String(flowRun.id))];
      });
      export default flow({ name: 'parent' }, async () => {
        const all = [1, 2, 3].map((n) => child({ n }));
        writeFileSync(join(context().dir, 'all'), '');
        return Promise.all(all);
      });`);
    const children = world.subflowsOf(parent.id);
    expect(parent.value).toEqual(
      children.map(({ id, params }) => [id, id, 'child', 'subflow', (params as { n: number }).n, true]),
    );
    expect(children.map((child) => child.texts())).toEqual([1, 2, 3].map((n) => [`body of ${n}`, `task of ${n}`]));
    expect(children.map(({ metrics }) => metrics)).toEqual([{ m: 1 }, { m: 2 }, { m: 3 }]);
    expect(parent.texts()).toEqual([]);
  });

  it("called inside a task has that task's call for its parent, and is done when the task is", async () => {
    const parent = await run(`
      const child = flow({ name: 'child' }, async () => 2);
      const outer = task({ name: 'outer' }, async () => (await child()) + 1);
      export default flow({ name: 'parent' }, async () => outer());`);
    expect(parent.value).toBe(3);
    const call = parent.rows.find((row) => row.name === 'child');
    expect(call?.parentTaskId).toBe(parent.task('outer').id);
    expect(world.subflowsOf(parent.id)[0]?.parent).toEqual({ run: parent.id, task: call?.id });
  });

  it('works under every task runner, and itself with another one than its parent', async () => {
    for (const runner of ['sequential', 'concurrent', 'parallel'])
      for (const own of ['sequential', 'parallel']) {
        const parent = await run(`
          const inner = task({ name: 'inner' }, (n) => n + 1);
          const child = flow({ name: 'child', runner: '${own}', params: z.object({ n: z.number() }) }, async ({ n }) => inner(n));
          export default flow({ name: 'parent', runner: '${runner}' }, async () => {
            const first = child({ n: 1 });
            return [await first, await inner(7), await child({ n: first })];
          });`);
        expect([runner, own, parent.value]).toEqual([runner, own, [2, 8, 3]]);
      }
  });

  it('goes on in the process that its parent has for itself, and is told so', async () => {
    const parent = await world.runFlow(
      `export const child = flow({ name: 'child', infrastructure: 'thread' }, async () => process.pid);
      export default flow({ name: 'parent' }, async () => (await child()) === process.pid && process.pid);`,
      { flow: 'parent', infrastructure: 'process' },
    );
    expect(parent.value).toBeGreaterThan(0);
    expect(parent.value).not.toBe(process.pid);
    expect(world.subflowsOf(parent.id)).toMatchObject([{ infrastructure: 'process' }]);
  });

  it('inside a task that the parallel task runner runs on another thread is refused with a sentence', async () => {
    const parent = await run(`
      const child = flow({ name: 'child' }, async () => 2);
      const outer = task({ name: 'outer' }, async () => child());
      export default flow({ name: 'parent', runner: 'parallel' }, async () => outer());`);
    expect(parent.error?.message).toBe(
      'the flow "child" was called inside the task "outer", which the parallel task runner runs on another thread',
    );
  });

  it('of another file has the folder and the name of that file', async () => {
    world.write(
      'other/nightly-load.ts',
      `import { context, flow, sh } from 'weir';
      export const load = flow(async () => [context().dir, (await sh\`pwd\`).stdout.trim()]);`,
    );
    const parent = await run(`
      import { load } from './other/nightly-load.ts';
      export default flow({ name: 'parent' }, async () => load());`);
    expect(parent.value).toEqual([`${world.folder}/other`, `${world.folder}/other`]);
    const [child] = world.subflowsOf(parent.id);
    expect(world.engine.store.flowRuns.byId(child?.id ?? 0)).toMatchObject({
      flow: 'nightly-load',
      path: `${world.folder}/other/nightly-load.ts`,
      entry: 'load',
    });
  });

  it('that calls itself without end is stopped by a sentence', async () => {
    const parent = await run(`
      const self = flow({ name: 'self', retries: 1, params: z.object({ n: z.number() }) }, async ({ n }) => self({ n: n + 1 }));
      export default flow({ name: 'parent', retries: 1 }, async () => self({ n: 1 }));`);
    expect(parent.error?.message).toBe('the flow "self" is called 51 flows deep');
    expect(parent.attempt).toBe(1);
    expect(world.engine.store.flowRuns.latest(1000, null)).toHaveLength(51);
  });

  it('shares what a task around it holds of a limit', async () => {
    const parent = await run(`
      const inner = task({ name: 'inner', occupies: { gpu: 1 } }, () => 'done');
      const child = flow({ name: 'child' }, async () => inner());
      const outer = task({ name: 'outer', occupies: { gpu: 1 } }, async () => child());
      export default flow({ name: 'parent', concurrencyLimits: { gpu: 1 } }, async () => outer());`);
    expect(parent.value).toBe('done');
  });
});

describe("a subflow's own rules", () => {
  it('E43 its retries are its own, wait their time, and reuse its finished tasks', async () => {
    const parent = await run(`
      const first = task({ name: 'first' }, () => note('first'));
      const child = flow({ name: 'child', retries: 2, retryDelay: '50ms' }, async () => {
        await first();
        note('child ' + context().attempt);
        if (context().attempt < 3) throw new Error('not yet');
        return 'hello';
      });
      export default flow({ name: 'parent' }, async () => child());`);
    expect(parent.value).toBe('hello');
    expect(parent.attempt).toBe(1);
    expect(world.lines('notes')).toEqual(['first', 'child 1', 'child 2', 'child 3']);
    const [child] = world.subflowsOf(parent.id);
    expect(child?.stateNames).toEqual([
      'Pending',
      'Running',
      'AwaitingRetry',
      'Retrying',
      'AwaitingRetry',
      'Retrying',
      'Completed',
    ]);
    expect(child?.task('first')).toMatchObject({ attempt: 1, why: 'reused from attempt 1' });
    expect(parent.taskStates('child')).toEqual(['Pending', 'Running', 'Completed']);
  });

  it('of YAML is tried again by the retries of the task that calls it, however it failed', async () => {
    world.write('child.yaml', "tasks: { try: { run: 'echo try >> tries; test $(wc -l < tries) -ge 3' } }");
    const parent = await world.runYaml('tasks: { call: { flow: ./child.yaml, retries: 3, retry_delay: 10ms } }');
    expect(parent.state.name).toBe('Completed');
    expect(world.lines('tries')).toHaveLength(3);
    expect(parent.taskStates('call')).toEqual([
      'Pending',
      'Running',
      'AwaitingRetry',
      'Retrying',
      'AwaitingRetry',
      'Retrying',
      'Completed',
    ]);
    expect(world.subflowsOf(parent.id).map(({ state }) => state.name)).toEqual(['Completed']);
  });

  it('each of its states is told once, however often it is tried again', async () => {
    const told: string[] = [];
    world.engine.events.subscribe((event) => {
      if (event.kind === 'run-state') told.push(`${event.runId} ${event.state.name}`);
    });
    const parent = await run(`
      const child = flow({ name: 'child', retries: 2, retryDelay: '10ms' }, async () => { throw new Error('no'); });
      export default flow({ name: 'parent', retries: 1 }, async () => child());`);
    const runs = [parent, ...world.subflowsOf(parent.id)];
    for (const { id, stateNames } of runs)
      expect(told.filter((text) => text.startsWith(`${id} `))).toEqual(
        stateNames.map((name) => `${id} ${name}`).filter((text) => text !== `${parent.id} Pending`),
      );
  });

  it('E43 its timeout ends it and not its parent', async () => {
    const parent = await run(`
      const child = flow({ name: 'child', timeout: '50ms' }, async () => { await sleep(1e6); });
      export default flow({ name: 'parent' }, async () => { try { await child(); } catch (error) { return error.message; } });`);
    expect(parent.value).toBe('flow "child" ran longer than its timeout of 50ms');
    expect(world.subflowsOf(parent.id).map(states)).toEqual(['TimedOut']);
    expect(parent.task('child').state.name).toBe('TimedOut');
    expect(parent.state.name).toBe('Completed');
  });

  it('what it waits for that can never happen, or rejects unhandled, is its own failure', async () => {
    const parent = await run(`
      const never = flow({ name: 'never' }, () => new Promise(() => {}));
      const loose = flow({ name: 'loose' }, async () => { Promise.reject(new Error('oops')); await seen('never'); });
      const thrown = flow({ name: 'thrown' }, async () => { setTimeout(() => { throw new Error('late'); }, 1); await seen('never'); });
      export default flow({ name: 'parent' }, async () => {
        const told = [];
        for (const child of [never, loose, thrown]) await child().catch((error) => told.push(error.message));
        return told;
      });`);
    expect(parent.value).toEqual([
      expect.stringContaining('waits for something that can never happen'),
      'a promise was rejected and nobody handled it: oops',
      'late',
    ]);
    expect(world.subflowsOf(parent.id).map(states)).toEqual(['Failed', 'Failed', 'Failed']);
  });

  it('what an attempt of it has left behind cannot speak for the next one', async () => {
    const parent = await run(`
      const deaf = task({ name: 'deaf', timeout: '20ms' }, async () => {
        const mine = context().attempt;
        await seen('second');
        log.info('from the past');
        metric('past', 1);
      });
      const calm = task({ name: 'calm' }, async () => { await seen('second'); await sleep(100); return 'calm'; });
      const child = flow({ name: 'child', retries: 1 }, async () => {
        if (context().attempt === 1) return deaf();
        const all = calm();
        writeFileSync(join(context().dir, 'second'), '');
        return all;
      });
      export default flow({ name: 'parent' }, async () => child());`);
    expect(parent.value).toBe('calm');
    const [child] = world.subflowsOf(parent.id);
    expect(child?.metrics).toEqual({});
    expect(child?.texts().filter((text) => text.includes('past'))).toEqual([]);
  });
});

it("E36 a subflow's hooks run also where no export holds it", async () => {
  const parent = await run(`
    const child = flow({ name: 'child', onCompletion: ({ state }) => note('child ' + state.name) }, async () => 1);
    export default flow({ name: 'parent' }, async () => child());`);
  await world.engine.runDueHooks();
  expect(world.subflowsOf(parent.id).map((child) => child.texts())).toEqual([[]]);
  expect(world.lines('notes')).toEqual(['child Completed']);
});

describe('the end of a parent reaches its subflows', () => {
  const LONG = `
    const long = flow({ name: 'long', retries: 3 }, async () => {
      await sh({ name: 'command' })\`trap 'exit 0' TERM; sleep 1000 & setsid sleep 1000 & echo up >> notes; wait\`;
      note('never');
    });
    const middle = flow({ name: 'middle' }, async () => long());`;

  it('E43 E53 cancelled: down to the commands of the innermost, with nothing left alive', async () => {
    const going = await start(`${LONG} export default flow({ name: 'parent', retries: 3 }, async () => middle());`);
    await note('up');
    expect(world.processes().length).toBeGreaterThan(0);
    let left: number[] | null = null;
    void going.until((event) => {
      if (event.kind === 'run-state' && event.state.type === 'CANCELLED') left = world.processes();
      return left !== null;
    });
    going.cancel();
    const parent = await going.ended;
    expect(left).toEqual([]);
    const [middle] = world.subflowsOf(parent.id);
    const [long] = world.subflowsOf(middle?.id ?? 0);
    for (const each of [parent, middle, long]) {
      expect(each?.stateNames).toEqual(['Pending', 'Running', 'Cancelling', 'Cancelled']);
      expect(each?.state.message).toBe('cancelled by test');
      expect(each?.tasks.map(states)).toEqual(['Cancelled']);
    }
    expect(world.lines('notes')).toEqual(['up']);
  });

  it('E43 E11 out of time: they are Cancelled before it is TimedOut', async () => {
    const parent = await run(`
      ${LONG.replace('echo up', 'echo up; echo up')}
      export default flow({ name: 'parent', timeout: '4s' }, async () => middle());`);
    expect(parent.state.name).toBe('TimedOut');
    expect(world.processes()).toEqual([]);
    const [middle] = world.subflowsOf(parent.id);
    const [long] = world.subflowsOf(middle?.id ?? 0);
    for (const each of [middle, long]) {
      expect(each?.state).toMatchObject({ type: 'CANCELLED' });
      expect(each?.state.message).toContain('flow "parent" ran longer than its timeout');
      expect(Date.parse(each?.end_time ?? '')).toBeLessThanOrEqual(Date.parse(parent.end_time ?? ''));
    }
  });

  it("E32 E43 a task's time that is up reaches the flow that it called", async () => {
    const parent = await run(`
      const child = flow({ name: 'child' }, async () => { await seen('never'); });
      const outer = task({ name: 'outer', timeout: '100ms' }, async () => child());
      export default flow({ name: 'parent' }, async () => (await outer().state()).name);`);
    expect(parent.value).toBe('TimedOut');
    expect(world.subflowsOf(parent.id).map(states)).toEqual(['Cancelled']);
  });

  it('E53 also when the host must be ended under them', async () => {
    const going = await start(`
      const busy = task({ name: 'busy' }, async () => { await seen('go'); for (;;); });
      const child = flow({ name: 'child' }, async () => busy());
      export default flow({ name: 'parent' }, async () => child());`);
    await until(() => expect(world.subflowsOf(going.id)[0]?.tasks.map(states)).toEqual(['Running']));
    world.write('go', '');
    going.cancel(200);
    const parent = await going.ended;
    expect(parent.state.name).toBe('Cancelled');
    const [child] = world.subflowsOf(parent.id);
    expect(child?.state.name).toBe('Cancelled');
    expect(child?.tasks.map(states)).toEqual(['Cancelled']);
    expect(world.engine.store.flowRuns.unfinishedBelow(parent.id)).toEqual([]);
  });

  it('E53 a subflow that waits for its retry is Cancelled with its parent', async () => {
    const going = await start(`
      const child = flow({ name: 'child', retries: 1, retryDelay: '1h' }, async () => { throw new Error('no'); });
      export default flow({ name: 'parent' }, async () => child());`);
    await until(() => expect(world.subflowsOf(going.id).map(states)).toEqual(['AwaitingRetry']));
    going.cancel();
    const parent = await going.ended;
    expect(parent.state.name).toBe('Cancelled');
    expect(world.subflowsOf(parent.id).map(states)).toEqual(['Cancelled']);
  });

  it('a subflow cancelled alone is Cancelled, and its parent sees that it was', async () => {
    for (const body of ["await seen('never')", 'await sh`echo shell >> notes; sleep 1000`', "throw new Error('no')"]) {
      const going = await start(`
        const child = flow({ name: 'child', retries: 1, retryDelay: '1h' }, async () => { note('in'); ${body}; });
        export default flow({ name: 'parent' }, async () => {
          const call = child();
          return [(await call.state()).name, await call.catch((error) => error.message)];
        });`);
      const [child] = await until(() => {
        const found = world.subflowsOf(going.id);
        expect(found.map(states)).toEqual([body.startsWith('throw') ? 'AwaitingRetry' : 'Running']);
        return found;
      });
      await note(body.startsWith('await sh') ? 'shell' : 'in');
      await askToCancel(world.engine, child?.id ?? 0, 'somebody');
      const parent = await going.ended;
      expect(parent.value).toEqual(['Cancelled', 'cancelled by somebody']);
      expect(parent.state.name).toBe('Completed');
      expect(world.subflowsOf(parent.id).map(states)).toEqual(['Cancelled']);
      expect(world.processes()).toEqual([]);
    }
  });

  it('a subflow cancelled in the moment in which it begins to wait for its retry is Cancelled as well', async () => {
    world.engine.events.subscribe((event) => {
      const waits = event.kind === 'run-state' && event.state.name === 'AwaitingRetry';
      if (waits) void askToCancel(world.engine, event.runId, 'somebody');
    });
    const parent = await run(`
      const child = flow({ name: 'child', retries: 1, retryDelay: '1h' }, async () => { throw new Error('no'); });
      export default flow({ name: 'parent' }, async () => (await child().state()).name);`);
    expect(parent.value).toBe('Cancelled');
    expect(world.subflowsOf(parent.id).map(states)).toEqual(['Cancelled']);
  });

  it('a host that its code has killed takes them along, and the next attempt of the parent goes on', async () => {
    const parent = await run(`
      const first = task({ name: 'first' }, () => note('first'));
      const child = flow({ name: 'child' }, async () => {
        await first();
        if (!existsSync(join(context().dir, 'died'))) { writeFileSync(join(context().dir, 'died'), ''); process.exit(3); }
        return 'through';
      });
      export default flow({ name: 'parent', retries: 1 }, async () => child());`);
    expect(parent.value).toBe('through');
    expect(parent.stateNames).toEqual(['Pending', 'Running', 'AwaitingRetry', 'Retrying', 'Completed']);
    const [child] = world.subflowsOf(parent.id);
    expect(child?.stateNames).toEqual(['Pending', 'Running', 'Failed', 'AwaitingRetry', 'Retrying', 'Completed']);
    expect(child?.error).toBeNull();
    expect(world.lines('notes')).toEqual(['first']);
  });
});

describe("a parent's next attempt", () => {
  it('E43 E13 reuses the call of a subflow that completed, and goes on with the run of one that failed', async () => {
    const parent = await run(`
      const step = task({ name: 'step' }, (name) => { note('step ' + name); return name; });
      const good = flow({ name: 'good' }, async () => step('good'));
      const bad = flow({ name: 'bad' }, async () => {
        await step('bad');
        note('bad ' + context().attempt);
        if (context().attempt === 1) throw new Error('no');
        return 'better';
      });
      export default flow({ name: 'parent', retries: 1 }, async () => [await good(), await bad()].join());`);
    expect(parent.value).toBe('good,better');
    expect(world.lines('notes')).toEqual(['step good', 'step bad', 'bad 1', 'bad 2']);
    expect(parent.task('good').why).toBe('reused from attempt 1');
    expect(parent.task('bad')).toMatchObject({ why: 'ran again: failed before', attempt: 2 });
    const children = world.subflowsOf(parent.id);
    expect(children.map(({ flow, attempt }) => [flow, attempt])).toEqual([
      ['good', 1],
      ['bad', 2],
    ]);
    expect(children[1]?.stateNames).toEqual(['Pending', 'Running', 'Failed', 'AwaitingRetry', 'Retrying', 'Completed']);
    expect(children[1]?.states.find((state) => state.name === 'AwaitingRetry')?.message).toBe(
      `called again in attempt 2 of run ${parent.id}`,
    );
    expect(children[1]?.task('step').why).toBe('reused from attempt 1');
  });

  it('E43 siblings that call the same subflow are runs of their own, and find them again by what they were given', async () => {
    const parent = await run(`
      const child = flow({ name: 'child', params: z.object({ n: z.number() }) }, async ({ n }) => {
        note('n ' + n);
        if (n === 2 && !existsSync(join(context().dir, 'again'))) throw new Error('no');
        return context().flowRun.id;
      });
      export default flow({ name: 'parent', retries: 1 }, async () => {
        const order = context().attempt === 1 ? [1, 1, 2, 3] : [3, 2, 1, 1];
        const all = order.map((n) => child({ n }));
        const states = await Promise.all(all.map((each) => each.state()));
        writeFileSync(join(context().dir, 'again'), '');
        return Promise.all(all);
      });`);
    const children = world.subflowsOf(parent.id);
    expect(children.map(({ params, attempt }) => [(params as { n: number }).n, attempt])).toEqual([
      [1, 1],
      [1, 1],
      [2, 2],
      [3, 1],
    ]);
    const [one, other, two, three] = children.map(({ id }) => id);
    expect(parent.value).toEqual([three, two, one, other]);
    expect(world.lines('notes').toSorted()).toEqual(['n 1', 'n 1', 'n 2', 'n 2', 'n 3']);
  });

  it('goes on with the run of a failed subflow also with other parameters than before', async () => {
    const parent = await run(`
      const child = flow({ name: 'child', params: z.object({ n: z.number() }) }, async ({ n }) => { if (n === 1) throw new Error('no'); return n; });
      export default flow({ name: 'parent', retries: 1 }, async () => child({ n: context().attempt }));`);
    expect(parent.value).toBe(2);
    expect(world.subflowsOf(parent.id)).toMatchObject([{ params: { n: 2 }, attempt: 2, result: 2 }]);
  });

  it('of a task around it calls the same run again', async () => {
    const parent = await run(`
      const good = flow({ name: 'good' }, async () => note('good'));
      const child = flow({ name: 'child' }, async () => { if (context().attempt === 1) throw new Error('no'); return 'yes'; });
      const outer = task({ name: 'outer', retries: 1 }, async () => { await good(); return child(); });
      export default flow({ name: 'parent' }, async () => outer());`);
    expect(parent.value).toBe('yes');
    expect(world.lines('notes')).toEqual(['good']);
    expect(world.subflowsOf(parent.id).map(({ flow, attempt }) => [flow, attempt])).toEqual([
      ['good', 1],
      ['child', 2],
    ]);
  });
});

describe('weir retry of a parent', () => {
  const FAMILY = (fails: boolean) => `
    const step = task({ name: 'step' }, (name) => { note('step ' + name); return name; });
    const child = flow({ name: 'child' }, async () => { const got = await step('inner'); ${fails ? "throw new Error('no');" : 'return got;'} });
    export default flow({ name: 'parent' }, async () => [await step('outer'), await child()].join());`;

  it('E62 goes on with the run of a failed subflow by the code as it is now, and reuses what it finished', async () => {
    const failed = await run(FAMILY(true));
    expect(failed.state.message).toBe('no');
    world.writeFlow(FAMILY(false));
    const parent = await world.retry(failed.id);
    expect(parent.value).toBe('outer,inner');
    expect(parent.task('child').why).toBe('ran again: failed before, code changed');
    expect(world.subflowsOf(parent.id)).toMatchObject([{ attempt: 2, error: null, result: 'inner' }]);
    expect(world.lines('notes')).toEqual(['step outer', 'step inner']);
  });

  it('E62 from a subflow runs all of it again, in the same run', async () => {
    const first = await run(FAMILY(false));
    for (const selection of [{ from: 'child' }, { only: 'child' }]) {
      const parent = await world.retry(first.id, selection);
      expect(parent.value).toBe('outer,inner');
      const [flag] = Object.keys(selection);
      expect(parent.task('child').why).toBe(`ran again: --${flag} child`);
      expect(world.subflowsOf(parent.id)[0]?.task('step').why).toBe(`ran again: --${flag} child`);
    }
    expect(world.subflowsOf(first.id)).toMatchObject([{ attempt: 3 }]);
    expect(world.lines('notes')).toEqual(['step outer', 'step inner', 'step inner', 'step inner']);
  });
});

describe('an interrupted parent', () => {
  /** Its own note can be there before the file knows that it runs. */
  const waiting = (runId: number) =>
    until(() => expect(world.subflowsOf(runId)[0]?.task('wait').state.name).toBe('Running'));

  const PARENT = `
    const step = task({ name: 'step' }, (name) => { note('step ' + name); return name; });
    const wait = task({ name: 'wait' }, async () => { note('wait'); await seen('go'); });
    const child = flow({ name: 'child', retries: 5 }, async () => { await step('inner'); await wait(); return 'inner'; });`;

  it('E43 E60 its subflows await their resume with it, and go on from their finished tasks', async () => {
    const going = await start(`${PARENT}
      export default flow({ name: 'parent' }, async () => { await step('outer'); return child(); });`);
    await waiting(going.id);
    await world.restart();
    const [interrupted] = world.subflowsOf(going.id);
    expect(interrupted?.state.name).toBe('AwaitingResume');
    expect(interrupted?.task('wait').state.name).toBe('AwaitingResume');
    const { flowRuns } = world.engine.store;
    expect(flowRuns.awaitingResume().map(({ id }) => id)).toEqual([going.id]);
    expect(flowRuns.claimable(Date.now(), 10).map(({ id }) => id)).toEqual([going.id]);
    expect(await world.engine.queue.claimRun(interrupted?.id ?? 0)).toBeNull();
    await expect(askToCancel(world.engine, interrupted?.id ?? 0, 'somebody')).rejects.toThrow(
      `run ${interrupted?.id} is a subflow of run ${going.id}`,
    );

    world.write('go', '');
    const parent = await world.resume(going.id);
    expect(parent.value).toBe('inner');
    expect(world.lines('notes')).toEqual(['step outer', 'step inner', 'wait', 'wait']);
    const [child] = world.subflowsOf(parent.id);
    expect(child?.stateNames).toEqual(['Pending', 'Running', 'AwaitingResume', 'Resuming', 'Completed']);
    expect(child?.task('step').why).toBe('reused from attempt 1');
    expect(parent.task('child')).toMatchObject({ why: 'ran again: interrupted before', attempt: 2 });
  });

  it('that goes another way when it resumes leaves no subflow unfinished', async () => {
    const going = await start(`${PARENT}
      export default flow({ name: 'parent' }, async () => (existsSync(join(context().dir, 'go')) ? 'other way' : child()));`);
    await waiting(going.id);
    await world.restart();
    world.write('go', '');
    const parent = await world.resume(going.id);
    expect(parent.value).toBe('other way');
    expect(parent.task('child').why).toBe('not called in attempt 2');
    const [child] = world.subflowsOf(parent.id);
    expect(child?.state).toMatchObject({ name: 'Cancelled', message: 'its parent ended without it' });
    expect(child?.task('wait').state.name).toBe('Cancelled');
  });

  it('that is cancelled then takes them along', async () => {
    const going = await start(`${PARENT} export default flow({ name: 'parent' }, async () => child());`);
    await waiting(going.id);
    await world.restart();
    await askToCancel(world.engine, going.id, 'somebody');
    expect(world.engine.store.flowRuns.byId(going.id)?.state.name).toBe('Cancelled');
    expect(world.subflowsOf(going.id).map(states)).toEqual(['Cancelled']);
  });
});
