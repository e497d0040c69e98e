/**
 * Asks for a text at the terminal without showing it. What is pasted may have several lines: the terminal is asked to
 * mark it, and what comes behind the end of what was typed must never reach the shell that runs next.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { ReadStream } from 'node:tty';
import { WeirError } from '../../model/errors.ts';

const MARK_PASTES = '\u001b[?2004h';
const MARK_NO_PASTES = '\u001b[?2004l';
const PASTE_BEGINS = '\u001b[200~';
const PASTE_ENDS = '\u001b[201~';
/** Arrows and function keys, and a lone escape. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: this is about control characters
const SEQUENCE = /^\u001b(?:\[[0-?]*[ -/]*[@-~]|O.|)/;
/** The rest of a paste that the terminal did not mark is there at once. */
const REST_MS = 50;

const INTERRUPT = '\u0003';
const END = '\u0004';
const CLEAR_LINE = '\u0015';
const CLEAR_WORD = '\u0017';
const BACKSPACES = ['\u007f', '\b'];

/** What was typed so far, and whether it is over. */
interface Typed {
  readonly text: string;
  readonly isPasting: boolean;
  readonly end: 'entered' | 'given up' | null;
  /** What came behind the end. */
  readonly rest: string;
}

/** null: given up, by Ctrl-C or Ctrl-D. @throws WeirError `usage` for several lines that were typed or not marked */
export async function askHidden(
  question: string,
  input: ReadStream = process.stdin,
  output: NodeJS.WriteStream = process.stderr,
): Promise<string | null> {
  // First of all: who sees the question may be quick.
  input.setRawMode(true).setEncoding('utf8').resume();
  output.write(`${question}${MARK_PASTES}`);
  let typed: Typed = { text: '', isPasting: false, end: null, rest: '' };
  const ended = Promise.withResolvers<void>();
  input.on('data', (data: string) => {
    typed = typed.end === null ? afterKeys(typed, data) : { ...typed, rest: typed.rest + data };
    if (typed.end !== null) ended.resolve();
  });
  input.once('end', () => ended.resolve());
  try {
    await ended.promise;
    if (typed.end === 'entered') await sleep(REST_MS);
  } finally {
    input.setRawMode(false).pause();
    output.write(`${MARK_NO_PASTES}\n`);
  }
  if (typed.end !== 'entered') return null;
  if (typed.rest === '') return typed.text;
  throw new WeirError('usage', 'more than one line was given, and this terminal does not say that it was pasted', {
    hint: 'put it into a file, and read it from there: weir secret set NAME < FILE',
  });
}

/** Pure, so that keys can be tried without a terminal. */
export function afterKeys(before: Typed, data: string): Typed {
  let { text, isPasting } = before;
  for (let at = 0; at < data.length; ) {
    const from = data.slice(at, at + PASTE_BEGINS.length);
    if (from === PASTE_BEGINS || from === PASTE_ENDS) {
      isPasting = from === PASTE_BEGINS;
      at += from.length;
      continue;
    }
    const [sequence = ''] = SEQUENCE.exec(data.slice(at, at + 20)) ?? [];
    if (sequence !== '') {
      at += sequence.length;
      continue;
    }
    const key = String.fromCodePoint(data.codePointAt(at) ?? 0);
    at += key.length;
    if (key === INTERRUPT || (key === END && text === '')) return { text: '', isPasting, end: 'given up', rest: '' };
    const isEnter = key === '\r' || key === '\n' || key === END;
    if (isEnter && !isPasting) return { text, isPasting, end: 'entered', rest: data.slice(at) };
    if (isEnter) text += '\n';
    else if (BACKSPACES.includes(key)) text = [...text].slice(0, -1).join('');
    else if (key === CLEAR_LINE || key === CLEAR_WORD) text = '';
    else if (key >= ' ' || key === '\t') text += key;
  }
  return { text, isPasting, end: null, rest: '' };
}
