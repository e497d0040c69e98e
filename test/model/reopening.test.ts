import { expect, it } from 'vitest';
import { calledAgain, isReopening, openedBy, openedByCommand } from '../../src/model/reopening.ts';

it('a run that opens again is told from one that has failed', () => {
  for (const message of [
    openedByCommand(null),
    openedByCommand('--from train'),
    openedBy('the page', null),
    openedBy('the API', '--only train'),
    calledAgain(2, 7),
  ])
    expect(isReopening(message)).toBe(true);
  for (const message of [null, 'no answer', 'weir retry is what you want']) expect(isReopening(message)).toBe(false);
});
