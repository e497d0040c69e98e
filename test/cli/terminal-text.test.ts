/** What users print is shown without being obeyed. */
import { expect, test } from 'vitest';
import { plainText, terminalText } from '../../src/cli/terminal-text.ts';

test.each([
  ['plain', 'loss 0.3', 'loss 0.3', 'loss 0.3'],
  ['a colour', '\u001b[31mred\u001b[39m', '\u001b[31mred\u001b[39m\u001b[0m', 'red'],
  ['moves of the cursor', 'a\u001b[2A\u001b[2Kb', 'ab', 'ab'],
  ['a window title', '\u001b]0;pwned\u0007text', 'text', 'text'],
  ['a link', '\u001b]8;;http://x\u001b\\here\u001b]8;;\u001b\\', 'here', 'here'],
  ['a bell and a backspace', 'a\u0007\u0008b', 'ab', 'ab'],
  ['a bar redrawn with carriage returns', '10%\r50%\r100%\r', '100%', '100%'],
  ['a reset of the terminal', '\u001bcgone', 'gone', 'gone'],
  ['a cut sequence', 'end\u001b[', 'end[', 'end['],
  ['a tab', 'a\tb', 'a    b', 'a    b'],
  ['other scripts', 'température 21 ℃ 日本', 'température 21 ℃ 日本', 'température 21 ℃ 日本'],
])('%s', (_, line, coloured, plain) => {
  expect(terminalText(line, { colors: true })).toBe(coloured);
  expect(terminalText(line, { colors: false })).toBe(plain);
});

test('a label of several lines is one line', () => {
  expect(plainText('a\nb\r\nc\td')).toBe('a b c d');
});
