/** Output of one command on its way to the log: bytes to whole lines, the last lines for the error, the tail of stdout. */
import type { OutputStream } from '../model/command.ts';

const LAST_LINES = 10;
const LONGEST_LINE = 64 * 1024;
const STDOUT_KEPT = 1024 * 1024;

export interface ShellOutput {
  /** Whole lines that arrived with this piece, joined; null while a line is still open. */
  take(stream: OutputStream, data: Uint8Array): string | null;
  /** What is left when a stream has ended without a line's end. */
  rest(stream: OutputStream): string | null;
  readonly lastLines: readonly string[];
  readonly stdout: string;
}

export function createShellOutput(): ShellOutput {
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  const open = { stdout: '', stderr: '' };
  const lastLines: string[] = [];
  let stdout: string[] = [];
  let stdoutLength = 0;

  function remember(lines: string): void {
    const end = lines.length - 1;
    // Only the end can hold the last lines: a flood must not be split line by line.
    for (const line of lines
      .slice(Math.max(0, end - LAST_LINES * 1024))
      .split('\n')
      .slice(-LAST_LINES))
      lastLines.push(line.slice(0, 2000));
    lastLines.splice(0, lastLines.length - LAST_LINES);
  }

  function keepStdout(text: string): void {
    stdout.push(text);
    stdoutLength += text.length;
    if (stdoutLength <= 2 * STDOUT_KEPT) return;
    stdout = [stdout.join('').slice(-STDOUT_KEPT)];
    stdoutLength = STDOUT_KEPT;
  }

  return {
    take(stream, data) {
      const arrived = decoders[stream].decode(data, { stream: true });
      if (stream === 'stdout') keepStdout(arrived);
      const text = open[stream] + arrived;
      const end = text.lastIndexOf('\n');
      if (end === -1 && text.length < LONGEST_LINE) {
        open[stream] = text;
        return null;
      }
      const lines = end === -1 ? text : text.slice(0, end);
      open[stream] = end === -1 ? '' : text.slice(end + 1);
      remember(lines);
      return lines;
    },
    rest(stream) {
      const text = open[stream] + decoders[stream].decode();
      open[stream] = '';
      if (text === '') return null;
      remember(text);
      return text;
    },
    get lastLines() {
      return lastLines;
    },
    get stdout() {
      return stdout.join('').slice(-STDOUT_KEPT);
    },
  };
}
