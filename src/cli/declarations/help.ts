/** How help reads: commands in groups, one line each; a command's own flags first, those of every command last. */
import { type AddHelpTextContext, type AddHelpTextPosition, Command, Help, type Option } from 'commander';
import { GLOBAL_GROUP } from './declare.ts';
import { foldProse } from './fold-prose.ts';

/** Longer lines are hard to read. */
const WIDEST = 100;

/** Not for people, or told below the list. */
const HIDDEN = new Set(['help', 'execute']);

const FOOTER = `
All commands take --db PATH, --json, --quiet, --verbose, --no-color, --tz ZONE.
RUN is a number, a flow (its latest run), flow~1 (the one before), @failed,
@running or @latest; without RUN the latest. weir help COMMAND says more.`;

/** A command whose text below the help keeps to the terminal's width, as the rest of the help does by itself. */
class Described extends Command {
  override createCommand(name?: string): Command {
    return new Described(name);
  }

  override addHelpText(position: AddHelpTextPosition, text: string | ((context: AddHelpTextContext) => string)): this {
    return super.addHelpText(position, (context) => {
      const told = typeof text === 'function' ? text(context) : text;
      return foldProse(told, widthOf(context.error ? process.stderr : process.stdout));
    });
  }
}

function widthOf(stream: { readonly columns?: number }): number {
  return Math.min(WIDEST, stream.columns ?? 80);
}

/** `weir` without any command yet. */
export function createProgram(version: string): Command {
  const program = new Described('weir');
  return (
    program
      .description('A cron replacement that understands task dependencies: one executable, one\nSQLite file.')
      .version(version, '--version')
      // What stands behind a command's name is the command's: of `exec`, not even its flags are ours.
      .enablePositionalOptions()
      .usage('COMMAND [flags]')
      .exitOverride()
      .configureOutput({
        outputError: (text, write) => write(text.replace(/^error: /, 'weir: ')),
        getOutHelpWidth: () => widthOf(process.stdout),
        getErrHelpWidth: () => widthOf(process.stderr),
      })
      .configureHelp({
        showGlobalOptions: false,
        // `weir help` is a list of commands; the flags of all stand below it, and with each command.
        visibleOptions(command) {
          const options = Help.prototype.visibleOptions.call(this, command);
          if (command.parent === null) return [];
          const isGlobal = (option: Option) => option.helpGroupHeading === GLOBAL_GROUP;
          return [...options.filter((option) => !isGlobal(option)), ...options.filter(isGlobal)];
        },
        visibleCommands: (command) =>
          Help.prototype.visibleCommands.call(new Help(), command).filter((each) => !HIDDEN.has(each.name())),
        // Groups in the order of what is shown, which is the order above.
        groupItems: (_, visible, groupOf) => Map.groupBy(visible, groupOf),
        subcommandTerm: (command) =>
          [command.name(), ...command.registeredArguments.map((argument) => argumentTerm(argument))].join(' '),
        commandUsage: (command) =>
          Help.prototype.commandUsage
            .call(new Help(), command)
            .replace(' [options]', command.commands.length === 0 ? ' [flags]' : '')
            .replace(' [command]', ' COMMAND [flags]'),
        optionDescription: (option) => option.description,
      })
      .showHelpAfterError('(weir --help shows what there is)')
      .addHelpText('after', FOOTER)
  );
}

function argumentTerm(argument: { name(): string; required: boolean; variadic: boolean }): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}
