/** What has just been done, at the top of the page that shows it. The address names a word; the sentences stand here. */
import type { Child } from 'hono/jsx';

const SENTENCES = {
  started: 'Started.',
  'sent-before': 'This was sent before: here is the run that it started then.',
  'retried-before': 'It was retried before, and goes on: nothing was done a second time.',
  'goes-on': 'It goes on already: nothing was done a second time.',
  retried: 'Retried. What finished is reused, the rest runs with the code as it is now.',
  'retried-same': 'Retried. What finished is reused, the rest runs with the code that it had.',
  rerun: 'Started again as a new run, with the same parameters.',
  resumed: 'It goes on.',
  cancelled: 'Cancelled.',
  cancelling: 'Told to stop. What does not end by itself within ten seconds is ended.',
  paused: 'Paused. What is due meanwhile is skipped, with your reason; what runs goes on.',
  unpaused: 'Resumed. The next due time counts again.',
  'not-paused': 'It was not paused, so nothing has changed.',
  backfilled: 'The runs are made. They wait in the queue and begin by themselves.',
  staged: 'The version has its new stage.',
  promoted: 'Promoted. The version that was in Production before is archived.',
  'rolled-back': 'Rolled back to the version that was in Production before.',
  stopped: 'The capacity is 0: what occupies it waits until it is raised.',
  limited: 'The capacity is set. Whoever waits is served as soon as there is room.',
  'limit-deleted': 'The limit is deleted. What is held stays held.',
  'bulk-retried': 'Retried. What finished is reused, the rest runs with the code as it is now.',
  'bulk-cancelled': 'Cancelled. What runs is told to stop, and ended where it does not.',
} as const satisfies Record<string, string>;

/** A word of the address, `?done=`. */
export type Done = keyof typeof SENTENCES;

/** Nothing for a word that is none of ours: what an address says is never shown. */
export function Notice({ done }: { done: string | undefined }): Child {
  if (done === undefined || !Object.hasOwn(SENTENCES, done)) return null;
  return (
    <p id="done" class="done" role="status">
      {SENTENCES[done as Done]}
    </p>
  );
}

/** An address that says what was done when it is opened. */
export function doneAt(address: string, done: Done): string {
  const [path = '', fragment] = address.split('#');
  return `${path}${path.includes('?') ? '&' : '?'}done=${done}${fragment === undefined ? '' : `#${fragment}`}`;
}
