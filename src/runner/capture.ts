/**
 * What user code prints by `console` and `process.stdout` becomes log lines of the task that printed it.
 * Must be installed before user code is loaded; writes of other threads and native code are not seen.
 */
import { format } from 'node:util';
import type { LogLevel, Report } from '../model/report.ts';
import { type Scope, scopes } from './scope.ts';

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

const STREAM_LEVELS = { stdout: 'info', stderr: 'warn' } as const;
const LONGEST_LINE = 64 * 1024;

export function captureOutput(sink: Sink): void {
  for (const [method, level] of Object.entries(CONSOLE_LEVELS) as [keyof typeof CONSOLE_LEVELS, LogLevel][]) {
    const original = console[method].bind(console);
    console[method] = (...args: unknown[]) => {
      if (!sink('log', level, format(...args))) original(...args);
    };
  }
  captureStream('stdout', sink);
  captureStream('stderr', sink);
}

/** A line that was begun in this scope and not ended belongs to it, too. */
export function endOpenLines(scope: Scope, report: (report: Report) => void): void {
  for (const [stream, text] of scope.openLines) {
    if (text === '') continue;
    report({ kind: 'log', call: scope.call, stream, level: STREAM_LEVELS[stream], at: Date.now(), text });
  }
  scope.openLines.clear();
}

function captureStream(name: 'stdout' | 'stderr', sink: Sink): void {
  const stream = process[name];
  const original = stream.write.bind(stream);
  const decoder = new TextDecoder();
  stream.write = ((chunk: string | Uint8Array, encoding?: unknown, done?: unknown): boolean => {
    const scope = scopes.getStore();
    const callback = [encoding, done].find((value) => typeof value === 'function') as (() => void) | undefined;
    const arrived = typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    if (scope === undefined) {
      if (!sink(name, STREAM_LEVELS[name], arrived.replace(/\n$/, '')))
        return original(chunk as string, encoding as BufferEncoding, done as () => void);
    } else {
      const lines = takeLines(scope, name, arrived);
      if (lines !== null) sink(name, STREAM_LEVELS[name], lines);
    }
    callback?.();
    return true;
  }) as typeof stream.write;
}

/** Whole lines only: progress bars write one in many pieces. */
function takeLines(scope: Scope, name: 'stdout' | 'stderr', arrived: string): string | null {
  const text = (scope.openLines.get(name) ?? '') + arrived;
  const end = text.lastIndexOf('\n');
  const isOpen = end === -1 && text.length < LONGEST_LINE;
  scope.openLines.set(name, isOpen ? text : end === -1 ? '' : text.slice(end + 1));
  return isOpen ? null : end === -1 ? text : text.slice(0, end);
}
