/**
 * What every host makes of code that ends badly, not at all, or takes the host with it: one suite, run over each kind.
 * In each case the run gets its reason, and the next run is executed as if nothing had been.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import type { EngineEvent } from '../../src/engine/events.ts';
import { HOST_KINDS } from '../../src/model/message.ts';
import { type EndedRun, engineWorld, type RunOptions, type World } from '../support/engine-world.ts';

let world: World;
beforeEach(async () => {
  // Enough for a flow, and little enough to be filled at once.
  world = await engineWorld({ memoryMb: 96 });
});

const isRunning = (event: EngineEvent) => event.kind === 'task-state' && event.task.state.type === 'RUNNING';

describe.each(HOST_KINDS)('a %s host', (infrastructure) => {
  const options: RunOptions = { infrastructure };
  const run = (source: string): Promise<EndedRun> => world.runFlow(source, options);
  const inTask = (body: string, flowOptions = '{}') => `
    const bad = task({ name: 'bad' }, async () => { ${body} });
    export default flow(${flowOptions}, async () => { await bad(); });`;

  it.each([
    ['runs out of memory', "const all = []; for (;;) all.push('x'.repeat(100).split(''));", /out of memory/],
    ['calls process.exit()', 'process.exit(3);', /process\.exit\(3\)/],
    ['leaves an unhandled rejection', "Promise.reject(new Error('lost')); await sleep(60_000);", /lost/],
    ['throws in a timer', "setTimeout(() => { throw new Error('late'); }, 5); await sleep(60_000);", /late/],
    ['waits for nothing', 'await new Promise(() => {});', /never happen/],
    ['calls process.abort()', 'process.abort();', /not supported/],
  ])('F11 fails a run that %s, by its retries, and says why', async (_what, body, reason) => {
    const ended = await run(inTask(`note('try'); ${body}`, '{ retries: 1 }'));
    expect(ended.state).toMatchObject({ type: 'FAILED', name: 'Failed' });
    expect(ended.state.message).toMatch(reason);
    expect(ended.stateNames.filter((name) => name === 'AwaitingRetry')).toHaveLength(1);
    expect(world.lines('notes')).toEqual(['try', 'try']);
    expect(ended.rows.every((row) => row.endAt !== null)).toBe(true);
    expect((await run('export default flow(() => 7);')).value).toBe(7);
  });

  it.each([
    ["throw 'a text'", /"a text"/],
    ['throw undefined', /undefined/],
    ['throw null', /null/],
    ['throw { code: 7 }', /7/],
    ['throw Object.create(null)', /no Error|cannot be told/],
  ])('fails a run whose task does %s, and says what it was', async (body, reason) => {
    const ended = await run(inTask(body));
    expect(ended.state).toMatchObject({ type: 'FAILED' });
    expect(ended.state.message).toMatch(reason);
  });

  it('gives results of many megabytes back as they were', async () => {
    const ended = await run(`
      const big = task({ name: 'big' }, () => Buffer.alloc(8_000_000, 'weir'));
      export default flow(async () => { const bytes = await big(); return [bytes.length, bytes.toString('utf8', 0, 8), 'y'.repeat(6_000_000)]; });`);
    const [length, start, text] = ended.value as [number, string, string];
    expect([length, start, text.length]).toEqual([8_000_000, 'weirweir', 6_000_000]);
  });

  it('does not take process.exitCode, or what a run does after its end, for anything', async () => {
    const ended = await run(`
      const set = task({ name: 'set' }, () => { process.exitCode = 9; });
      export default flow(async () => {
        await set();
        setTimeout(() => { log.error('late'); throw new Error('late'); }, 0);
        setImmediate(() => { console.log('late'); Promise.reject(new Error('late')); });
        return 'fine';
      });`);
    expect(ended).toMatchObject({ state: { type: 'COMPLETED' }, value: 'fine', error: null });
  });

  it('stays in touch while the loop of the run is blocked for a while', async () => {
    const ended = await run(`
      const busy = task({ name: 'busy' }, () => { log.info('before'); const end = Date.now() + 700; while (Date.now() < end); return 'after'; });
      export default flow(async () => busy());`);
    expect(ended).toMatchObject({ state: { type: 'COMPLETED' }, value: 'after' });
    expect(ended.texts('busy')).toEqual(['before']);
  });

  it.each([
    ['a loop', 'for (;;);'],
    ['a regular expression', "/^(a+)+$/.test('a'.repeat(60) + 'b');"],
    ['Atomics.wait', 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);'],
    ['spawnSync', "spawnSync('sleep', ['1000']);"],
    ['spawnSync that is deaf', `spawnSync('sh', ['-c', 'trap "" TERM; while :; do sleep 1; done']);`],
    [
      'a query',
      "new DatabaseSync(':memory:').prepare('with recursive c(x) as (select 1 union all select x + 1 from c where x < 20000000) select count(*) from c').get();",
    ],
    ['a key derivation', "pbkdf2Sync('a', 'b', 6_000_000, 64, 'sha512');"],
  ])('F11 E53 ends a run that hangs in %s when it is cancelled, and leaves nothing behind', async (_what, body) => {
    const going = await world.startFlow(
      `import { spawnSync } from 'node:child_process';
       import { pbkdf2Sync } from 'node:crypto';
       import { DatabaseSync } from 'node:sqlite';
       const hang = task({ name: 'hang', timeout: '1h' }, async () => { note('in'); ${body} });
       export default flow(async () => { await hang(); });`,
      options,
    );
    // From here on it hears nothing: the line is written in the very step that hangs.
    while (world.lines('notes').length === 0) await new Promise((done) => setTimeout(done, 5));
    going.cancel(100);
    const ended = await going.ended;
    expect(ended.stateNames.at(-1)).toBe('Cancelled');
    expect(ended.task('hang').state.name).toBe('Cancelled');
    expect(world.processes()).toEqual([]);
  });

  it('changes nothing by a report that carries the token of another attempt', async () => {
    const going = await world.startFlow(
      `const wait = task({ name: 'wait' }, async () => { await seen('go'); return 'right'; });
       export default flow(async () => wait());`,
      options,
    );
    await going.until(isRunning);
    const stranger = { runId: going.id, token: 'of another' } as Parameters<typeof world.engine.queue.report>[0];
    const end = { type: 'FAILED', name: 'Failed', message: 'wrong' } as const;
    await world.engine.queue.report(stranger, [{ kind: 'run-ended', at: 1, state: end, retriable: false }]);
    await world.engine.queue.release(stranger, { kind: 'crashed', reason: 'wrong' });
    world.write('go', '');
    expect(await going.ended).toMatchObject({ state: { type: 'COMPLETED' }, value: 'right', attempt: 1 });
  });
});

it('F11 a process host alone takes the abort of its whole process: a crash, charged to its run', async () => {
  const ended = await world.runFlow(
    `const abort = task({ name: 'abort' }, () => { note('try'); 'x'.repeat(2 ** 29 - 24).split(''); });
     export default flow({ infrastructure: 'process', crashRetries: 1, retries: 3 }, async () => { await abort(); });`,
  );
  expect(ended.state).toMatchObject({ type: 'CRASHED', name: 'Crashed' });
  expect(ended.state.message).toMatch(/^its process died, killed by signal .*; crash 2 of 2, parked$/);
  expect(world.lines('notes')).toEqual(['try', 'try']);
  expect((await world.runFlow('export default flow(() => 7);')).value).toBe(7);
});
