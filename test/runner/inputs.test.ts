import { describe, expect, it } from 'vitest';
import { resolveInputs } from '../../src/runner/inputs.ts';
import { type Outcome, TaskFuture, TaskFutureList } from '../../src/sdk/future.ts';
import { allowFailure, quote } from '../../src/sdk/markers.ts';

let lastCall = 0;
const future = <T>(value: T) =>
  new TaskFuture<T>(++lastCall, Promise.resolve({ ok: true, state: state('Completed'), value } as Outcome<T>));
const failing = (error: unknown) =>
  new TaskFuture<never>(++lastCall, Promise.resolve({ ok: false, state: state('Failed'), error } as Outcome<never>));
const state = (name: 'Completed' | 'Failed') =>
  ({ type: name === 'Failed' ? 'FAILED' : 'COMPLETED', name, message: null, at: 0 }) as const;
/** The arguments as the function gets them. */
const arrived = async <T>(...args: unknown[]): Promise<T> => {
  const inputs = await resolve(...args);
  if (!inputs.ok) throw inputs.failed.error;
  return inputs.args[0] as T;
};
const resolve = (...args: unknown[]) => resolveInputs(args, [], new WeakMap(), () => {});

describe('the inputs of a call', () => {
  it('are handed on as they are when they hold no future, but in an object of a class of its own', async () => {
    class Model {
      readonly inside = [future(1)];
    }
    const given = { rows: [1, 2], map: new Map([['a', new Set([1])]]), model: new Model() };
    const inputs = await resolve(given);
    expect(inputs).toMatchObject({ ok: true, upstream: [] });
    expect(inputs.ok && inputs.args[0]).toBe(given);
  });

  it('are copied only along the way to a future', async () => {
    const kept = { big: [1, 2, 3] };
    const arg = await arrived<{ kept: object; deep: unknown }>({ kept, deep: [{ a: future(7) }] });
    expect(arg).toEqual({ kept: { big: [1, 2, 3] }, deep: [{ a: 7 }] });
    expect(arg.kept).toBe(kept);
  });

  it('that share parts thirty levels deep are searched once', async () => {
    let shared: unknown = [future('end')];
    for (let level = 0; level < 30; level++) shared = [shared, shared];
    let arg = await arrived<unknown>(shared);
    while (Array.isArray(arg)) arg = arg[0];
    expect(arg).toBe('end');
  });

  it('wait for lists of futures, and tell every edge once', async () => {
    const one = future(1);
    const list = new TaskFutureList(Promise.resolve([one, future(2)]));
    const inputs = await resolve(list, one, { again: one });
    expect(inputs).toMatchObject({ ok: true, args: [[1, 2], 1, { again: 1 }] });
    expect(inputs.upstream).toHaveLength(2);
  });

  it('fail with the first failure that was not accepted', async () => {
    expect(await resolve(future(1), failing(new Error('a')), failing(new Error('b')))).toMatchObject({
      ok: false,
      failed: { error: new Error('a') },
    });
    const error = new Error('accepted');
    expect(await resolve(allowFailure(failing(error)))).toMatchObject({ ok: true, args: [error] });
    const broken = new TaskFutureList(Promise.reject(new Error('unequal')));
    expect(await resolve(broken)).toMatchObject({ ok: false, failed: { error: new Error('unequal') } });
  });

  it('keep a key named __proto__ a key', async () => {
    const given = JSON.parse('{"__proto__": {"x": 1}}') as Record<string, unknown>;
    given.future = future(1);
    const arg = await arrived<object>(given);
    expect(Object.keys(arg)).toEqual(['__proto__', 'future']);
    expect(Object.getPrototypeOf(arg)).toBe(Object.prototype);
  });

  it('inside quote() are not searched', async () => {
    const inner = { f: failing(new Error('never looked at')) };
    expect(await resolve(quote(inner))).toMatchObject({ ok: true, args: [inner], upstream: [] });
  });
});
