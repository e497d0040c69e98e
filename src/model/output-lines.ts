/**
 * Bytes of one output stream to whole lines, as a terminal would finally show them: a line that is drawn again after a
 * carriage return (a progress bar) is its last drawing, `\r\n` is a line's end, and a line of more than 64 KiB is split
 * with a mark. Works on bytes, so that a character that arrives in two pieces stays whole.
 * Must hold no more than one line, whatever arrives.
 */

/** Bytes of a line before it is split. */
export const LONGEST_LINE = 64 * 1024;

/** At the end of a piece of a split line, and at the beginning of the next. */
export const GOES_ON = ' [line goes on]';
export const GONE_ON = '[line goes on] ';

/** What a decoder puts in the place of what is no UTF-8. */
const REPLACED = '\ufffd';
const REPLACED_UNIT = 0xfffd;
const NEWLINE = 10;
const RETURN = 13;
const LARGEST_DRAWING = 4096;
const PIECE_END = Buffer.from(`${GOES_ON}\n`);
const PIECE_START = Buffer.from(GONE_ON);
const END = Buffer.from('\n');
const RETURN_BYTE = Buffer.from('\r');
/** As tools print it for GitLab, which folds what lies between: `section_start:1560896352:name[collapsed=true]`. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: tools print it before the word
const SECTION = /^(?:\u001b\[0K)?section_(?:start|end):\d/;
const LONGEST_SECTION = 30;

export class OutputLines {
  readonly #emit: (lines: Buffer) => void;
  #open: Buffer = Buffer.allocUnsafe(1024);
  #length = 0;
  /** A carriage return has come: what follows, unless it ends the line, takes the place of what is open. */
  #hasReturned = false;
  /** The open line has been drawn more than once. */
  #isRedrawn = false;
  #endedDrawing: Buffer | null = null;
  /** How much of the open line stays when it is drawn again: the names of sections. */
  #kept = 0;

  /** `emit` gets one or more whole lines, the last one's end included; the bytes are its own only until it returns. */
  constructor(emit: (lines: Buffer) => void) {
    this.#emit = emit;
  }

  take(data: Uint8Array): void {
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    // In pieces no longer than a line may be: then only the first line of a piece can be too long.
    for (let start = 0; start < bytes.length; start += LONGEST_LINE) {
      this.#takePiece(bytes.subarray(start, start + LONGEST_LINE));
    }
  }

  /** The line that has no end yet; the stream has ended. */
  end(): void {
    const text = this.#open.subarray(0, this.#length);
    // A bar that was wiped with blanks leaves nothing to be read.
    const isBlank = this.#isRedrawn && text.every((byte) => byte === 32);
    if (this.#length > 0 && !isBlank) this.#emit(Buffer.concat([text, END]));
    this.#clear();
  }

  /** The line being drawn again and again as it stands now, or the last one that was; null when there was none. */
  get drawing(): Buffer | null {
    if (!this.#isRedrawn && !this.#hasReturned) return this.#endedDrawing;
    return this.#open.subarray(0, Math.min(this.#length, LARGEST_DRAWING));
  }

  #takePiece(bytes: Buffer): void {
    let start = 0;
    if (this.#hasReturned || bytes.includes(RETURN)) start = this.#takeReturns(bytes);
    else if (this.#length > 0) start = this.#endOpenLine(bytes);
    const last = bytes.lastIndexOf(NEWLINE);
    if (last >= start) {
      this.#emit(bytes.subarray(start, last + 1));
      start = last + 1;
    }
    this.#append(bytes.subarray(start));
  }

  /** The beginning of `bytes` belongs to the open line; gives where the next line begins. */
  #endOpenLine(bytes: Buffer): number {
    const end = bytes.indexOf(NEWLINE);
    if (end === -1) return 0;
    this.#append(bytes.subarray(0, end));
    this.#endLine();
    return end + 1;
  }

  /** Line by line, as far as there are carriage returns; gives where the rest without any begins. */
  #takeReturns(bytes: Buffer): number {
    let at = 0;
    // Each is searched for again only when it was passed: a bar without any line's end would be read over and over.
    let nextReturn = bytes.indexOf(RETURN);
    let nextEnd = bytes.indexOf(NEWLINE);
    while (at < bytes.length) {
      if (nextReturn !== -1 && nextReturn < at) nextReturn = bytes.indexOf(RETURN, at);
      if (nextEnd !== -1 && nextEnd < at) nextEnd = bytes.indexOf(NEWLINE, at);
      if (nextReturn === -1 && !this.#hasReturned && this.#length === 0) return at;
      const isReturn = nextReturn !== -1 && (nextEnd === -1 || nextReturn < nextEnd);
      const stop = isReturn ? nextReturn : nextEnd === -1 ? bytes.length : nextEnd;
      if (stop > at) this.#draw(bytes.subarray(at, stop));
      if (isReturn) this.#hasReturned = true;
      else if (nextEnd !== -1) this.#endLine();
      at = stop + 1;
    }
    return bytes.length;
  }

  #draw(text: Buffer): void {
    if (this.#hasReturned) {
      this.#hasReturned = false;
      if (this.#endsWithSection()) {
        this.#append(RETURN_BYTE);
        this.#kept = this.#length;
      } else {
        // The first drawing of a bar follows a carriage return already.
        this.#isRedrawn = true;
        this.#length = this.#kept;
      }
    }
    this.#append(text);
  }

  /** Whether what was drawn last tells where a section begins or ends: what follows must not take its place. */
  #endsWithSection(): boolean {
    const drawn = this.#open.subarray(this.#kept, Math.min(this.#length, this.#kept + LONGEST_SECTION));
    return this.#kept < LARGEST_DRAWING && SECTION.test(drawn.toString('latin1'));
  }

  #append(text: Buffer): void {
    let rest = text;
    while (this.#length + rest.length > LONGEST_LINE) {
      const room = LONGEST_LINE - this.#length;
      this.#keep(rest.subarray(0, room));
      // A character that would be cut in two goes on in the next piece.
      const cut = isContinuation(rest[room]) ? lastCharacter(this.#open, this.#length) : this.#length;
      const begun = Buffer.from(this.#open.subarray(cut, this.#length));
      this.#length = cut;
      this.#keep(PIECE_END);
      this.#emit(this.#open.subarray(0, this.#length));
      this.#length = 0;
      this.#kept = 0;
      this.#keep(PIECE_START);
      this.#keep(begun);
      rest = rest.subarray(room);
    }
    this.#keep(rest);
  }

  #keep(text: Buffer): void {
    const needed = this.#length + text.length;
    if (needed > this.#open.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#open.length * 2));
      this.#open.copy(larger, 0, 0, this.#length);
      this.#open = larger;
    }
    text.copy(this.#open, this.#length);
    this.#length = needed;
  }

  #endLine(): void {
    if (this.#isRedrawn)
      this.#endedDrawing = Buffer.from(this.#open.subarray(0, Math.min(this.#length, LARGEST_DRAWING)));
    this.#keep(END);
    this.#emit(this.#open.subarray(0, this.#length));
    this.#clear();
  }

  #clear(): void {
    this.#length = 0;
    this.#kept = 0;
    this.#hasReturned = false;
    this.#isRedrawn = false;
  }
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

/** Where the character of UTF-8 begins that is not whole at the end of `bytes`; the end where there is none. */
function lastCharacter(bytes: Buffer, length: number): number {
  for (let place = length - 1; place >= Math.max(0, length - 3); place--) {
    if (!isContinuation(bytes[place])) return (bytes[place] ?? 0) >= 0xc0 ? place : length;
  }
  return length;
}

/**
 * Lines as text fit for a log: what is no UTF-8 is replaced, and so is NUL, at which many readers would stop. Several
 * such bytes in a row become one sign: three bytes for each would make binary output three times as large.
 */
export function decodeLines(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  return text.includes(REPLACED) || text.includes('\0') ? withoutRepeats(text) : text;
}

/** Unit by unit: a regular expression makes garbage of many times the text (measured: 20 MB more in a flood). */
function withoutRepeats(text: string): string {
  const units = new Uint16Array(text.length);
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit !== 0 && unit !== REPLACED_UNIT) units[length++] = unit;
    else if (length === 0 || units[length - 1] !== REPLACED_UNIT) units[length++] = REPLACED_UNIT;
  }
  return Buffer.from(units.buffer, 0, length * 2).toString('utf16le');
}
