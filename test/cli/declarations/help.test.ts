/** Help is read on a terminal of 80 columns: what every command says keeps to it, and is worded alike. */
import type { Command } from 'commander';
import { expect, it, test } from 'vitest';
import { createAdd } from '../../../src/cli/declarations/declare.ts';
import { foldProse } from '../../../src/cli/declarations/fold-prose.ts';
import { GROUPS } from '../../../src/cli/declarations/groups.ts';
import { createProgram } from '../../../src/cli/declarations/help.ts';

let shown = '';
const program = createProgram('0.0.0').configureOutput({
  writeOut: (text) => {
    shown += text;
  },
  getOutHelpWidth: () => 80,
});
const add = createAdd(() => {});
for (const declare of GROUPS) {
  declare(program, add);
}

const COMMANDS = everyBelow(program).map((command) => [pathOf(command), command] as const);

test.each(COMMANDS)('the help of %s keeps to 80 columns and speaks of flags', (_, command) => {
  shown = '';
  command.outputHelp();
  expect(shown).toMatch(/^Usage: weir /);
  expect(shown).not.toContain('[options]');
  // What is indented below the flags is an example, to be copied in one piece.
  const lines = shown.split('\n').filter((line) => !line.startsWith('  weir ') && !line.startsWith('  await '));
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
});

it('sets a paragraph anew where one of its lines is too long, and nothing else', () => {
  const text = '\nshort\nlines\n\none two three four\nfive\n  an example that is long enough\nsix';
  expect(foldProse(text, 12)).toBe(
    '\nshort\nlines\n\none two\nthree four\nfive\n  an example that is long enough\nsix',
  );
});

function everyBelow(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyBelow)];
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}
