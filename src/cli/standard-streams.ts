/**
 * Standard output and standard error as Node makes them, when somebody first asks for them: making both takes a quiet
 * run 2 ms, and it prints nothing. What has been made has to be written out before this process ends.
 */
import { fstatSync } from 'node:fs';

type Name = 'stdout' | 'stderr';

const made: NodeJS.WriteStream[] = [];

/** Once, before anybody asks for them. */
export function putOffStandardStreams(): void {
  for (const name of ['stdout', 'stderr'] as const) {
    const asNodeHasIt = Object.getOwnPropertyDescriptor(process, name);
    if (asNodeHasIt?.get === undefined) continue;
    const get = () => {
      Object.defineProperty(process, name, asNodeHasIt);
      const stream = process[name];
      // A reader that has gone away (`weir runs | head -1`) is no fault.
      if (name === 'stdout')
        stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
      made.push(stream);
      return stream;
    };
    Object.defineProperty(process, name, { ...asNodeHasIt, get });
  }
}

/** Resolves when all that was printed is out. */
export async function writtenOut(): Promise<void> {
  for (const stream of made) await new Promise<void>((resolve) => stream.write('', () => resolve()));
}

/** As the stream's `isTTY`, which is only asked where it may be one. */
export function isTerminal(name: Name): boolean {
  try {
    if (!fstatSync(name === 'stdout' ? 1 : 2).isCharacterDevice()) return false;
  } catch {
    // closed by whoever started this process
    return false;
  }
  return process[name].isTTY === true;
}
