/**
 * Colours and links of terminals in one line of a log, as pieces of text with classes. ansi_up reads the colours; text
 * never passes through it. Everything else that drives a terminal is taken out. Must stay cheap for a line made of
 * nothing but codes: beyond a number of them, colours are no longer looked at.
 */
import { AnsiUp } from 'ansi_up';
import { BELL, ESCAPE, TERMINAL_CODES } from '../../model/terminal-codes.ts';
import { lastDrawing } from './visible-text.ts';

/** Text of one look. */
export interface Piece {
  readonly text: string;
  /** Names of classes, with blanks between them; '' for plain text. */
  readonly look: string;
  /** Declarations of custom properties that the classes use; '' for most. */
  readonly colors: string;
  /** An address that the text leads to: http or https. */
  readonly href: string | null;
}

const COLOR = new RegExp(`^${ESCAPE}\\[([0-9;:]*)m$`);
const LINK = new RegExp(`^${ESCAPE}\\]8;[^;]*;([^${BELL}${ESCAPE}]*)`);

/** In one line; nobody looks at more. */
const MOST_CODES = 400;
const LONGEST_STATE = 200;
const LONGEST_ADDRESS = 2000;

/** The text alone, as it would stand on paper. */
export function withoutCodes(text: string): string {
  return text.includes(ESCAPE) ? text.replace(TERMINAL_CODES, '') : text;
}

/** Whether a terminal would do something else with it than to show it. */
export function isDriving(text: string): boolean {
  return text.includes(ESCAPE) || text.includes('\r');
}

/** What a reader finally sees of a line. */
export function seenText(text: string): string {
  return isDriving(text) ? withoutCodes(lastDrawing(text)) : text;
}

export function piecesOf(text: string): Piece[] {
  if (!text.includes(ESCAPE)) return [{ text, look: '', colors: '', href: null }];
  const pieces: Piece[] = [];
  let state = '';
  let href: string | null = null;
  let codes = 0;
  let from = 0;
  const take = (part: string) => {
    if (part === '') return;
    const { look, colors } = state === '' ? PLAIN : styleOf(state);
    const last = pieces.at(-1);
    if (last !== undefined && last.look === look && last.colors === colors && last.href === href)
      pieces[pieces.length - 1] = { ...last, text: last.text + part };
    else pieces.push({ text: part, look, colors, href });
  };
  for (const match of text.matchAll(TERMINAL_CODES)) {
    take(text.slice(from, match.index));
    from = match.index + match[0].length;
    if (++codes > MOST_CODES) {
      take(withoutCodes(text.slice(from)));
      return pieces;
    }
    const [, color] = COLOR.exec(match[0]) ?? [];
    if (color !== undefined) state = nextState(state, color);
    const [, address] = LINK.exec(match[0]) ?? [];
    if (address !== undefined) href = safeAddress(address);
  }
  take(text.slice(from));
  return pieces;
}

/** What has been said since the last reset; a reset forgets it all. */
function nextState(state: string, color: string): string {
  const said = color.replaceAll(':', ';').replace(/;;+/g, ';');
  if (said === '' || said === '0') return '';
  const next = state === '' ? said : `${state};${said}`;
  return next.length > LONGEST_STATE ? said : next;
}

function safeAddress(address: string): string | null {
  if (address.length > LONGEST_ADDRESS || !/^https?:\/\//i.test(address) || !URL.canParse(address)) return null;
  return address;
}

type Style = Pick<Piece, 'look' | 'colors'>;

const PLAIN: Style = { look: '', colors: '' };
const MOST_STYLES = 2000;
const styles = new Map<string, Style>();

function styleOf(state: string): Style {
  let style = styles.get(state);
  if (style === undefined) {
    style = readStyle(state);
    if (styles.size >= MOST_STYLES) styles.clear();
    styles.set(state, style);
  }
  return style;
}

const reader = new AnsiUp();
reader.use_classes = true;
reader.boldStyle = 'bold';
reader.faintStyle = 'faint';
reader.italicStyle = 'italic';
reader.underlineStyle = 'underline';
const NAMES = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];
const WORDS: Readonly<Record<string, string>> = { bold: 'cb', faint: 'cf', italic: 'ci', underline: 'cu' };

/** Of what ansi_up makes of one letter: `<span style="bold;color:rgb(1,2,3)" class="ansi-red-fg">x</span>`. */
function readStyle(state: string): Style {
  const html = reader.ansi_to_html(`${ESCAPE}[0m${ESCAPE}[${state}mx`);
  const looks = new Set<string>();
  const colors: string[] = [];
  for (const word of (/ style="([^"]*)"/.exec(html)?.[1] ?? '').split(';')) {
    const known = WORDS[word];
    const [, property, value] = /^(color|background-color):(rgb\([\d,]+\))$/.exec(word) ?? [];
    if (known !== undefined) looks.add(known);
    else if (value !== undefined) addColor(looks, colors, property === 'color' ? 'c' : 'k', value);
  }
  for (const word of (/ class="([^"]*)"/.exec(html)?.[1] ?? '').split(' ')) {
    const [, bright, name, index, ground] = /^ansi-(?:(bright-)?([a-z]+)|palette-(\d+))-([fb]g)$/.exec(word) ?? [];
    const kind = ground === 'fg' ? 'c' : 'k';
    if (index !== undefined) addColor(looks, colors, kind, paletteColor(Number(index)));
    else if (name !== undefined) looks.add(`${kind}${NAMES.indexOf(name) + (bright === undefined ? 0 : 8)}`);
  }
  // On a ground of its own, text is in the page's ink: two colours of a program need not be readable in two themes.
  const hasGround = [...looks].some((look) => look.startsWith('k'));
  const isLeft = (name: string) => !hasGround || !/^(?:c[\dx]|--c:)/.test(name);
  return { look: [...looks].filter(isLeft).sort().join(' '), colors: colors.filter(isLeft).join(';') };
}

function addColor(looks: Set<string>, colors: string[], kind: 'c' | 'k', value: string): void {
  looks.add(`${kind}x`);
  colors.push(`--${kind}:${value}`);
}

/** The cube of 6 x 6 x 6 and the greys of terminals with 256 colours. */
function paletteColor(index: number): string {
  if (index >= 232) {
    const grey = (index - 232) * 10 + 8;
    return `rgb(${grey},${grey},${grey})`;
  }
  const level = (digit: number) => (digit === 0 ? 0 : digit * 40 + 55);
  const cube = index - 16;
  return `rgb(${level(Math.floor(cube / 36))},${level(Math.floor(cube / 6) % 6)},${level(cube % 6)})`;
}
