/** Every rule by which a due slot is run, caught up, missed, skipped, buffered or suppressed. */
import { describe, expect, test } from 'vitest';
import { type DueSlots, decideSlots, type Slot } from '../../src/model/slot.ts';

const NOW = Date.UTC(2026, 2, 9, 9, 0, 0);
const S = 1000;
const MIN = 60 * S;
const DAY = 24 * 60 * MIN;

function slot(agoMs: number, suppressed = false): Slot {
  return { at: NOW - agoMs, note: suppressed ? '01:30 comes a second time' : null, suppressed };
}

function decide(agoMs: readonly number[], input: Partial<DueSlots> = {}) {
  return decideSlots({
    due: agoMs.map((ago) => slot(ago)),
    now: NOW,
    catchup: 'latest',
    catchupWindowMs: 7 * DAY,
    overlap: 'skip',
    previousStillRunning: false,
    paused: null,
    createdAt: 0,
    absence: null,
    ...input,
  });
}

function outcomes(agoMs: readonly number[], input: Partial<DueSlots> = {}): string {
  return decide(agoMs, input)
    .map(({ outcome, startRun, isQueued }) => `${outcome}${startRun ? '+' : ''}${isQueued ? '>' : ''}`)
    .join(' ');
}

describe('a slot that is acted on within 60 s', () => {
  test.each([
    [0, 'ran+'],
    [60 * S, 'ran+'],
    [60 * S + 1, 'caught_up+>'],
  ])('%i ms after its time is %s', (ago, expected) => {
    expect(outcomes([ago])).toBe(expected);
  });

  test('is for catch-up to decide when a newer slot is already due', () => {
    expect(outcomes([2 * S, 0], { catchup: 'skip' })).toBe('missed ran+');
    expect(decide([2 * S, 0], { catchup: 'skip' })[0]?.reason).toBe('a newer slot was already due; catchup is skip');
  });

  test('does not count the delay of its jitter as late', () => {
    expect(outcomes([5 * MIN], { jitterMs: () => 4 * MIN + 30 * S })).toBe('ran+');
    expect(outcomes([5 * MIN], { jitterMs: () => 3 * MIN })).toBe('caught_up+>');
  });
});

describe('catchup', () => {
  const week = [3 * DAY, 2 * DAY, DAY, 3 * MIN];
  test.each([
    ['latest', 'missed missed missed caught_up+>'],
    ['skip', 'missed missed missed missed'],
    ['all', 'caught_up+> caught_up+> caught_up+> caught_up+>'],
  ] as const)('%s decides slots that are late', (catchup, expected) => {
    expect(outcomes(week, { catchup })).toBe(expected);
  });

  test('latest runs the newest missed slot once, and a slot of this minute waits behind it', () => {
    expect(outcomes([3 * DAY, 2 * DAY, DAY, 0])).toBe('missed missed caught_up+> ran+>');
  });

  test('a schedule of every 2 s starts two runs after a pause of 9 s, not five', () => {
    expect(outcomes([8 * S, 6 * S, 4 * S, 2 * S, 0])).toBe('missed missed missed caught_up+> ran+>');
  });

  test.each(['latest', 'all'] as const)('%s leaves slots out that are as old as the window', (catchup) => {
    expect(outcomes([2 * DAY, DAY], { catchup, catchupWindowMs: 2 * DAY })).toBe('missed caught_up+>');
    expect(outcomes([2 * DAY], { catchup, catchupWindowMs: DAY })).toBe('missed');
    expect(decide([2 * DAY], { catchup, catchupWindowMs: DAY })[0]?.reason).toMatch(
      /older than the catch-up window of 1d$/,
    );
  });

  test('all runs at most the 1000 newest, oldest first', () => {
    const ago = Array.from({ length: 1003 }, (_, index) => (1100 - index) * MIN);
    const decided = decide(ago, { catchup: 'all' });
    expect(decided.slice(0, 4).map(({ outcome }) => outcome)).toEqual(['missed', 'missed', 'missed', 'caught_up']);
    expect(decided.filter(({ startRun }) => startRun)).toHaveLength(1000);
    expect(decided.map(({ at }) => at)).toEqual([...decided].map(({ at }) => at).sort((a, b) => a - b));
    expect(decided[0]?.reason).toContain('at most 1000');
  });

  test('does not ask whether the previous run is still running: caught-up runs queue', () => {
    expect(outcomes([DAY], { previousStillRunning: true })).toBe('caught_up+>');
  });
});

