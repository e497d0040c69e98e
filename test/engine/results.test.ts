import { rmSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { engineWorld, type GoingRun, type World } from '../support/engine-world.ts';

let world: World;
beforeEach(async () => {
  world = await engineWorld();
});

/** A task that makes `value`, then one that waits for a file; the flow gives what the first made. */
const MAKING = (value: string, options = '') => `
  class Broken extends Error { constructor(message, code) { super(message); this.name = 'Broken'; this.code = code; } }
  const make = task({ name: 'make'${options} }, async () => { note('make'); return ${value}; });
  const wait = task({ name: 'wait' }, async () => { note('wait'); await seen('go'); });
  export default flow(async () => { const made = await make(); await wait(); return made; });`;

const LARGE = "'x'.repeat(5_000_000)";

/** Runs to the waiting task, ends the process there; the next one finds the file it waits for. */
async function interrupted(source: string): Promise<GoingRun> {
  const run = await world.startFlow(source);
  await run.until((event) => event.kind === 'task-state' && event.task.name === 'wait' && event.task.startAt !== null);
  // That a task runs is told before its first line.
  await vi.waitFor(() => expect(world.lines('notes')).toContain('wait'), { timeout: 90_000, interval: 5 });
  await world.restart();
  world.write('go', '');
  return run;
}

const contentOf = (name: string): string => {
  const { content, database } = world.engine.store;
  return content.pathOf(
    database.prepare('select result_hash from task_runs where name = ?').pluck().get(name) as string,
  );
};

describe('a result', () => {
  it.each([
    ['text of 5 MB', LARGE],
    ['a Date', 'new Date(86400000)'],
    ['a Map', "new Map([['a', new Set([1])], [{ deep: 1 }, null]])"],
    ['a BigInt', '2n ** 100n'],
    ['a Buffer', 'Buffer.from([0, 255, 10])'],
    [
      'an Error with fields and a cause',
      "Object.assign(new RangeError('no', { cause: new Error('deep') }), { code: 'E1' })",
    ],
  ])('E37 comes back equal after a resume in another process: %s', async (_, value) => {
    const { id } = await interrupted(MAKING(value));
    const run = await world.resume(id);
    expect(world.lines('notes')).toEqual(['make', 'wait', 'wait']);
    expect(run.task('make').why).toBe('reused from attempt 1');
    const expected = new Function(`return ${value}`)() as unknown;
    expect(run.value).toEqual(expected);
    expect((run.value as object).constructor.name).toBe((expected as object).constructor.name);
    if (expected instanceof Error)
      expect(run.value).toMatchObject({ code: 'E1', cause: { message: 'deep' }, name: 'RangeError' });
  });

  it('E37 that is an error of a class of the flow keeps its name and fields', async () => {
    const { id } = await interrupted(MAKING("new Broken('no', 'E2')"));
    expect((await world.resume(id)).value).toMatchObject({ name: 'Broken', message: 'no', code: 'E2' });
  });

  it('E37 that is a function does not break the run; its task runs again after a resume', async () => {
    const { id } = await interrupted(MAKING('() => 7'));
    const run = await world.resume(id);
    expect(run.state.name).toBe('Completed');
    expect(run.task('make').why).toBe('ran again: the result could not be stored');
    expect(world.lines('notes')).toEqual(['make', 'wait', 'make', 'wait']);
  });

  it('of more than 1 MiB lies in a file beside the database, and its size is told', async () => {
    world.write('go', '');
    const run = await world.runFlow(MAKING(LARGE));
    expect(run.task('make')).toMatchObject({ result: null, result_size: 5_000_003 });
    expect(run).toMatchObject({ result: null, result_size: 5_000_003 });
    const rows = world.engine.store.database.prepare('select result, result_hash from task_runs').all();
    expect(rows[0]).toEqual({ result: null, result_hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(run.value).toHaveLength(5_000_000);
  });

  it.each([
    ['missing', (path: string) => rmSync(path), 'is missing'],
    ['altered', (path: string) => writeFileSync(path, 'other bytes'), 'has been altered'],
  ])('whose file is %s is made anew, and a line says so', async (_, damage, said) => {
    const { id } = await interrupted(MAKING(LARGE));
    damage(contentOf('make'));
    const run = await world.resume(id);
    expect(run.state.name).toBe('Completed');
    expect(run.value).toHaveLength(5_000_000);
    expect(run.task('make')).toMatchObject({ attempt: 2, why: 'ran again: its stored result could not be read' });
    expect(run.texts().find((text) => text.includes('the stored result of task "make" cannot be reused'))).toContain(
      said,
    );
    expect(world.lines('notes')).toEqual(['make', 'wait', 'make', 'wait']);
  });

  it('of more than 1 MiB is served from the cache, unless its file is gone', async () => {
    const source = MAKING(LARGE, ", cache: { key: 'inputs' }");
    world.write('go', '');
    await world.runFlow(source);
    const cached = await world.runFlow(source);
    expect(cached.task('make')).toMatchObject({ state: { name: 'Cached' }, result_size: 5_000_003 });
    expect(cached.value).toHaveLength(5_000_000);
    rmSync(contentOf('make'));
    const made = await world.runFlow(source);
    expect(made.task('make').state.name).toBe('Completed');
    expect(made.texts().join()).toContain('cannot be used: its file');
    expect((await world.runFlow(source)).task('make').state.name).toBe('Cached');
  });
});
