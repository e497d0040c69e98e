import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createStreamHtml, logHtml, type WindowOptions } from '../../../src/web/log/log-html.ts';
import { type LogLine, lineHtml } from '../../../src/web/log/log-line.ts';

const OPTIONS = { clock: { now: 0, zone: 'UTC' }, longest: 100, withoutTimes: true, width: 1 } satisfies WindowOptions;

function linesOf(texts: readonly string[], more: (index: number) => Partial<LogLine> = () => ({})): LogLine[] {
  return texts.map((text, index) => ({
    number: index + 1,
    at: index * 1000,
    task: null,
    isError: false,
    text,
    ...more(index),
  }));
}

const html = (texts: readonly string[], options: Partial<WindowOptions> = {}) =>
  logHtml(linesOf(texts), { ...OPTIONS, ...options });
const one = (text: string, options: Partial<WindowOptions> = {}) =>
  /<\/a>(.*)<\/div>$/s.exec(html([text], options))?.[1] ?? '';
/** What a browser would show of it, roughly: its text. */
const textOf = (markup: string) => markup.replace(/<[^>]*>/g, '');

describe('a line', () => {
  it('has a number that is a link to itself, and says its time on request', () => {
    expect(html(['hello'])).toBe('<div id=L1><a href=#L1>1</a>hello</div>');
    expect(html(['hello'], { withoutTimes: false })).toContain('title="00:00:00"');
  });

  it('names its task and attempt once for neighbours', () => {
    const lines = linesOf(['a', 'b', 'c', 'd'], (index) => ({
      task: index < 2 ? 'load' : 'train <x>',
      ...(index === 3 ? { attempt: 2 } : {}),
    }));
    const names = [...logHtml(lines, OPTIONS).matchAll(/<i>(.*?) <\/i>/g)].map(([, name]) => name);
    expect(names).toEqual(['load', 'train &lt;x&gt;', 'train &lt;x&gt;, attempt 2']);
  });

  it('of a subflow has the number of its run as well', () => {
    expect(
      logHtml(
        linesOf(['x'], () => ({ runId: 57 })),
        OPTIONS,
      ),
    ).toContain('<div id=L57.1><a href=#L57.1>57.1</a>');
  });

  it.each([
    [
      'markup',
      `</script><script>alert(1)</script>"'&`,
      '&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;',
    ],
    ['control characters', 'a\u0000b\u0007c\u007fd\u009be', 'a<u>^@</u>b<u>^G</u>c<u>^?</u>d<u>U+009B</u>e'],
    ['signs that turn the writing', 'user\u202etxt.exe\u2066x', 'user<u>U+202E</u>txt.exe<u>U+2066</u>x'],
    ['half a character', 'a\ud83dz', 'a\ufffdz'],
    ['a whole one', 'a\ud83d\ude00z', 'a\ud83d\ude00z'],
    ['a tab', 'a\tb', 'a\tb'],
  ])('shows %s as what it is', (_, text, expected) => {
    expect(one(text)).toBe(expected);
  });

  it('shows of a bar its last drawing, or all of them', () => {
    expect(one('1%\r50%\r100%\r')).toBe('100%');
    expect(one('1%\r50%\r100%\r', { withDrawings: true })).toBe('1%<u>CR</u><br>50%<u>CR</u><br>100%');
  });

  it('is cut where it is too long, not within a character, and says where all of it is', () => {
    expect(one(`${'x'.repeat(99)}\ud83d\ude00yy`)).toBe(`${'x'.repeat(99)}... (4 more characters)`);
    const wholeLine = ({ number }: LogLine) => `/l?l=${number}&x`;
    expect(one('y'.repeat(150), { wholeLine })).toContain(
      '<a class="to" href="/l?l=1&amp;x">... (50 more characters)</a>',
    );
  });

  it('marks what was searched for, across colours', () => {
    expect(one('an Error: <error>', { find: /error/giu })).toBe('an <mark>Error</mark>: &lt;<mark>error</mark>&gt;');
    expect(one('\u001b[31mer\u001b[0mror', { find: /error/giu })).toBe(
      '<span class="c1"><mark>er</mark></span><mark>ror</mark>',
    );
  });

  it('of a tool that speaks to GitHub says its word, its message and where', () => {
    expect(one('::error file=src/a%2Cb.js,line=7,title=Bad::no%0Away <b>')).toBe(
      '<b class="c1">error</b> Bad: no way &lt;b&gt; <i>src/a,b.js:7</i>',
    );
    expect(one('##[warning]slow')).toBe('<b class="c3">warning</b> slow');
    expect(one('std::error::code')).toBe('std::error::code');
  });

  it('never becomes markup, whatever is printed', () => {
    const nasty = fc.string({
      unit: fc.constantFrom(
        '<',
        '>',
        '"',
        "'",
        '&',
        '\u001b',
        '[',
        ']',
        '8',
        ';',
        'm',
        '3',
        '1',
        '\\',
        '\u0007',
        ':',
        '/',
        'h',
        'x',
        '\r',
        '\u202e',
        '\ud83d',
        '\ude00',
        '::',
        'group',
        '::error::',
        '\u001b]8;;',
        '\u001b[31m',
        'https://',
      ),
      maxLength: 60,
    });
    fc.assert(
      fc.property(nasty, fc.boolean(), (text, withDrawings) => {
        const find = /x/giu;
        const markup = lineHtml(linesOf([text])[0] as LogLine, { ...OPTIONS, withDrawings, find });
        const rest = markup.replace(
          /<(?:\/?(?:div|span|mark|u|i|b)|br|div id=L1|div id=L1 class="\w"|a href=#L1|\/a|span class="[a-z0-9 ]+"(?: style="[-a-z0-9:(),;]+")?|b class="c\d"|span|a class="to" href="https?:\/\/[^"<>]*" rel="noopener noreferrer" target="_blank")>/g,
          '',
        );
        expect(rest).not.toMatch(/[<>"']/);
        expect(rest.isWellFormed()).toBe(true);
        expect(rest).not.toMatch(/(?!\t)\p{Cc}|\u202e/u);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('groups', () => {
  const BUILD = ['::group::Install', 'added a', '::endgroup::', 'between', '::group::Test', 'it works', '::endgroup::'];

  it('of GitHub are folded, with the time that they took, and lose no line', () => {
    const markup = html(BUILD);
    expect(textOf(markup)).toBe('1Install 2s2added a4between5Test 2s6it works');
    expect(markup).toContain('<details><summary id=L1><span>1</span><b>Install</b> <i>2s</i></summary><div id=L2>');
  });

  it('of GitLab are folded, nested, and one after another in a line', () => {
    const markup = html([
      '\u001b[0Ksection_start:1:all[collapsed=true]\r\u001b[0KEverything',
      'section_start:1:a\r\u001b[0KFirst',
      'in a',
      'section_end:2:a\rsection_start:2:b\rSecond',
      'in b',
      'section_end:3:all\r\u001b[0K',
      'after',
    ]);
    expect(textOf(markup)).toBe('1Everything 5s2First 2s3in a4Second 2s5in b7after');
    expect(markup).toMatch(/<\/details><\/details><div id=L7>/);
  });

  it('stand open where there is an error, where they never end, and the last one where nothing else tells', () => {
    const opened = (texts: readonly string[], options: Partial<WindowOptions> = {}) =>
      [...html(texts, options).matchAll(/<details( open)?/g)].map(([, open]) => open !== undefined);
    expect(opened(BUILD)).toEqual([false, false]);
    expect(opened(BUILD, { hasFailed: true })).toEqual([false, true]);
    expect(opened(['::group::A', '::error::x', '::endgroup::', ...BUILD], { hasFailed: true })).toEqual([
      true,
      false,
      false,
    ]);
    expect(opened([...BUILD, '::group::C', 'and then'])).toEqual([false, false, true]);
  });

  it('end where another task speaks, and a window that begins inside of one shows its lines', () => {
    const lines = linesOf(['::group::A', 'a1', 'b1', 'a2', '::endgroup::'], (index) => ({
      task: index === 2 ? 'b' : 'a',
    }));
    expect(logHtml(lines, OPTIONS)).toMatch(/a1<\/div><\/details><div id=L3>.*b1<\/div><div id=L4>.*a2<\/div>$/);
    expect(textOf(html(['in the middle', '::endgroup::', 'after']))).toBe('1in the middle3after');
  });

  it('are not folded in what a search found, which has gaps', () => {
    const lines = linesOf(['::group::A', 'x', 'y', 'z']).filter(({ number }) => number !== 3);
    expect(logHtml(lines, { ...OPTIONS, isPicking: true })).toMatch(/::group::A<\/div><div id=L2>.*<hr><div id=L4>/);
  });

  it('ten thousand of them, nested without an end, are a page still', () => {
    const texts = Array.from({ length: 10_000 }, (_, index) => `section_start:1:s${index}\rname ${index}`);
    const markup = html(texts);
    expect(markup.match(/<details/g)?.length).toBe(8);
    expect(textOf(markup)).toContain('name 9999');
    expect(html(Array.from({ length: 10_000 }, (_, index) => `::group::g${index}`)).match(/<details/g)?.length).toBe(
      10_000,
    );
  });

  it('lose no line, whatever is printed', () => {
    const text = fc.constantFrom(
      '::group::a',
      '::endgroup::',
      'section_start:1:x\rX',
      'section_end:1:x\r',
      'section_start:1:y\rY',
      'section_end:1:y\rsection_start:1:x\rX',
      'plain',
      'more',
    );
    fc.assert(
      fc.property(fc.array(fc.record({ text, task: fc.constantFrom('a', 'b') }), { maxLength: 60 }), (said) => {
        const lines = linesOf(
          said.map((each) => each.text),
          (index) => ({ task: said[index]?.task ?? null }),
        );
        const markup = logHtml(lines, OPTIONS);
        for (const { number, text: plain } of lines)
          if (plain === 'plain' || plain === 'more' || plain.includes('start') || plain.startsWith('::group'))
            expect(markup).toContain(` id=L${number}`);
        const stream = createStreamHtml(OPTIONS);
        const streamed = lines.map(stream.take).join('');
        expect(streamed.match(/ id=L\d+/g)).toEqual(markup.match(/ id=L\d+/g));
      }),
    );
  });
});

describe('a very long window', () => {
  it('is cut into blocks that a browser may leave out of its layout', () => {
    const markup = html(Array.from({ length: 3500 }, (_, index) => `line ${index}`));
    expect(markup.match(/<div class="b"/g)?.length).toBe(18);
    expect(markup).toContain('<div class="b" style="--n:100">');
  });
});
