/**
 * What a host's code writes past the capture, on its way to the run's log: whole lines, unread while one is stored.
 * It has no order with the runner's messages, so its end has to be looked for.
 */
import { nextTurn } from '../model/next-turn.ts';
import { decodeLines, OutputLines } from '../model/output-lines.ts';

type Stream = 'stdout' | 'stderr';

export interface RawOutput {
  take(stream: Stream, data: Uint8Array): Promise<void> | undefined;
  /** Resolves when what was written until now is logged, an unfinished line included. Never rejects. */
  end(): Promise<void>;
}

/** Code that never stops writing is not waited for. */
const MOST_LOOKS = 1000;

export function createRawOutput(log: (stream: Stream, text: string) => Promise<unknown>): RawOutput {
  const lines = { stdout: linesTo('stdout'), stderr: linesTo('stderr') };
  let arrived: { readonly stream: Stream; readonly text: string }[] = [];
  let taken = 0;
  let storing: Promise<void> | undefined;

  function linesTo(stream: Stream): OutputLines {
    return new OutputLines((bytes) => arrived.push({ stream, text: decodeLines(bytes.subarray(0, -1)) }));
  }

  /** One piece of output can be several lines that were drawn again and again: they are one text. */
  function store(): Promise<void> | undefined {
    const [first] = arrived;
    if (first === undefined) return undefined;
    const texts = Map.groupBy(arrived, ({ stream }) => stream);
    arrived = [];
    const stored = [...texts].map(([stream, all]) => log(stream, all.map(({ text }) => text).join('\n')));
    return Promise.all(stored).then(() => {});
  }

  return {
    take(stream, data) {
      taken++;
      lines[stream].take(data);
      storing = store();
      return storing;
    },
    async end() {
      try {
        // What is in the pipe already arrives with the next turn of the event loop; what was paused, one later.
        for (let looks = 0, seen = -1; seen !== taken && looks < MOST_LOOKS; looks++) {
          seen = taken;
          await nextTurn();
          await nextTurn();
          await storing;
        }
        lines.stdout.end();
        lines.stderr.end();
        await store();
      } catch {
        // told where it was first noticed: the report that could not be stored
      }
    },
  };
}
