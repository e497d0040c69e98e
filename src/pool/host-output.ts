/**
 * A host's raw streams, piece by piece to whoever takes them, and unread while that one is busy.
 * Must never reach this process's standard output, which belongs to results.
 */
import type { Readable } from 'node:stream';

export type OutputHandler = (stream: 'stdout' | 'stderr', data: Uint8Array) => Promise<void> | undefined;

/** Gives the function that sets the taker; until then, and once it fails, output goes to standard error. */
export function takeOutput(streams: {
  readonly stdout: Readable;
  readonly stderr: Readable;
}): (handler: OutputHandler) => void {
  let handler: OutputHandler = passOn;
  for (const name of ['stdout', 'stderr'] as const) {
    const stream = streams[name];
    stream.on('error', () => {});
    stream.on('data', (data: Uint8Array) => {
      const taken = handler(name, data);
      if (taken === undefined) return;
      stream.pause();
      taken.catch(() => {}).finally(() => stream.resume());
    });
  }
  return (next) => {
    handler = next;
  };
}

function passOn(_stream: string, data: Uint8Array): undefined {
  process.stderr.write(data);
}
