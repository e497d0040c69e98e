/**
 * What a host's code writes past the capture, on its way to the run's log: whole lines, unread while one is stored.
 * It has no order with the runner's messages, so its end has to be looked for.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { createShellOutput } from './shell-output.ts';

type Stream = 'stdout' | 'stderr';

export interface RawOutput {
  take(stream: Stream, data: Uint8Array): Promise<void> | undefined;
  /** Resolves when what was written until now is logged, an unfinished line included. Never rejects. */
  end(): Promise<void>;
}

/** Code that never stops writing is not waited for. */
const MOST_LOOKS = 1000;

export function createRawOutput(log: (stream: Stream, text: string | null) => Promise<void> | undefined): RawOutput {
  const output = createShellOutput();
  let taken = 0;
  let storing: Promise<void> | undefined;
  return {
    take(stream, data) {
      taken++;
      storing = log(stream, output.take(stream, data));
      return storing;
    },
    async end() {
      try {
        // What is in the pipe already arrives with the next turn of the event loop; what was paused, one later.
        for (let looks = 0, seen = -1; seen !== taken && looks < MOST_LOOKS; looks++) {
          seen = taken;
          await turn();
          await turn();
          await storing;
        }
        await log('stdout', output.rest('stdout'));
        await log('stderr', output.rest('stderr'));
      } catch {
        // told where it was first noticed: the report that could not be stored
      }
    },
  };
}
