import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  apply,
  isFinal,
  mayFollow,
  NOT_STARTED,
  type RunBudget,
  type RunEvent,
  type RunStanding,
  runningName,
  STATE_NAMES,
  STATE_TYPES,
  type State,
  type StateName,
  type StateType,
} from '../../src/model/state.ts';

const NOW = 1_000_000;
const BUDGET: RunBudget = { retries: 1, crashRetries: 2 };

function standing(type: StateType, name: StateName, changes: Partial<RunStanding> = {}): RunStanding {
  const state: State = { type, name, message: null, at: NOW - 500 };
  return { ...NOT_STARTED, state, scheduledAt: null, failures: 0, crashes: 0, interruptions: 0, ...changes };
}

const failed: RunEvent = {
  kind: 'ended',
  state: { type: 'FAILED', name: 'Failed', message: 'no' },
  retriable: true,
  retryDelayMs: 2000,
};
const completed: RunEvent = {
  kind: 'ended',
  state: { type: 'COMPLETED', name: 'Completed', message: null },
  retriable: false,
  retryDelayMs: null,
};
const crashed: RunEvent = { kind: 'crashed', reason: 'its process died', charged: true };

describe('a flow run', () => {
  test.each<[string, RunStanding, RunEvent, string | null]>([
    ['is Pending when it is claimed', standing('SCHEDULED', 'Scheduled'), { kind: 'claimed' }, 'Pending'],
    [
      'keeps AwaitingRetry until it starts',
      standing('SCHEDULED', 'AwaitingRetry'),
      { kind: 'claimed' },
      'AwaitingRetry',
    ],
    [
      'keeps AwaitingResume until it starts',
      standing('SCHEDULED', 'AwaitingResume'),
      { kind: 'claimed' },
      'AwaitingResume',
    ],
    ['cannot be claimed twice', standing('RUNNING', 'Running'), { kind: 'claimed' }, null],
    ['is Running when it starts', standing('PENDING', 'Pending'), { kind: 'started' }, 'Running'],
    [
      'is Retrying when it starts after AwaitingRetry',
      standing('SCHEDULED', 'AwaitingRetry'),
      { kind: 'started' },
      'Retrying',
    ],
    [
      'is Resuming when it starts after AwaitingResume',
      standing('SCHEDULED', 'AwaitingResume'),
      { kind: 'started' },
      'Resuming',
    ],
    ['awaits its retry while retries are left', standing('RUNNING', 'Running'), failed, 'AwaitingRetry'],
    ['is Failed when they are spent', standing('RUNNING', 'Running', { failures: 1 }), failed, 'Failed'],
    [
      'is not retried when it may not be',
      standing('RUNNING', 'Running'),
      { ...failed, retriable: false } as RunEvent,
      'Failed',
    ],
    ['is Completed', standing('RUNNING', 'Running'), completed, 'Completed'],
    [
      'ends Cancelled whatever it reports once it is Cancelling',
      standing('CANCELLING', 'Cancelling'),
      completed,
      'Cancelled',
    ],
    [
      'is Cancelled at once while it is Scheduled',
      standing('SCHEDULED', 'Scheduled'),
      { kind: 'cancel-asked', by: 'me', isOwned: false },
      'Cancelled',
    ],
    [
      'is Cancelling first while it is Running',
      standing('RUNNING', 'Running'),
      { kind: 'cancel-asked', by: 'me', isOwned: true },
      'Cancelling',
    ],
    [
      'is Cancelling first while a process is about to try it again',
      standing('SCHEDULED', 'AwaitingRetry'),
      { kind: 'cancel-asked', by: 'me', isOwned: true },
      'Cancelling',
    ],
    [
      'awaits its resume when it was interrupted',
      standing('RUNNING', 'Running'),
      { kind: 'interrupted', reason: 'drain' },
      'AwaitingResume',
    ],
    [
      'is Cancelled when it is interrupted while Cancelling',
      standing('CANCELLING', 'Cancelling'),
      { kind: 'interrupted', reason: 'drain' },
      'Cancelled',
    ],
    ['awaits its resume after the first crash', standing('RUNNING', 'Running'), crashed, 'AwaitingResume'],
    [
      'awaits its resume after the second crash',
      standing('RUNNING', 'Running', { crashes: 1 }),
      crashed,
      'AwaitingResume',
    ],
    ['is Crashed at the third crash', standing('RUNNING', 'Running', { crashes: 2 }), crashed, 'Crashed'],
    [
      'is Crashed at the third crash also before it started',
      standing('PENDING', 'Pending', { crashes: 2 }),
      crashed,
      'Crashed',
    ],
    [
      'is not charged for what it did not do',
      standing('RUNNING', 'Running', { crashes: 2 }),
      { ...crashed, charged: false } as RunEvent,
      'AwaitingResume',
    ],
    [
      'opens again by a retry',
      standing('FAILED', 'Failed'),
      { kind: 'reopened', message: 'retry by me' },
      'AwaitingRetry',
    ],
    [
      'is not reopened while it goes on',
      standing('RUNNING', 'Running'),
      { kind: 'reopened', message: 'retry by me' },
      null,
    ],
    ['stays Completed', standing('COMPLETED', 'Completed'), failed, null],
    ['stays Failed after a late report', standing('FAILED', 'Failed'), completed, null],
    ['stays Crashed after a late start', standing('CRASHED', 'Crashed'), { kind: 'started' }, null],
  ])('%s', (_title, before, event, name) => {
    expect(apply(before, event, BUDGET, NOW)?.state.name ?? null).toBe(name);
  });

  test('that awaits its retry carries the time when it is due', () => {
    expect(apply(standing('RUNNING', 'Running'), failed, BUDGET, NOW)).toMatchObject({
      scheduledAt: NOW + 2000,
      failures: 1,
    });
  });

  test('counts its time only while it runs, its start once, and its end only while it is final', () => {
    const at = (after: RunStanding | null, event: RunEvent, now: number) =>
      apply(after as RunStanding, event, BUDGET, now) as RunStanding;
    let run = standing('PENDING', 'Pending');
    run = at(run, { kind: 'started' }, NOW);
    run = at(run, failed, NOW + 100);
    expect(run).toMatchObject({ startAt: NOW, endAt: null, runTimeMs: 100, attempt: 1 });
    run = at(run, { kind: 'started' }, NOW + 5000);
    run = at(run, completed, NOW + 5030);
    expect(run).toMatchObject({ startAt: NOW, endAt: NOW + 5030, runTimeMs: 130, attempt: 2 });
    run = at(run, { kind: 'reopened', message: 'again' }, NOW + 9000);
    expect(run).toMatchObject({ startAt: NOW, endAt: null, runTimeMs: 130, failures: 0 });
  });

  test('counts what ran while it is being ended, and nothing of one that was told to stop before it began', () => {
    const cancelled = (before: RunStanding) => {
      const asked = apply(before, { kind: 'cancel-asked', by: 'me', isOwned: true }, BUDGET, NOW) as RunStanding;
      return apply(asked, { kind: 'cancelled', message: null }, BUDGET, NOW + 189);
    };
    expect(cancelled(standing('SCHEDULED', 'AwaitingLimit'))).toMatchObject({ startAt: null, runTimeMs: 0 });
    expect(cancelled(standing('PENDING', 'Pending'))).toMatchObject({ startAt: null, runTimeMs: 0 });
    const begun = standing('RUNNING', 'Running', { startAt: NOW - 50, attempt: 1 });
    expect(cancelled({ ...begun, state: { ...begun.state, at: NOW - 50 } })?.runTimeMs).toBe(50 + 189);
  });

  test('never has a clock that goes backwards in its run time', () => {
    const run = apply(standing('RUNNING', 'Running', { runTimeMs: 40 }), completed, BUDGET, NOW - 9999) as RunStanding;
    expect(run.runTimeMs).toBe(40);
  });
});

