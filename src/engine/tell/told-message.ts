/** The words of a state for people: the time of the next attempt, which they hold in UTC, in the reader's zone. */
import { messageWith } from '../../model/retry-at.ts';
import { clockTime } from './told-times.ts';

/** `attempt 1 of 3 failed: exit code 7; again at 14:30:05`. Other words as they are. */
export function toldMessage(
  state: { readonly name: string; readonly message: string | null },
  now: number,
): string | null {
  return messageWith(state, (at) => clockTime(at, now));
}
