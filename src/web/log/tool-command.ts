/** What tools print into a log for GitHub, besides groups: a word, a message, and where in a file it belongs. Pure. */
import { withoutCodes } from './terminal-style.ts';

export interface ToolCommand {
  readonly word: string;
  /** Where it is, in a file; '' when that is not said. */
  readonly place: string;
  readonly message: string;
}

/** `::error file=app.js,line=10::message`, as tools print it for GitHub; null for other lines. */
export function parseCommand(text: string): ToolCommand | null {
  if (!text.includes('::') && !text.includes('##[')) return null;
  const found =
    /^\s*::(error|warning|notice|debug)(?: ([^\n]{0,2000}?))?::(.*)$/s.exec(withoutCodes(text)) ??
    /^\s*##\[(error|warning|notice|debug)()\](.*)$/s.exec(withoutCodes(text));
  if (found === null) return null;
  const [, word = '', given = '', message = ''] = found;
  const values = new Map(given.split(',').map((pair) => pair.split('=', 2) as [string, string | undefined]));
  const file = values.get('file') ?? '';
  const line = values.get('line') ?? '';
  const title = unescapeCommand(values.get('title') ?? '');
  return {
    word,
    place: file === '' ? '' : unescapeCommand(line === '' ? file : `${file}:${line}`),
    message: `${title === '' ? '' : `${title}: `}${unescapeCommand(message)}`,
  };
}

function unescapeCommand(text: string): string {
  return text.replace(/%(25|0D|0A|3A|2C)/gi, (_, code: string) => {
    const sign = String.fromCharCode(Number.parseInt(code, 16));
    return sign === '\n' || sign === '\r' ? ' ' : sign;
  });
}
