/** How commands are declared: the flags that every command takes, and how a command's module is loaded when it is called. */
import { type Command, Option } from 'commander';
import { fieldOf, resolveSetting, settingOf } from '../../config.ts';
import { tellTimesIn } from '../../engine/tell/told-times.ts';
import { WeirError } from '../../model/errors.ts';
import { configuration, readConfiguration } from '../configured.ts';
import { setUpOutput } from '../output.ts';

/** Flags that every command takes. */
export interface GlobalFlags {
  readonly db?: string;
  /** A server elsewhere. */
  readonly api?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly color?: boolean;
  /** Zone in which times are told. */
  readonly tz?: string;
}

/** A command's module gives its action: positional arguments and flags in, exit code out. */
type Load<Args, Flags> = () => Promise<(args: Args, flags: Flags) => Promise<number>>;

/** Adds a command whose module is imported when it runs. */
export type Add = <Args, Flags extends GlobalFlags>(
  parent: Command,
  usage: string,
  description: string,
  load: Load<Args, Flags>,
) => Command;

/** Heading of the flags that every command takes. */
export const GLOBAL_GROUP = 'As every command:';

/** `onEnd` is told the exit code of the command that ran. */
export function createAdd(onEnd: (code: number) => void): Add {
  return (parent, usage, description, load) => {
    const command = parent.command(usage).description(description).exitOverride();
    addGlobalFlags(command);
    command.showHelpAfterError(usageOf(command));
    command.action(async (...given: unknown[]) => {
      const flags = flagsOf(command) as GlobalFlags;
      setUpOutput(flags);
      refuseEmptyFlags(command);
      // What shows and mends the configuration must work with a broken one.
      if (parent.name() !== 'config') {
        await readConfiguration(flags);
        setZone(flags);
      }
      const args = given.slice(0, -2);
      const remote = await onServer(command, flags);
      if (remote !== null) return onEnd(await remote(args));
      const action = await load();
      onEnd(await action(args as never, flags as never));
    });
    return command;
  };
}

/** What asks a server elsewhere, where one is named; loaded only then. */
async function onServer(command: Command, flags: GlobalFlags): Promise<((args: unknown) => Promise<number>) | null> {
  if (resolveSetting(settingOf('api'), { api: flags.api }, process.env, configuration()).text === null) return null;
  return (await import('../remote/remote.ts')).remoteAction(nameOf(command), flags);
}

/** Such as `deployment run`. */
function nameOf(command: Command): string {
  const names: string[] = [];
  for (let each: Command | null = command; each?.parent; each = each.parent) names.unshift(each.name());
  return names.join(' ');
}

/** What stands below the sentence about a wrong use. */
function usageOf(command: Command): string {
  const name = `weir ${nameOf(command)}`;
  return `      usage: ${name} ${command.usage().replace('[options]', '[flags]')}\n      ${name} --help says more`;
}

/** Every command takes them, and `weir` itself before the command's name. */
export function addGlobalFlags(command: Command): Command {
  const options = [
    new Option('--db <path>', 'the database (WEIR_DB; default ~/.weir/weir.db)'),
    new Option('--api <url>', 'ask the server there instead (WEIR_API_URL; its token is WEIR_API_TOKEN)'),
    new Option('--json', 'print JSON'),
    new Option('--quiet', 'say nothing but results and errors'),
    new Option('--verbose', 'say more: every state, and where an error came from'),
    new Option('--no-color', 'no colours (NO_COLOR)'),
    new Option('--tz <zone>', 'tell times in this zone, such as Europe/Berlin'),
  ];
  for (const option of options) command.addOption(option.helpGroup(GLOBAL_GROUP));
  return command;
}

/** A flag that may be given again. */
export function collect(value: string, former: string[]): string[] {
  return [...former, value];
}

/** What was written behind the command's name counts before what was written in front of it. */
function flagsOf(command: Command): Record<string, unknown> {
  const flags: Record<string, unknown> = {};
  for (let each: Command | null = command; each !== null; each = each.parent) {
    for (const [name, value] of Object.entries(each.opts())) {
      const isGiven = each.getOptionValueSource(name) !== 'default';
      if (!(name in flags) || (isGiven && command.getOptionValueSource(name) === 'default')) flags[name] = value;
    }
  }
  return flags;
}

/** An empty text is mostly a variable of a script that is not set: never a name, a key, a tag or a file. */
function refuseEmptyFlags(command: Command): void {
  for (let each: Command | null = command; each !== null; each = each.parent) {
    for (const option of each.options) {
      const name = option.attributeName();
      const given: unknown = each.getOptionValueSource(name) === 'cli' ? each.getOptionValue(name) : null;
      const isEmpty = [given].flat().some((value) => typeof value === 'string' && value.trim() === '');
      if (isEmpty)
        throw new WeirError('usage', `${option.long} is empty`, { hint: `${option.flags}: ${option.description}` });
    }
  }
}

/** Of the flag, the environment or the configuration; a flag that is no zone is refused before anything is done. */
function setZone(flags: GlobalFlags): void {
  const resolved = resolveSetting(settingOf('tz'), { tz: flags.tz }, process.env, configuration());
  if (resolved.text !== null) tellTimesIn(String(resolved.setting.check(resolved.text, fieldOf(resolved))));
}
