/**
 * What user code prints by `console` and `process.stdout` becomes log lines of the run that printed it.
 * Must be installed before user code is loaded; writes of other threads and native code are not seen.
 */
import { format } from 'node:util';
import type { LogLevel } from '../model/message.ts';

/** Takes a printed text; false when no run is going on in this context, and the text goes where it always went. */
export type Sink = (stream: 'log' | 'stdout' | 'stderr', level: LogLevel, text: string) => boolean;

const CONSOLE_LEVELS = {
  debug: 'debug',
  log: 'info',
  info: 'info',
  warn: 'warn',
  error: 'error',
  trace: 'debug',
} as const;

export function captureOutput(sink: Sink): void {
  for (const [method, level] of Object.entries(CONSOLE_LEVELS) as [keyof typeof CONSOLE_LEVELS, LogLevel][]) {
    const original = console[method].bind(console);
    console[method] = (...args: unknown[]) => {
      if (!sink('log', level, format(...args))) original(...args);
    };
  }
  captureStream(process.stdout, 'stdout', 'info', sink);
  captureStream(process.stderr, 'stderr', 'warn', sink);
}

function captureStream(stream: NodeJS.WriteStream, name: 'stdout' | 'stderr', level: LogLevel, sink: Sink): void {
  const original = stream.write.bind(stream);
  let rest = '';
  const decoder = new TextDecoder();
  stream.write = ((chunk: string | Uint8Array, encoding?: unknown, done?: unknown): boolean => {
    const callback = [encoding, done].find((value) => typeof value === 'function') as (() => void) | undefined;
    const text = rest + (typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }));
    const end = text.lastIndexOf('\n');
    // A line is told when it is whole: progress bars write it in many pieces.
    if (end === -1 && text.length < 64 * 1024) {
      rest = text;
    } else {
      const lines = end === -1 ? text : text.slice(0, end);
      rest = end === -1 ? '' : text.slice(end + 1);
      if (!sink(name, level, lines)) return original(chunk as string, encoding as BufferEncoding, done as () => void);
    }
    callback?.();
    return true;
  }) as typeof stream.write;
}
