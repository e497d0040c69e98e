/**
 * A terminal to look at: runs a command under a pseudo-terminal of a given size (by `script` of util-linux), and shows
 * what a person would see after its output, as far as Weir's own sequences need it.
 */
import { existsSync } from 'node:fs';

const SCRIPT = '/usr/bin/script';

/** Without it the tests of terminals are skipped, visibly. */
export const hasPseudoTerminal = existsSync(SCRIPT);

/** Arguments for `world.start` that run the executable under a terminal of this size. */
export function underTerminal(executable: string, args: readonly string[], size: { columns: number; rows: number }) {
  const words = [executable, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const command = `stty cols ${size.columns} rows ${size.rows}; exec ${words}`;
  return {
    argv: [SCRIPT, '-qec', command, '/dev/null'],
    env: { TERM: 'xterm-256color', CI: undefined, NO_COLOR: undefined },
  };
}

export interface Screen {
  /** All lines, those scrolled away first, without trailing blanks. */
  readonly lines: readonly string[];
  readonly isCursorShown: boolean;
}

/** What stands on a terminal of this size after the output. */
export function screenAfter(output: string, size: { columns: number; rows: number }): Screen {
  const cells: string[][] = [[]];
  let row = 0;
  let column = 0;
  let isCursorShown = true;
  const line = () => {
    while (cells.length <= row) cells.push([]);
    return cells[row] as string[];
  };
  const top = () => Math.max(0, cells.length - size.rows);
  for (const { text, final, parameters } of tokens(output)) {
    if (text !== undefined) {
      for (const character of text) {
        if (column >= size.columns) {
          row++;
          column = 0;
        }
        const cellsOfLine = line();
        while (cellsOfLine.length < column) cellsOfLine.push(' ');
        cellsOfLine[column++] = character;
      }
    } else if (final === '\n') row++;
    else if (final === '\r') column = 0;
    else if (final === 'A') row = Math.max(top(), row - Number(parameters || 1));
    else if (final === 'B') row += Number(parameters || 1);
    else if (final === 'G') column = Number(parameters || 1) - 1;
    else if (final === 'K') cells[row] = parameters === '2' ? [] : line().slice(0, column);
    else if (final === 'J') cells.splice(row, cells.length, line().slice(0, column));
    else if (parameters === '?25') isCursorShown = final === 'h';
    line();
  }
  return { lines: cells.map((each) => each.join('').trimEnd()), isCursorShown };
}

interface Token {
  readonly text?: string | undefined;
  /** A line's end, a carriage return, or the letter that ends a sequence. */
  readonly final?: string | undefined;
  readonly parameters?: string | undefined;
}

function tokens(output: string): Token[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: this is about control characters
  const pattern = /\u001b\[([0-9;?]*)([A-Za-z])|([\n\r])|([^\u001b\n\r]+)|\u001b/g;
  return [...output.matchAll(pattern)].map(([, parameters, letter, control, text]) => ({
    text,
    final: letter ?? control,
    parameters,
  }));
}
