import { expect, test } from 'vitest';
import { judgeTrigger, TRIGGER_RULES, type TriggerOutcome, unmetReason, upstreamEnd } from '../../src/model/trigger.ts';

const ENDS = { S: 'success', F: 'failure', K: 'skip' } as const;
const OUTCOMES: Readonly<Record<string, TriggerOutcome>> = { run: 'run', skip: 'skip', fail: 'upstream-failed' };

/** Columns: how the two upstreams ended (S success, F failure, K skip). */
const TABLE = `
rule                        SS   SF   SK   FF   FK   KK
all_success                 run  fail skip fail fail skip
all_failed                  skip fail skip run  fail skip
all_done                    run  run  run  run  run  run
one_success                 run  run  run  fail fail skip
one_failed                  skip run  skip run  run  skip
none_failed                 run  fail run  fail fail run
none_failed_min_one_success run  fail run  fail fail skip
none_skipped                run  run  skip run  fail skip
always                      run  run  run  run  run  run
`;

const [head = [], ...rows] = TABLE.trim()
  .split('\n')
  .map((line) => line.split(/\s+/));

const cases = rows.flatMap(([rule, ...outcomes]) =>
  outcomes.map((outcome, column) => ({ rule, ends: head[column + 1] ?? '', outcome: OUTCOMES[outcome] })),
);

test.each(cases)('E74: $rule over $ends: $outcome, whichever came first', ({ rule, ends, outcome }) => {
  const upstream = [...ends].map((letter) => ENDS[letter as keyof typeof ENDS]);
  expect(judgeTrigger(rule as (typeof TRIGGER_RULES)[number], upstream)).toBe(outcome);
  expect(judgeTrigger(rule as (typeof TRIGGER_RULES)[number], upstream.toReversed())).toBe(outcome);
});

test('E74: the table above holds every rule', () => {
  expect(rows.map(([rule]) => rule)).toEqual([...TRIGGER_RULES]);
});

test('E75: after a skip, all_success is skipped and none_failed runs', () => {
  expect(judgeTrigger('all_success', ['skip'])).toBe('skip');
  expect(judgeTrigger('none_failed', ['skip'])).toBe('run');
});

test.each(TRIGGER_RULES)('a task that needs nothing runs under %s', (rule) => {
  expect(judgeTrigger(rule, [])).toBe('run');
});

test('the items of a for_each count one by one', () => {
  expect(judgeTrigger('one_success', ['failure', 'failure', 'success'])).toBe('run');
  expect(judgeTrigger('all_failed', ['failure', 'failure', 'success'])).toBe('upstream-failed');
  expect(judgeTrigger('none_failed_min_one_success', ['skip', 'skip', 'success'])).toBe('run');
});

test.each([
  ['COMPLETED', 'success'],
  ['SKIPPED', 'skip'],
  ['FAILED', 'failure'],
  ['CANCELLED', 'failure'],
  ['CRASHED', 'failure'],
  ['RUNNING', null],
  ['SCHEDULED', null],
] as const)('an upstream that is %s counts as %s', (type, end) => {
  expect(upstreamEnd(type)).toBe(end);
});

test('the reason of an unmet rule names what failed first, each once', () => {
  const upstream = [
    { name: 'a', end: 'success' },
    { name: 'train', end: 'failure' },
    { name: 'train', end: 'failure' },
    { name: 'c', end: 'skip' },
  ] as const;
  expect(unmetReason('all_success', upstream)).toBe('all_success: train failed; c skipped; a succeeded');
});
