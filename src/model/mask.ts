/**
 * Replaces the values of secrets in texts by `***`, in every form that they may stand there (mask-forms.ts). One pass
 * however many forms there are: a table says how far one may jump after any two characters (Wu and Manber's method).
 * Its own instance must never be shown: it holds what must not be seen.
 */
import { formsOf } from './mask-forms.ts';
import { SHORT_SECRET } from './secret.ts';

export const MASKED = '***';

/** Values from here on are masked in names as well: shorter ones are words like `train`. */
const SAFE_IN_NAMES = 8;
/** So much of the beginning of a longer form is enough: a text that was cut holds no more of it. */
const ENOUGH = 32;

const TABLE_SIZE = 1 << 16;
const LONGEST_JUMP = 255;

/** A form whose beginning stands at the end of a piece; the next piece may go on with the rest. */
export interface Begun {
  readonly form: string;
  readonly length: number;
}

export class Mask {
  readonly #values: readonly string[];
  readonly #forms: readonly string[];
  /** By the last two characters of the window: the forms whose beginning is in it. */
  readonly #byBlock = new Map<number, string[]>();
  readonly #jumps = new Uint8Array(TABLE_SIZE);
  /** Characters of every form that are looked at for a jump. */
  readonly #window: number;
  /** Values too short for that: only where they stand alone. */
  readonly #alone: RegExp | null;
  #names: Mask | null | undefined;

  constructor(values: Iterable<string>) {
    this.#values = [...new Set(values)];
    const forms = new Set(this.#values.flatMap((value) => [...formsOf(value)]));
    this.#forms = [...forms].sort((a, b) => b.length - a.length);
    const shortest = this.#forms.at(-1)?.length ?? SHORT_SECRET;
    this.#window = Math.min(shortest, LONGEST_JUMP);
    this.#jumps.fill(this.#window - 1);
    for (const form of this.#forms) this.#addToTable(form);
    this.#alone = aloneIn(this.#values.map((value) => value.trim()).filter((value) => value.length < SHORT_SECRET));
  }

  /** The text as it may be told; the same when it holds nothing of a secret. */
  text(text: string): string {
    const masked = this.#forms.length === 0 ? text : this.#maskForms(text);
    return this.#alone === null ? masked : masked.replace(this.#alone, MASKED);
  }

  holds(text: string): boolean {
    return this.text(text) !== text;
  }

  /** A name that code gives something: only values that nobody would use as one. */
  name(name: string): string {
    if (this.#names === undefined) {
      const long = this.#values.filter((value) => value.trim().length >= SAFE_IN_NAMES);
      this.#names = long.length === 0 ? null : long.length === this.#values.length ? this : new Mask(long);
    }
    return this.#names === null ? name : this.#names.text(name);
  }

  /** This mask with further values; itself when there is nothing new. */
  with(values: Iterable<string>): Mask {
    const all = new Set([...this.#values, ...values]);
    return all.size === this.#values.length ? this : new Mask(all);
  }

  /** What of a secret may have begun at the end of a text that was cut. */
  begunAt(text: string): Begun[] {
    const begun: Begun[] = [];
    for (const form of this.#forms) {
      const first = form.charCodeAt(0);
      for (let at = Math.max(0, text.length - form.length + 1); at < text.length; at++)
        if (text.charCodeAt(at) === first && form.startsWith(text.slice(at)))
          begun.push({ form, length: text.length - at });
    }
    return begun;
  }

  /** Characters at the beginning of a text that may be the end of a secret, because what was before them is cut off. */
  restAt(text: string): number {
    let longest = 0;
    for (const form of this.#forms) {
      for (
        let length = Math.min(form.length - 1, text.length);
        length > Math.max(longest, SHORT_SECRET - 1);
        length--
      ) {
        if (text.charCodeAt(length - 1) !== form.charCodeAt(form.length - 1)) continue;
        if (text.startsWith(form.slice(-length))) longest = length;
      }
    }
    return longest;
  }

  #addToTable(form: string): void {
    for (let end = 1; end < this.#window; end++) {
      const block = blockAt(form, end);
      const jump = this.#window - 1 - end;
      if (jump < (this.#jumps[block] ?? 0)) this.#jumps[block] = jump;
      if (jump > 0) continue;
      const others = this.#byBlock.get(block);
      if (others === undefined) this.#byBlock.set(block, [form]);
      else others.push(form);
    }
  }

  #maskForms(text: string): string {
    const last = this.#window - 1;
    let masked = '';
    let told = 0;
    let from = -1;
    let to = -1;
    for (let at = last; at < text.length; ) {
      const block = blockAt(text, at);
      const jump = this.#jumps[block] as number;
      if (jump > 0) {
        at += jump;
        continue;
      }
      const start = at - last;
      const end = start + this.#longestAt(text, start, block);
      at++;
      if (end === start) continue;
      // Two secrets may share characters: what is left of the second would tell of it.
      if (start >= to) {
        if (to !== -1) {
          masked += text.slice(told, from) + MASKED;
          told = to;
        }
        from = start;
      }
      if (end > to) to = end;
    }
    return to === -1 ? text : masked + text.slice(told, from) + MASKED + text.slice(to);
  }

  /** Characters of the longest form that stands there, or of a long one that is cut off; 0: none. */
  #longestAt(text: string, start: number, block: number): number {
    let longest = 0;
    for (const form of this.#byBlock.get(block) ?? []) {
      if (form.length <= longest) continue;
      if (text.startsWith(form, start)) longest = form.length;
      else if (form.length > ENOUGH && text.startsWith(form.slice(0, ENOUGH), start))
        longest = Math.max(longest, commonLength(text, start, form));
    }
    return longest;
  }
}

function blockAt(text: string, end: number): number {
  return ((text.charCodeAt(end - 1) * 251) ^ (text.charCodeAt(end) * 257)) & (TABLE_SIZE - 1);
}

function commonLength(text: string, start: number, form: string): number {
  let length = ENOUGH;
  while (length < form.length && text[start + length] === form[length]) length++;
  return length;
}

function aloneIn(values: readonly string[]): RegExp | null {
  if (values.length === 0) return null;
  const any = values.map((value) => RegExp.escape(value)).join('|');
  return new RegExp(`(?<![\\p{L}\\p{N}_])(?:${any})(?![\\p{L}\\p{N}_])`, 'gu');
}