describe('overlap', () => {
  test.each([
    ['skip', false, 'ran+'],
    ['skip', true, 'skipped'],
    ['buffer_one', false, 'ran+'],
    ['buffer_one', true, 'buffered+>'],
    ['allow_all', true, 'ran+'],
  ] as const)('%s with a previous run still running: %s gives %s', (overlap, previousStillRunning, expected) => {
    expect(outcomes([0], { overlap, previousStillRunning })).toBe(expected);
  });

  test('buffer_one keeps one waiting run only', () => {
    const full = { overlap: 'buffer_one', previousStillRunning: true, isBufferFull: true } as const;
    expect(outcomes([0], full)).toBe('skipped');
    expect(decide([0], full)[0]?.reason).toBe('the previous run is still running and another run already waits for it');
  });

  test('allow_all lets the newest slot run beside the caught-up ones', () => {
    expect(outcomes([DAY, 0], { overlap: 'allow_all' })).toBe('caught_up+> ran+');
  });

  test('a skipped slot says that the previous run is still running', () => {
    expect(decide([0], { previousStillRunning: true })[0]?.reason).toBe('the previous run is still running');
  });
});

test('every due slot of a paused schedule is skipped, with who paused it and why', () => {
  const pause = { by: 'ada', reason: null, from: NOW - 2 * DAY, until: null };
  const paused = { ...pause, reason: 'migration' };
  expect(outcomes([DAY, 0], { paused, catchup: 'all' })).toBe('skipped skipped');
  expect(decide([0], { paused })[0]?.reason).toBe('paused by ada: migration');
  expect(decide([0], { paused: pause })[0]?.reason).toBe('paused by ada');
});

test('a pause with an end skips what was due until then, and nothing after', () => {
  const paused = { by: 'ada', reason: 'migration', from: NOW - 3 * DAY, until: NOW - DAY };
  expect(outcomes([4 * DAY, 3 * DAY, 2 * DAY, DAY, 0], { paused, catchup: 'all' })).toBe(
    'caught_up+> skipped skipped caught_up+> ran+>',
  );
  expect(decide([2 * DAY], { paused })[0]?.reason).toBe('paused by ada until 2026-03-08 09:00:00: migration');
  expect(outcomes([4 * DAY, 0], { paused: { ...paused, until: NOW + DAY }, catchup: 'all' })).toBe('skipped skipped');
});

test('a slot that a clock change drops is suppressed and never runs, also when paused', () => {
  const due = [slot(5 * MIN), slot(0, true)];
  const decided = decide([], { due, paused: { by: 'ada', reason: null, from: NOW - DAY, until: null } });
  expect(decided.map(({ outcome }) => outcome)).toEqual(['skipped', 'suppressed']);
  expect(decided[1]).toMatchObject({ startRun: false, reason: '01:30 comes a second time' });
});

test('a suppressed slot does not count as a newer slot', () => {
  expect(outcomes([], { due: [slot(30 * S), slot(0, true)] })).toBe('ran+ suppressed');
});

test('a slot keeps the note of the clock change that moved it', () => {
  expect(decide([], { due: [{ at: NOW, note: 'moved at 03:00', suppressed: false }] })[0]).toMatchObject({
    outcome: 'ran',
    note: 'moved at 03:00',
  });
});

test('a schedule has no slots before it existed', () => {
  expect(outcomes([2 * DAY, DAY], { createdAt: NOW - DAY, catchup: 'all' })).toBe('caught_up+>');
});

test('no due slot gives no decision', () => {
  expect(decide([])).toEqual([]);
});

describe('the reason for a missed or caught-up slot', () => {
  const from = NOW - 3 * DAY;
  const to = NOW - MIN;
  test.each([
    ['asleep', 'the machine was asleep from 2026-03-06 09:00:00 to 2026-03-09 08:59:00'],
    ['down', 'the server was down from 2026-03-06 09:00:00 to 2026-03-09 08:59:00'],
    ['stopped', 'the server was stopped from 2026-03-06 09:00:00 to 2026-03-09 08:59:00'],
    ['clock', 'the clock was set forward from 2026-03-06 09:00:00 to 2026-03-09 08:59:00'],
  ] as const)('tells %s from when to when', (kind, cause) => {
    const [older, newest] = decide([2 * DAY, DAY], { absence: { kind, from, to } });
    expect(older?.reason).toBe(`${cause}; catchup is latest, which runs only the newest missed slot`);
    expect(newest?.reason).toBe(cause);
  });

  test('tells times in the zone of the schedule', () => {
    const reason = decide([DAY], { absence: { kind: 'asleep', from, to }, zone: 'Europe/Berlin' })[0]?.reason;
    expect(reason).toBe('the machine was asleep from 2026-03-06 10:00:00 to 2026-03-09 09:59:00');
  });

  test('blames no absence for a slot outside of it', () => {
    expect(decide([4 * DAY], { absence: { kind: 'asleep', from, to } })[0]?.reason).toBe(
      'noticed only at 2026-03-09 09:00:00',
    );
  });
});
