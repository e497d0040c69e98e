/**
 * Masks streams of lines. A line that is too long comes in pieces (output-lines.ts), and the value of a secret may be cut
 * in two between them: then both halves are masked.
 */
import type { Begun, Mask } from './mask.ts';
import { MASKED } from './mask.ts';
import { GOES_ON, GONE_ON, LONGEST_LINE } from './output-lines.ts';
import { SHORT_SECRET } from './secret.ts';

const CUT = `${GOES_ON}\n${GONE_ON}`;

export class MaskedStreams {
  /** By stream: what may have begun at the end of its last piece. Most have nothing. */
  readonly #begun = new Map<string, readonly Begun[]>();

  /** Lines of a stream, joined by `\n`, without the last one's end. */
  take(mask: Mask, stream: string, text: string): string {
    const begun = this.#begun.get(stream);
    const isCut = text.length >= LONGEST_LINE || text.endsWith(GOES_ON);
    if (begun === undefined && !isCut && !text.includes(CUT)) return mask.text(text);
    const start = text.startsWith(GONE_ON) ? GONE_ON : '';
    const end = text.endsWith(GOES_ON) ? GOES_ON : '';
    const pieces = text.slice(start.length, text.length - end.length).split(CUT);
    let before = begun ?? [];
    const masked = pieces.map((piece, index) => {
      const goesOn = isCut || index < pieces.length - 1;
      const told = maskPiece(mask, piece, before, goesOn);
      before = goesOn ? mask.begunAt(piece) : [];
      return told;
    });
    if (before.length > 0) this.#begun.set(stream, before);
    else this.#begun.delete(stream);
    return start + masked.join(CUT) + end;
  }
}

function maskPiece(mask: Mask, piece: string, begun: readonly Begun[], goesOn: boolean): string {
  const rest = begun
    .map(({ form, length }) => form.slice(length))
    .filter((each) => piece.startsWith(each))
    .reduce((longest, each) => (each.length > longest.length ? each : longest), '');
  const masked = (rest === '' ? '' : MASKED) + mask.text(piece.slice(rest.length));
  if (!goesOn) return masked;
  const tail = mask.begunAt(masked).reduce((longest, { length }) => Math.max(longest, length), 0);
  // A few characters may be the beginning of anything.
  return tail < SHORT_SECRET ? masked : masked.slice(0, -tail) + MASKED;
}