describe('states', () => {
  test('of a final type are followed by nothing', () => {
    for (const from of STATE_TYPES.filter(isFinal)) {
      expect(STATE_TYPES.filter((to) => mayFollow(from, to))).toEqual([]);
    }
  });

  test('that wait are left under the name of what they waited for', () => {
    expect(
      (['Scheduled', 'Pending', 'AwaitingRetry', 'AwaitingResume', 'AwaitingLimit'] as const).map(runningName),
    ).toEqual(['Running', 'Running', 'Retrying', 'Resuming', 'Running']);
  });

  test('after any events have a name of their type, and final ones are left only by a retry', () => {
    const event = fc.constantFrom<RunEvent>(
      { kind: 'claimed' },
      { kind: 'started' },
      completed,
      failed,
      crashed,
      { kind: 'cancel-asked', by: 'me', isOwned: false },
      { kind: 'cancel-asked', by: 'me', isOwned: true },
      { kind: 'cancelled', message: null },
      { kind: 'interrupted', reason: 'drain' },
      { kind: 'reopened', message: 'again' },
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        let run = standing('SCHEDULED', 'Scheduled');
        for (const [step, next] of events.entries()) {
          const after = apply(run, next, BUDGET, NOW + step);
          if (after === null) continue;
          expect(STATE_NAMES[after.state.type] as readonly string[]).toContain(after.state.name);
          if (isFinal(run.state.type)) expect(next.kind).toBe('reopened');
          expect(after.crashes).toBeLessThanOrEqual(BUDGET.crashRetries + 1);
          expect(after.endAt !== null).toBe(isFinal(after.state.type));
          run = after;
        }
      }),
    );
  });
});
