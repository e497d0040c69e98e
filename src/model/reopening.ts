/** Why a run that was final opens again: the words that its state keeps, and how they are told from a failure's. Pure. */

const CALLED_AGAIN = 'called again in attempt ';
const COMMAND = 'weir retry';
const RETRIED_BY = 'retried by ';

/** By `weir retry`; `how` is what was added to it, such as `--from train`. */
export function openedByCommand(how: string | null): string {
  return how === null ? COMMAND : `${COMMAND} ${how}`;
}

/** By somebody who typed no command, such as `the page`. */
export function openedBy(who: string, how: string | null): string {
  return `${RETRIED_BY}${who}${how === null ? '' : `: ${how}`}`;
}

/** A subflow, by the next attempt of the run that calls it. */
export function calledAgain(attempt: number, parentRunId: number): string {
  return `${CALLED_AGAIN}${attempt} of run ${parentRunId}`;
}

/** Whether an AwaitingRetry says so: the run has not just failed, it was opened again. */
export function isReopening(message: string | null): boolean {
  return (
    message !== null &&
    (message === COMMAND ||
      message.startsWith(`${COMMAND} --`) ||
      message.startsWith(RETRIED_BY) ||
      message.startsWith(CALLED_AGAIN))
  );
}
