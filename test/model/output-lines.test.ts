import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeLines, GOES_ON, GONE_ON, LONGEST_LINE, OutputLines } from '../../src/model/output-lines.ts';

/** What becomes of pieces of output, each line's end included. */
function linesOf(...pieces: readonly (string | Uint8Array)[]): string {
  const kept: Buffer[] = [];
  const lines = new OutputLines((bytes) => kept.push(Buffer.from(bytes)));
  for (const piece of pieces) lines.take(typeof piece === 'string' ? Buffer.from(piece) : piece);
  lines.end();
  return decodeLines(Buffer.concat(kept));
}

describe('output', () => {
  it.each([
    ['keeps whole lines', ['a\nb\n'], 'a\nb\n'],
    ['joins a line that arrives in pieces', ['a', 'b', 'c\nd'], 'abc\nd\n'],
    ['keeps empty lines', ['\n\na\n\n'], '\n\na\n\n'],
    ['takes \\r\\n for a line end', ['a\r\nb\r\n'], 'a\nb\n'],
    ['takes \\r\\n for a line end, also in two pieces', ['a\r', '\nb\r', '\n'], 'a\nb\n'],
    ['folds a line drawn again to its last drawing', ['\r10%\r20%\r30%\n'], '30%\n'],
    ['folds a drawing that arrives in pieces', ['\r1', '0%', '\r2', '0%\r', '30%\n'], '30%\n'],
    ['keeps the last drawing where nothing follows the return', ['done\r'], 'done\n'],
    ['keeps the last drawing before a line end that has a return of its own', ['\r99%\r100%\r\n'], '100%\n'],
    ['keeps what comes before and after a bar', ['start\n\r1\r2\nend\n'], 'start\n2\nend\n'],
    ['keeps nothing of a bar that was wiped at the end', ['\r50%\r   \r'], ''],
    ['keeps the line that takes the place of a wiped bar', ['\r50%\r   \rsaved\n'], 'saved\n'],
    [
      'keeps where a section begins and ends, which is told before a carriage return',
      ['\u001b[0Ksection_start:1:build\r\u001b[0KBuild\n', 'in\n', 'section_end:2:build\r', '\u001b[0K\n'],
      '\u001b[0Ksection_start:1:build\r\u001b[0KBuild\nin\nsection_end:2:build\r\u001b[0K\n',
    ],
    [
      'keeps of a bar behind the beginning of a section its last drawing',
      ['section_start:1:a\r10%\r', '20%\r30%\n'],
      'section_start:1:a\r30%\n',
    ],
    ['keeps colours', ['\u001b[31mred\u001b[0m\n'], '\u001b[31mred\u001b[0m\n'],
    ['keeps nothing of nothing', [''], ''],
  ])('%s', (_, pieces, expected) => {
    expect(linesOf(...pieces)).toBe(expected);
  });

  it('shows what is no UTF-8 and NUL with the replacement character, once for several in a row', () => {
    expect(linesOf(Buffer.from([0x61, 0xff, 0x00, 0xfe, 0x62, 0xff, 0x0a]))).toBe('a\ufffdb\ufffd\n');
  });

  it('keeps a character whole that arrives in two pieces', () => {
    const bytes = Buffer.from('grün €\n');
    for (let cut = 0; cut <= bytes.length; cut++)
      expect(linesOf(bytes.subarray(0, cut), bytes.subarray(cut))).toBe('grün €\n');
  });

  it('splits a line of more than 64 KiB with a mark, and loses nothing of it', () => {
    const line = Array.from({ length: 30_000 }, (_, index) => String(index)).join(' ');
    const text = linesOf(`before\n${line}\nafter\n`);
    const pieces = text.split('\n').slice(1, -2);
    expect(pieces.length).toBe(Math.ceil(line.length / LONGEST_LINE));
    expect(text.replaceAll(`${GOES_ON}\n${GONE_ON}`, '')).toBe(`before\n${line}\nafter\n`);
    expect(linesOf('x'.repeat(LONGEST_LINE), '\n')).toBe(`${'x'.repeat(LONGEST_LINE)}\n`);
  });

  it('cuts no character in two where it splits a line', () => {
    for (const start of ['', 'a', 'aa']) {
      const line = `${start}${'€'.repeat(50_000)}`;
      expect(linesOf(line).replaceAll(`${GOES_ON}\n${GONE_ON}`, '')).toBe(`${line}\n`);
      const bytes = Buffer.from(line);
      const cut = LONGEST_LINE + 1;
      expect(linesOf(bytes.subarray(0, cut), bytes.subarray(cut)).replaceAll(`${GOES_ON}\n${GONE_ON}`, '')).toBe(
        `${line}\n`,
      );
    }
  });

  it('is the same in whatever pieces it arrives', () => {
    const text = fc.array(fc.constantFrom('a', 'bc', '\r', '\n', '\r\n', '€', '  ', '\u001b[K'), { maxLength: 40 });
    fc.assert(
      fc.property(text, fc.array(fc.nat(60), { maxLength: 5 }), (parts, cuts) => {
        const bytes = Buffer.from(parts.join(''));
        const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
        const pieces = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
        expect(linesOf(...pieces)).toBe(linesOf(bytes));
      }),
    );
  });

  it('without carriage returns is kept byte for byte', () => {
    fc.assert(
      fc.property(fc.array(fc.string().map((text) => text.replace(/[\r\n\0]/g, ' '))), (lines) => {
        expect(linesOf(lines.map((line) => `${line}\n`).join(''))).toBe(lines.map((line) => `${line}\n`).join(''));
      }),
    );
  });
});

it('what a bar shows at the moment can be asked for, and its last state after its end', () => {
  const lines = new OutputLines(() => {});
  const shown = () => lines.drawing?.toString() ?? null;
  lines.take(Buffer.from('plain\nopen'));
  expect(shown()).toBeNull();
  lines.take(Buffer.from('\r10%'));
  expect(shown()).toBe('10%');
  lines.take(Buffer.from('\r20'));
  lines.take(Buffer.from('%\r'));
  expect(shown()).toBe('20%');
  lines.take(Buffer.from('\r100%\nplain\n'));
  expect(shown()).toBe('100%');
});
