/** `sleep()`: waiting that survives the process. What it means is the runner's business; here it is only asked for. */
import { type Duration, parseDuration } from '../model/duration.ts';
import { runtime } from './runtime.ts';

/**
 * Waits. In a flow's own function the wait is durable: its end is kept with the run, by the clock on the wall, and a
 * resume or a retry waits only for what is left of it. It is known again by its duration and by how many sleeps of that
 * duration came before it, so a sleep that has ended is passed at once when the function is executed again.
 *
 * Inside a task it is an ordinary wait: each attempt of the task waits anew. Either way it ends with an error as soon
 * as the flow or task is cancelled or runs out of time (a flow's `timeout` goes on while it sleeps), and a machine that
 * was asleep meanwhile does not make it longer.
 *
 * @param duration `'250ms'`, `'90s'`, `'1h30m'`, `'7d'`, or milliseconds as a number
 * @example await sleep('2h');
 * @throws WeirError `invalid-value` for what is no duration
 */
export async function sleep(duration: Duration): Promise<void> {
  await runtime('sleep()').sleep(parseDuration(duration));
}
