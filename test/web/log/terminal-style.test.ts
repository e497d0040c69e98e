import { expect, it } from 'vitest';
import { piecesOf, seenText } from '../../../src/web/log/terminal-style.ts';

const ESC = '\u001b';
const looks = (text: string) => piecesOf(text).map(({ text: said, look, colors }) => [said, look, colors]);

it.each([
  ['plain text is one piece', 'plain', [['plain', '', '']]],
  [
    'colours are classes, bright ones as well',
    `${ESC}[31mred${ESC}[0m and ${ESC}[92mgreen${ESC}[m.`,
    [
      ['red', 'c1', ''],
      [' and ', '', ''],
      ['green', 'c10', ''],
      ['.', '', ''],
    ],
  ],
  [
    'looks add up until they are taken back',
    `${ESC}[1mbold ${ESC}[4;34mand blue${ESC}[22;24m blue`,
    [
      ['bold ', 'cb', ''],
      ['and blue', 'c4 cb cu', ''],
      [' blue', 'c4', ''],
    ],
  ],
  [
    'on a ground of its own the text is in ink',
    `${ESC}[41;97mFAIL${ESC}[49m gone`,
    [
      ['FAIL', 'k1', ''],
      [' gone', 'c15', ''],
    ],
  ],
  [
    'the colours beyond sixteen keep their value, also with colons',
    `${ESC}[38;5;208ma${ESC}[38;2;1;2;3mb${ESC}[38:2::4:5:6mc${ESC}[48;5;255md`,
    [
      ['a', 'cx', '--c:rgb(255,135,0)'],
      ['b', 'cx', '--c:rgb(1,2,3)'],
      ['c', 'cx', '--c:rgb(4,5,6)'],
      ['d', 'kx', '--k:rgb(238,238,238)'],
    ],
  ],
  [
    'what moves the cursor, renames the window or rings is taken out',
    `${ESC}[2J${ESC}[1;1Ha${ESC}]0;title\u0007b${ESC}]52;c;aGk=${ESC}\\c${ESC}P1;2|x${ESC}\\d${ESC}(Be`,
    [['abcde', '', '']],
  ],
] as const)('%s', (_, text, expected) => {
  expect(looks(text)).toEqual(expected);
});

it('links lead to http and https only, and end where they are ended', () => {
  const link = (address: string) => `${ESC}]8;id=1;${address}${ESC}\\here${ESC}]8;;${ESC}\\ on`;
  const leads = (address: string) => piecesOf(link(address)).map(({ text, href }) => [text, href]);
  expect(leads('https://example.com/a?b=1')).toEqual([
    ['here', 'https://example.com/a?b=1'],
    [' on', null],
  ]);
  for (const address of [
    'javascript:alert(1)',
    'JAVASCRIPT:x',
    'data:text/html,x',
    'file:///etc/passwd',
    '//x',
    'http://',
    ' https://x',
  ])
    expect(leads(address)).toEqual([['here on', null]]);
  expect(leads(`https://example.com/${'x'.repeat(3000)}`)).toEqual([['here on', null]]);
});

it('a line of nothing but codes costs little, and loses no text', () => {
  const bomb = Array.from({ length: 20_000 }, (_, index) => `${ESC}[38;5;${index % 256}mx`).join('');
  const began = process.cpuUsage().user;
  const pieces = piecesOf(bomb);
  expect(pieces.length).toBeLessThan(500);
  expect(pieces.map(({ text }) => text).join('')).toBe('x'.repeat(20_000));
  for (let index = 0; index < 100; index++) piecesOf(bomb);
  expect((process.cpuUsage().user - began) / 1000).toBeLessThan(5000);
});

it('an unfinished code at the end of a line swallows nothing before it', () => {
  for (const end of [`${ESC}`, `${ESC}[`, `${ESC}[31`, `${ESC}]8;;https://x`])
    expect(piecesOf(`text${end}`)[0]?.text).toMatch(/^text/);
});

it('what is seen of a line is its last drawing without codes', () => {
  expect(seenText(`10%\r${ESC}[32m100%${ESC}[0m\r`)).toBe('100%');
});
