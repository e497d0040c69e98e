/** What became, or would become, of due times, as lists of the terminal show it. */
import { SLOT_OUTCOMES } from '../../engine/tell/slot-json.ts';
import type { SlotOutcome } from '../../model/slot.ts';
import { colors } from '../output.ts';

/** `✓ ran`, `✗ missed`. */
export function showOutcome(outcome: SlotOutcome): string {
  const word = outcome.replace('_', ' ');
  switch (outcome) {
    case 'ran':
      return `${colors.green('✓')} ${word}`;
    case 'caught_up':
    case 'buffered':
      return `${colors.yellow('~')} ${word}`;
    case 'missed':
      return `${colors.red('✗')} ${word}`;
    case 'skipped':
    case 'suppressed':
      return `${colors.dim('-')} ${word}`;
  }
}

/** How many of each, those that there are. */
export function countOutcomes(outcomes: readonly SlotOutcome[]): Partial<Record<SlotOutcome, number>> {
  const counts: Partial<Record<SlotOutcome, number>> = {};
  for (const each of SLOT_OUTCOMES) {
    const count = outcomes.filter((outcome) => outcome === each).length;
    if (count > 0) counts[each] = count;
  }
  return counts;
}
