/**
 * Trigger rules: whether a task of a YAML flow may run, given how everything it needs has ended.
 * Items of a `for_each` count one by one. A rule is judged only when all of it is final: no rule starts a task early.
 * Pure.
 */
import type { StateType } from './state.ts';

/** Every rule, the default first. */
export const TRIGGER_RULES = [
  'all_success',
  'all_failed',
  'all_done',
  'one_success',
  'one_failed',
  'none_failed',
  'none_failed_min_one_success',
  'none_skipped',
  'always',
] as const;

export type TriggerRule = (typeof TRIGGER_RULES)[number];

/** How one thing that a task needs has ended, as rules see it. */
export type UpstreamEnd = 'success' | 'failure' | 'skip';

/** What becomes of the task: it runs, it is Skipped, or it is FAILED as UpstreamFailed. */
export type TriggerOutcome = 'run' | 'skip' | 'upstream-failed';

/** Each rule in words, for messages and for the schema of the format. */
export const RULE_WORDS: Readonly<Record<TriggerRule, string>> = {
  all_success: 'everything it needs succeeded',
  all_failed: 'everything it needs failed',
  all_done: 'everything it needs has ended, however',
  one_success: 'at least one of them succeeded',
  one_failed: 'at least one of them failed',
  none_failed: 'none of them failed (skipped ones are fine)',
  none_failed_min_one_success: 'none of them failed and at least one succeeded',
  none_skipped: 'none of them was skipped',
  always: 'in any case, even when the run is going to fail',
};

/** What a final state counts as; null while it is not final. What was cancelled or crashed is no success. */
export function upstreamEnd(type: StateType): UpstreamEnd | null {
  switch (type) {
    case 'COMPLETED':
      return 'success';
    case 'SKIPPED':
      return 'skip';
    case 'FAILED':
    case 'CANCELLED':
    case 'CRASHED':
      return 'failure';
    default:
      return null;
  }
}

/**
 * Whether the rule lets the task run. A task that needs nothing runs; a `for_each` without items counts as one skip.
 * An unmet rule beside any failure is a failure of its own (a failed upstream beats a skipped one), else a skip.
 */
export function judgeTrigger(rule: TriggerRule, upstream: readonly UpstreamEnd[]): TriggerOutcome {
  if (upstream.length === 0 || isMet(rule, upstream)) return 'run';
  return upstream.includes('failure') ? 'upstream-failed' : 'skip';
}

/** Why the task did not run, for its state: `all_success: extract was skipped`. */
export function unmetReason(rule: TriggerRule, upstream: readonly { name: string; end: UpstreamEnd }[]): string {
  const told = (end: UpstreamEnd, word: string) => {
    const names = [...new Set(upstream.filter((each) => each.end === end).map((each) => each.name))];
    return names.length === 0 ? [] : [`${names.join(', ')} ${word}`];
  };
  const ends = [...told('failure', 'failed'), ...told('skip', 'skipped'), ...told('success', 'succeeded')];
  return `${rule}: ${ends.join('; ')}`;
}

function isMet(rule: TriggerRule, upstream: readonly UpstreamEnd[]): boolean {
  const some = (end: UpstreamEnd) => upstream.includes(end);
  switch (rule) {
    case 'all_success':
      return !some('failure') && !some('skip');
    case 'all_failed':
      return !some('success') && !some('skip');
    case 'all_done':
    case 'always':
      return true;
    case 'one_success':
      return some('success');
    case 'one_failed':
      return some('failure');
    case 'none_failed':
      return !some('failure');
    case 'none_failed_min_one_success':
      return !some('failure') && some('success');
    case 'none_skipped':
      return !some('skip');
  }
}
