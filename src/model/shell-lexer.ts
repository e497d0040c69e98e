/**
 * Where in a script for a POSIX shell (sh, dash, bash, zsh) a place is: bare, in quotes, in a here-document ...
 * It follows quoting and nesting, not the grammar; a place it cannot be sure of it calls refused. Pure.
 */
import { type Frame, type Place, type Script, script } from './shell-place.ts';

const KEEPS_COMMAND = new Set(['if', 'then', 'else', 'elif', 'do', 'while', 'until', '!', '{', 'time', 'coproc']);
const CALCULATES = new Set(['-eq', '-ne', '-lt', '-le', '-gt', '-ge', '-v', '-R']);
const PARAMETER = /\$\{[#!]?(?:[A-Za-z_]\w*|\d+|[@*#?$!-])?(?:\[[^\]'"`$]*\])?(:?[-=?+]|##?|%%?|\/[/#%]?|:|\}|.|\n)?/y;
const DOLLAR_PAIR = /\$(?:[A-Za-z_]\w*|[0-9@*#?$!-])/y;
const DELIMITER = /<<(-?)[ \t]*((?:'[^']*'|"[^"]*"|\\[\s\S]|[^\s'"\\;&|<>()`])*)/y;

export class ShellLexer {
  readonly #frames: Frame[] = [script('', false)];
  #text = '';
  #at = 0;
  #line = 1;
  #isLast = false;
  /** A backslash or dollar sign that the text ended with. */
  #pending: '' | '\\' | '$' = '';
  #refusal: string | undefined;

  get line(): number {
    return this.#line;
  }

  /** A character that would have acted upon what follows; it is not yet written. */
  get pending(): '' | '\\' | '$' {
    return this.#pending;
  }

  get isInBackticks(): boolean {
    return this.#backticks() !== undefined;
  }

  /** Reads on; returns the text without the pending character. */
  read(text: string, isLast: boolean): string {
    this.#text = text;
    this.#at = 0;
    this.#isLast = isLast;
    this.#pending = '';
    while (this.#at < text.length) this.#step();
    return this.#pending === '' ? text : text.slice(0, -1);
  }

  /** The place after what was read, and that a value now stands there. `next` is the text after it. */
  value(next: string): Place {
    const place = this.#place(next);
    const frame = this.#top();
    if (frame.kind === 'script') {
      frame.word ??= '';
      frame.word += '\0';
    }
    if (frame.kind === 'document') frame.atLineStart = false;
    return place;
  }

  /** What is still open at the end; undefined when the script is complete. */
  unfinished(): string | undefined {
    const frame = this.#top();
    switch (frame.kind) {
      case 'double':
        return 'a double quote';
      case 'single':
      case 'ansi':
        return 'a single quote';
      case 'parameter':
        return '${';
      case 'arithmetic':
        return 'an arithmetic expression';
      case 'script':
        return frame.end === ')' ? 'a bracket' : frame.end === '`' ? 'a backtick' : undefined;
      default:
        return undefined;
    }
  }

  #place(next: string): Place {
    if (this.#refusal !== undefined) return { kind: 'refused', why: this.#refusal };
    const frame = this.#top();
    if (frame.kind === 'comment') return { kind: 'comment' };
    const murk = this.#backticks()?.murk;
    if (murk !== undefined) return { kind: 'refused', why: murk };
    switch (frame.kind) {
      case 'single':
        return { kind: 'single', calculates: this.#calculates(next) };
      case 'ansi':
        if (this.#pending !== '') return { kind: 'refused', why: "after a backslash inside $'...'" };
        return { kind: 'ansi', calculates: this.#calculates(next) };
      case 'arithmetic':
        return { kind: 'arithmetic' };
      case 'double':
        if (this.#frames.at(-2)?.kind === 'arithmetic') return { kind: 'arithmetic' };
        return { kind: 'expanded', calculates: this.#calculates(next) };
      case 'document':
        if (!frame.document.isQuoted) return { kind: 'expanded' };
        return { kind: 'quoted-here-document', delimiter: frame.document.delimiter };
      case 'parameter':
        return this.#inParameter(frame);
      case 'script':
        return {
          kind: 'bare',
          touchesWord: frame.word !== undefined || /^[^\s;&|<>()]/.test(next),
          calculates: this.#calculates(next),
        };
    }
  }

  /** Whether the word here is an operand of `[[ x -eq y ]]` or the index of `a[x]=y`. */
  #calculates(next: string): boolean {
    const frame = this.#top().kind === 'script' ? this.#top() : this.#frames.at(-2);
    if (frame?.kind !== 'script') return false;
    if (frame.test !== undefined) return frame.test.calculates || CALCULATING_NEXT.test(next);
    return /^[A-Za-z_]\w*\[[^\]]*$/.test(frame.word ?? '') && /^[^\s\]]*\]\+?=/.test(next);
  }

  #inParameter(frame: Frame & { kind: 'parameter' }): Place {
    if (this.#frames.some((each) => each.kind === 'arithmetic')) return { kind: 'arithmetic' };
    if (frame.isUncertain)
      return { kind: 'refused', why: 'after a single quote inside "${...}", which shells read differently' };
    switch (frame.operator) {
      case 'number':
        return { kind: 'arithmetic' };
      case 'default':
        return frame.within === 'nothing' ? { kind: 'quoted' } : { kind: 'expanded' };
      case 'pattern':
        if (frame.within === 'document') return { kind: 'refused', why: 'in a pattern of ${...} in a here-document' };
        return { kind: 'quoted' };
      case 'other':
        return { kind: 'refused', why: 'inside ${...} where the shell expects a name or an operator' };
    }
  }

  #step(): void {
    const char = this.#text[this.#at] ?? '';
    if (char === '\n') this.#line++;
    const backticks = this.#backticks();
    if (backticks !== undefined) {
      // The shell looks for the end of backticks before it looks at what is in them.
      if (char === '`') {
        while (this.#frames.pop() !== backticks);
        this.#at++;
        return;
      }
      if (char === '\\' && /[$`\\"]/.test(this.#text[this.#at + 1] ?? '$')) {
        backticks.murk = 'in backticks after a backslash (use $(...) instead of backticks)';
        this.#at += 2;
        return;
      }
    }
    const frame = this.#top();
    switch (frame.kind) {
      case 'comment':
        if (char === '\n') this.#frames.pop();
        else this.#at++;
        // The newline also ends the command; the frame below reads it.
        if (char === '\n') this.#line--;
        return;
      case 'single':
        if (char === "'") this.#frames.pop();
        this.#at++;
        return;
      case 'ansi':
        if (char === '\\') this.#backslash();
        else {
          if (char === "'") this.#frames.pop();
          this.#at++;
        }
        return;
      case 'double':
        if (char === '"') {
          this.#frames.pop();
          this.#at++;
        } else this.#expansion(char, 'double');
        return;
      case 'arithmetic':
        this.#inArithmetic(frame, char);
        return;
      case 'parameter':
        if (char === '}') {
          this.#frames.pop();
          this.#at++;
        } else if (char === "'" && frame.within !== 'nothing' && frame.operator === 'default') {
          frame.isUncertain = true;
          this.#at++;
        } else if (char === "'" && (frame.within === 'nothing' || frame.operator === 'pattern'))
          this.#open({ kind: 'single' });
        else if (char === '"') this.#open({ kind: 'double' });
        else this.#expansion(char, frame.within);
        return;
      case 'document':
        this.#inDocument(frame, char);
        return;
      case 'script':
        this.#inScript(frame, char);
        return;
    }
  }

  #inScript(frame: Script, char: string): void {
    switch (char) {
      case ' ':
      case '\t':
      case '\r':
        this.#endWord(frame);
        this.#at++;
        return;
      case '\n':
        this.#endWord(frame);
        frame.startsCommand = true;
        this.#at++;
        this.#openDocuments(frame);
        return;
      case ';':
        this.#endWord(frame);
        frame.startsCommand = true;
        if (/;[;&|]/y.test(this.#text.slice(this.#at, this.#at + 2)) && frame.cases.at(-1) === 'body') {
          frame.cases[frame.cases.length - 1] = 'pattern';
          this.#at++;
        }
        this.#at++;
        return;
      case '&':
      case '|':
        this.#endWord(frame);
        if (frame.test !== undefined) frame.test.calculates = false;
        // A redirection such as `2>&1` and `&>file` goes on with a word, not with a command.
        if (!/[<>]$/.test(this.#text.slice(0, this.#at)) && this.#text[this.#at + 1] !== '>')
          frame.startsCommand = true;
        this.#at++;
        return;
      case '<':
        this.#endWord(frame);
        if (this.#text.startsWith('<<<', this.#at)) this.#at += 3;
        else if (this.#text.startsWith('<<', this.#at)) this.#hereDocument(frame);
        else this.#processSubstitution();
        return;
      case '>':
        this.#endWord(frame);
        this.#processSubstitution();
        return;
      case '(':
        this.#bracket(frame);
        return;
      case ')':
        this.#endWord(frame);
        this.#at++;
        if (frame.cases.at(-1) === 'pattern') {
          frame.cases[frame.cases.length - 1] = 'body';
          frame.startsCommand = true;
        } else if (frame.end === ')') this.#frames.pop();
        return;
      case '#':
        if (frame.word === undefined) {
          this.#open({ kind: 'comment' });
          return;
        }
        break;
      case "'":
        this.#quoted(frame);
        this.#open({ kind: 'single' });
        return;
      case '"':
        this.#quoted(frame);
        this.#open({ kind: 'double' });
        return;
    }
    if (char === '\\' && this.#text[this.#at + 1] === '\n') {
      this.#line++;
      this.#at += 2;
      return;
    }
    frame.word ??= '';
    const from = this.#at;
    const depth = this.#frames.length;
    this.#expansion(char, 'nothing');
    if (this.#frames.length > depth) frame.wordHasQuotes = true;
    else frame.word += this.#text.slice(from, this.#at);
  }

  /** What begins with a backslash, a dollar sign or a backtick, and every other character. */
  #expansion(char: string, within: 'nothing' | 'double' | 'document'): void {
    if (char === '\\') this.#backslash();
    else if (char === '`') this.#open(script('`', false));
    else if (char === '$') this.#dollar(within);
    else this.#at++;
  }

  #dollar(within: 'nothing' | 'double' | 'document'): void {
    const begins = (text: string) => this.#text.startsWith(text, this.#at);
    if (this.#at === this.#text.length - 1 && !this.#isLast) {
      this.#pending = '$';
      this.#at++;
    } else if (begins('$((')) this.#open({ kind: 'arithmetic', end: '))', depth: 0 }, 3);
    else if (begins('$(')) this.#open(script(')', false), 2);
    else if (begins('$[')) this.#open({ kind: 'arithmetic', end: ']', depth: 0 }, 2);
    else if (begins("$'") && within === 'nothing') this.#open({ kind: 'ansi' }, 2);
    else if (begins('${')) this.#parameter(within);
    else {
      DOLLAR_PAIR.lastIndex = this.#at;
      this.#at += DOLLAR_PAIR.exec(this.#text)?.[0].length ?? 1;
    }
  }

  #backslash(): void {
    if (this.#at === this.#text.length - 1 && !this.#isLast) {
      this.#pending = '\\';
      this.#at++;
      return;
    }
    if (this.#text[this.#at + 1] === '\n') this.#line++;
    this.#at += 2;
  }

  #parameter(within: 'nothing' | 'double' | 'document'): void {
    PARAMETER.lastIndex = this.#at;
    const [whole = '${', operator = ''] = PARAMETER.exec(this.#text) ?? [];
    const end = this.#at + whole.length;
    if (operator === '}') {
      this.#at = end;
      return;
    }
    const known = /^:?[-=?+]$/.test(operator)
      ? 'default'
      : /^[#%/]/.test(operator)
        ? 'pattern'
        : operator === ':'
          ? 'number'
          : 'other';
    // What is no operator is read again: it may be a quote.
    const length = known === 'other' ? whole.length - operator.length : whole.length;
    this.#open({ kind: 'parameter', operator: known, within, isUncertain: false }, length);
  }

  #inArithmetic(frame: Frame & { kind: 'arithmetic' }, char: string): void {
    if (frame.end === ']') {
      if (char === ']') {
        this.#frames.pop();
        this.#at++;
      } else this.#expansion(char, 'double');
      return;
    }
    if (char === '(') frame.depth++;
    if (char === ')' && frame.depth > 0) frame.depth--;
    else if (char === ')') {
      this.#frames.pop();
      if (this.#text[this.#at + 1] === ')') this.#at += 2;
      else {
        // It was `$((a) | b)`, a subshell in a substitution, after all.
        this.#at++;
        this.#frames.push(script(')', false));
      }
      return;
    }
    if (char === '"') this.#open({ kind: 'double' });
    else this.#expansion(char, 'double');
  }

  #bracket(frame: Script): void {
    if (frame.word === undefined && frame.cases.at(-1) === 'pattern') {
      this.#at++;
      return;
    }
    const isWord = frame.word !== undefined;
    if (!isWord && !frame.isList && frame.test === undefined && this.#text.startsWith('((', this.#at)) {
      this.#open({ kind: 'arithmetic', end: '))', depth: 0 }, 2);
      return;
    }
    const inner = script(')', isWord || frame.isList);
    if (!isWord && frame.test !== undefined) inner.test = { calculates: false };
    // The word of `f() {` and `x=(a b)` ends with its brackets, and a command may follow.
    this.#endWord(frame);
    frame.startsCommand = true;
    this.#open(inner);
  }

  #processSubstitution(): void {
    if (this.#text[this.#at + 1] === '(') this.#open(script(')', false), 2);
    else this.#at++;
  }

  #hereDocument(frame: Script): void {
    DELIMITER.lastIndex = this.#at;
    const [whole = '<<', dash = '', word = ''] = DELIMITER.exec(this.#text) ?? [];
    this.#at += whole.length;
    if (this.#at === this.#text.length && !this.#isLast) {
      this.#refusal = 'in the delimiter of a here-document';
      return;
    }
    const delimiter = word.replace(/\\([\s\S])|'([^']*)'|"([^"]*)"/g, '$1$2$3');
    frame.pending.push({ delimiter, isQuoted: delimiter !== word, stripsTabs: dash === '-' });
  }

  #openDocuments(frame: Script): void {
    for (const document of frame.pending.splice(0).reverse()) {
      this.#frames.push({ kind: 'document', document, atLineStart: true });
    }
  }

  #inDocument(frame: Frame & { kind: 'document' }, char: string): void {
    if (frame.atLineStart) {
      frame.atLineStart = false;
      const end = this.#text.indexOf('\n', this.#at);
      const line = this.#text.slice(this.#at, end === -1 ? this.#text.length : end);
      const isWhole = end !== -1 || this.#isLast;
      if (isWhole && (frame.document.stripsTabs ? line.replace(/^\t+/, '') : line) === frame.document.delimiter) {
        this.#frames.pop();
        if (char === '\n') this.#line--;
        this.#at += line.length;
        if (end !== -1) {
          this.#line++;
          this.#at++;
        }
        return;
      }
    }
    if (char === '\n') {
      frame.atLineStart = true;
      this.#at++;
    } else if (frame.document.isQuoted) this.#at++;
    else this.#expansion(char, 'document');
  }

  #endWord(frame: Script): void {
    const { word } = frame;
    if (word === undefined) return;
    frame.word = undefined;
    const plain = frame.wordHasQuotes ? '' : word;
    frame.wordHasQuotes = false;
    if (frame.isList) return;
    if (frame.test !== undefined) {
      if (plain === ']]') frame.test = undefined;
      else frame.test.calculates = CALCULATES.has(plain);
      return;
    }
    const state = frame.cases.at(-1);
    if (state === 'subject') {
      if (plain === 'in') frame.cases[frame.cases.length - 1] = 'pattern';
      return;
    }
    if (plain === 'esac' && (state === 'pattern' || (state === 'body' && frame.startsCommand))) {
      frame.cases.pop();
      frame.startsCommand = false;
      return;
    }
    if (state === 'pattern') return;
    // Also where no command begins: a text too many refused is better than one calculated.
    if (plain === '[[') frame.test = { calculates: false };
    // After `function f {`, the one way to begin commands that does not look like it.
    if (plain === '{') frame.startsCommand = true;
    if (!frame.startsCommand) return;
    if (plain === 'case') frame.cases.push('subject');
    frame.startsCommand = KEEPS_COMMAND.has(plain) || /^[A-Za-z_]\w*(\[.*\])?\+?=/s.test(word);
  }

  #quoted(frame: Script): void {
    frame.word ??= '';
    frame.wordHasQuotes = true;
  }

  #open(frame: Frame, length = 1): void {
    this.#frames.push(frame);
    this.#at += length;
  }

  #backticks(): Script | undefined {
    return this.#frames.find((frame): frame is Script => frame.kind === 'script' && frame.end === '`');
  }

  #top(): Frame {
    // The script itself is never left: only closed frames are popped, and it has no end.
    return this.#frames.at(-1) as Frame;
  }
}

/** A value in `[[ ]]` that the operator after it makes a number. */
const CALCULATING_NEXT = /^[^;&|()\n]*?[ \t]+-(?:eq|ne|lt|le|gt|ge)(?:\s|$)/;
