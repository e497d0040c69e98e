/**
 * A filter as one line of text, as it stands in a URL or in the box of a page: `flow:etl err:"connection refused"`. Words
 * are separated by blanks; quotes keep blanks in them. On a page a word without a key is looked for as text.
 */
import { WeirError } from './errors.ts';

/** The words of a filter, for `parseRunFilter`. @throws WeirError `usage` when a quote is not closed */
export function splitFilter(text: string): string[] {
  const words: string[] = [];
  for (let at = 0; at < text.length; ) {
    if (/\s/.test(text[at] ?? '')) at++;
    else {
      const { word, end } = readWord(text, at);
      words.push(word);
      at = end;
    }
  }
  return words;
}

/** The words as one line that splits into them again. */
export function joinFilter(words: readonly string[]): string {
  return words.map(quoted).join(' ');
}

/** A condition on one name, whatever stands in it: `flow:a\,b`. */
export function filterWord(key: 'flow' | 'tag' | 'deployment', name: string): string {
  return `${key}:${name.replaceAll(',', '\\,')}`;
}

function readWord(text: string, start: number): { word: string; end: number } {
  let word = '';
  let hasKey = false;
  let at = start;
  while (at < text.length && !/\s/.test(text[at] ?? '')) {
    if (text[at] === '"') {
      const piece = /^"((?:\\["\\]|[^"])*)"/s.exec(text.slice(at));
      if (piece === null)
        throw new WeirError('usage', `a quote is not closed: ${text.slice(at, at + 60)}`, {
          hint: 'write it like err:"connection refused"; a quote inside of it is \\"',
        });
      word += (piece[1] ?? '').replaceAll(/\\(["\\])/g, '$1');
      at += piece[0].length;
    } else {
      if (text[at] === ':' && at > start) hasKey = true;
      word += text[at];
      at++;
    }
  }
  return { word: hasKey ? word : `text:${word}`, end: at };
}

function quoted(word: string): string {
  const colon = word.indexOf(':');
  return `${quotedPart(word.slice(0, colon))}:${quotedPart(word.slice(colon + 1))}`;
}

function quotedPart(part: string): string {
  return /[\s"]|^$/.test(part) ? `"${part.replaceAll(/(["\\])/g, '\\$1')}"` : part;
}
