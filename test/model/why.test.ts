import { describe, expect, it } from 'vitest';
import type { State, StateName, StateType } from '../../src/model/state.ts';
import { type FormerCall, type LaterCall, whyAgain, whyReused } from '../../src/model/why.ts';

const state = (type: StateType, name: StateName): State => ({ type, name, message: null, at: 0 });
const former = (type: StateType, name: StateName, changes: Partial<FormerCall> = {}): FormerCall => ({
  state: state(type, name),
  states: [state('PENDING', 'Pending'), state('RUNNING', 'Running'), state(type, name)],
  attempt: 1,
  codeHash: 'c',
  inputHash: 'i',
  reusable: type === 'COMPLETED',
  again: null,
  ...changes,
});
const call = (changes: Partial<LaterCall> = {}): LaterCall => ({
  codeHash: 'c',
  inputHash: 'i',
  isKeyed: false,
  ...changes,
});
const done = former('COMPLETED', 'Completed');

describe('why a task ran again', () => {
  it.each<[string, FormerCall, LaterCall, boolean, string]>([
    ['failed', former('FAILED', 'Failed'), call(), true, 'ran again: failed before'],
    ['timed out', former('FAILED', 'TimedOut'), call(), true, 'ran again: timed out before'],
    ['cancelled', former('CANCELLED', 'Cancelled'), call(), true, 'ran again: cancelled before'],
    ['crashed', former('CRASHED', 'Crashed'), call(), true, 'ran again: its process died before'],
    ['skipped', former('SKIPPED', 'Skipped'), call(), true, 'ran again: skipped before'],
    ['interrupted', former('SCHEDULED', 'AwaitingResume'), call(), true, 'ran again: interrupted before'],
    [
      'interrupted before it began',
      former('SCHEDULED', 'AwaitingResume', { attempt: 0 }),
      call(),
      true,
      'ran now: interrupted before',
    ],
    [
      'held up by an upstream',
      former('FAILED', 'UpstreamFailed', { attempt: 0 }),
      call({ inputHash: 'j' }),
      false,
      'ran now: an upstream failed before',
    ],
    ...(['SKIPPED', 'FAILED'] as const).map((type): [string, FormerCall, LaterCall, boolean, string] => {
      const name = type === 'SKIPPED' ? 'Skipped' : 'Failed';
      const states = [state('PENDING', 'Pending'), state(type, name)];
      const before = former(type, name, { attempt: 0, codeHash: 'none', states });
      return [`${name} before it began`, before, call(), false, `ran now: ${name.toLowerCase()} before`];
    }),
    [
      'skipped by itself, and mended',
      former('SKIPPED', 'Skipped'),
      call({ codeHash: 'd' }),
      false,
      'ran again: skipped before, code changed',
    ],
    ['not storable', { ...done, reusable: false }, call(), true, 'ran again: the result could not be stored'],
    ['lost', done, call(), true, 'ran again: its stored result could not be read'],
    ['changed inputs', done, call({ inputHash: 'j' }), false, 'ran again: inputs changed'],
    ['changed key', done, call({ inputHash: 'j', isKeyed: true }), false, 'ran again: key changed'],
    ['changed code', done, call({ codeHash: 'd' }), false, 'ran again: code changed'],
    ['both', done, call({ codeHash: 'd', inputHash: 'j' }), false, 'ran again: code and inputs changed'],
    [
      'failed and mended',
      former('FAILED', 'Failed'),
      call({ codeHash: 'd' }),
      false,
      'ran again: failed before, code changed',
    ],
    ['the same in another place', done, call(), false, 'ran again: the task around it changed'],
    ['asked for', { ...done, again: '--from x' }, call(), true, 'ran again: --from x'],
    [
      'asked for and changed',
      { ...done, again: '--from x' },
      call({ codeHash: 'd' }),
      false,
      'ran again: --from x, code changed',
    ],
    [
      'asked for, and interrupted since',
      former('SCHEDULED', 'AwaitingResume', { again: '--from x' }),
      call(),
      true,
      'ran again: interrupted before',
    ],
    [
      'unhashable',
      { ...done, inputHash: null },
      call({ inputHash: null }),
      true,
      'ran again: its inputs cannot be compared, give it a key',
    ],
  ])('%s', (_, before, now, isExact, expected) => {
    expect(whyAgain(before, now, isExact)).toBe(expected);
  });
});

describe('why a task was reused', () => {
  it('names the attempt, the key, and what was overlooked', () => {
    expect(whyReused(1, 3, done, call())).toBe('reused from attempt 1');
    expect(whyReused(1, 2, done, call({ isKeyed: true }))).toBe('reused from attempt 1, by its key');
    expect(whyReused(1, 2, done, call({ inputHash: 'j' }))).toBe('reused from attempt 1 although inputs changed');
    expect(whyReused(2, 2, done, call())).toBe('reused within attempt 2');
  });
});

describe('the files of a task', () => {
  const before = former('COMPLETED', 'Completed', { codeHash: 'c+f' });

  it.each([
    ['c+g', 'ran again: file changed'],
    ['c', 'ran again: file changed'],
    ['d+g', 'ran again: code changed'],
    ['d+f', 'ran again: code changed'],
  ])('that are %s now are told apart from its code', (codeHash, why) => {
    expect(whyAgain(before, call({ codeHash }), false)).toBe(why);
  });

  it('that it handed on and that are not what they were are told', () => {
    const lost = 'the file "model" that it handed on is gone';
    expect(whyAgain(before, call({ codeHash: 'c+f', lost }), true)).toBe(`ran again: ${lost}`);
  });
});
