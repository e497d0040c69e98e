/**
 * Text of users made fit for a terminal: what moves the cursor, rings, or renames windows is taken out, colours may
 * stay. A line of a run must never be able to draw over what Weir says.
 */
import { ESCAPE, TERMINAL_CODES } from '../model/terminal-codes.ts';

const COLOUR = new RegExp(`^${ESCAPE}\\[[0-9;:]*m$`);
const MARK = '\ue000';

/** A line as a person may see it: of a bar redrawn with carriage returns its last state, with `colors` its colours. */
export function terminalText(line: string, options: { readonly colors: boolean }): string {
  if (!/\p{Cc}/u.test(line)) return line;
  const lastState = line.replace(/\r+$/, '').split('\r').at(-1) ?? '';
  const kept: string[] = [];
  const text = lastState
    .replaceAll(MARK, '')
    .replace(TERMINAL_CODES, (sequence) => {
      if (!options.colors || !COLOUR.test(sequence)) return '';
      kept.push(sequence);
      return MARK;
    })
    .replaceAll('\t', '    ')
    .replace(/\p{Cc}/gu, '')
    .replaceAll(MARK, () => kept.shift() ?? '');
  return text.includes(ESCAPE) ? `${text}${ESCAPE}[0m` : text;
}

/** In one line and without any control character, for names, labels and messages. */
export function plainText(text: string): string {
  return /\p{Cc}/u.test(text) ? terminalText(text.replace(/[\n\t\r]+/g, ' '), { colors: false }) : text;
}
