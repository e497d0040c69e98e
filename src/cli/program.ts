/**
 * The command line: parses it, carries it out, gives the exit code. Which commands there are stands in
 * `declarations`, grouped as `weir help` shows them; what a command does is loaded only when it is called.
 */
import { CommanderError } from 'commander';
import { version } from '../assets.ts';
import { EXIT } from '../model/errors.ts';
import { addGlobalFlags, createAdd } from './declarations/declare.ts';
import { GROUPS } from './declarations/groups.ts';
import { createProgram } from './declarations/help.ts';
import { sayError } from './output.ts';

export type { GlobalFlags } from './declarations/declare.ts';

/** Parses and carries out; gives the exit code. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  let code: number = EXIT.ok;
  const program = createProgram(version);
  addGlobalFlags(program);
  const add = createAdd((ended) => {
    code = ended;
  });
  const asksHelp = argv[0] === 'help' && argv.length > 1;
  const [, ...words] = asksHelp ? argv : ['', ...argv];
  const isKnown = () => program.commands.some((command) => command.name() === words[0]);
  for (const declare of GROUPS) {
    declare(program, add);
    // Declaring all of them takes longer than many a command itself; help, and whoever mistypes, needs them all.
    if (isKnown()) break;
  }
  // Theirs stand behind their own names only: `weir model --json ls`.
  for (const group of program.commands) if (group.commands.length > 0) addGlobalFlags(group);

  try {
    // Commander's own `help` understands one word, and takes one that is no command for none at all.
    await program.parseAsync(asksHelp && isKnown() ? [...words, '--help'] : words, { from: 'user' });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) return sayError(error);
    // Help and version were asked for; everything else is a wrong use.
    return error.exitCode === 0 || error.code === 'commander.help' ? EXIT.ok : EXIT.usage;
  }
}
