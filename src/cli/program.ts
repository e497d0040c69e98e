/** The command line's shape: every command with its flags. What a command does is loaded only when it is called. */
import { Command, CommanderError } from 'commander';
import { version } from '../assets.ts';
import { EXIT } from '../model/errors.ts';
import { sayError, setUpOutput } from './output.ts';

/** Flags that every command takes. */
export interface GlobalFlags {
  readonly db?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly color?: boolean;
}

/** A command's module gives its action: positional arguments and flags in, exit code out. */
type Load<Args, Flags> = () => Promise<(args: Args, flags: Flags) => Promise<number>>;

/** Parses and carries out; gives the exit code. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  let code: number = EXIT.ok;
  const program = new Command('weir')
    .description('A cron replacement that understands task dependencies: one executable, one SQLite file.')
    .version(version, '--version')
    .exitOverride()
    .configureHelp({ showGlobalOptions: false })
    .showHelpAfterError('(weir --help shows what there is)');

  /** Adds a command whose module is imported when it runs. */
  const add: Add = (parent, usage, description, load) => {
    const command = parent
      .command(usage)
      .description(description)
      .option('--db <path>', 'the database (WEIR_DB; default ~/.weir/weir.db)')
      .option('--json', 'print JSON')
      .option('--quiet', 'say nothing but results and errors')
      .option('--no-color', 'no colours (NO_COLOR)')
      .exitOverride();
    command.action(async (...given: unknown[]) => {
      const flags = given.at(-2) as GlobalFlags;
      setUpOutput(flags);
      const action = await load();
      code = await action(given.slice(0, -2) as never, flags as never);
    });
    return command;
  };

  add(
    program,
    'init [dir]',
    'put a flow file, and what an editor needs, into a folder',
    async () => (await import('./init.ts')).init,
  )
    .option('--template <name>', 'begin with a template: starter (default), weekly-retrain')
    .option('--force', 'replace files that are there already');
  add(program, 'run [file]', 'run a flow now: FILE, or FILE:FLOW', async () => (await import('./run.ts')).run)
    .option('-p, --param <name=value>', 'a parameter, parsed by its type; may be given again', collect, [])
    .option('--params <json>', 'parameters as JSON, or @FILE')
    .option('--tag <tag>', 'a tag; may be given again', collect, [])
    .option('--idempotency-key <key>', 'the same key twice gives the first run');
  add(
    program,
    'up [paths...]',
    'server, scheduler, workers and page; deploys the flows in PATHS',
    async () => (await import('./up.ts')).up,
  )
    .option('--host <address>', 'address to listen on (default 127.0.0.1)')
    .option('--port <number>', 'port to listen on (default 4200)')
    .option('--limit <number>', 'runs at once (default 10)');
  add(program, 'runs', 'the latest runs', async () => (await import('./runs.ts')).runs).option(
    '--limit <number>',
    'how many (default 20)',
  );
  add(program, 'show [run]', 'one run with its tasks', async () => (await import('./show.ts')).show);
  add(
    program,
    'logs [run] [task]',
    'log lines of a run, or of one of its tasks',
    async () => (await import('./logs.ts')).logs,
  ).option('--tail <number>', 'only the last lines');
  add(program, 'resume [runs...]', 'go on with interrupted runs', async () => (await import('./resume.ts')).resume);
  addModelCommands(program, add);

  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) return sayError(error);
    // Help and version were asked for; everything else is a wrong use.
    return error.exitCode === 0 || error.code === 'commander.help' ? EXIT.ok : EXIT.usage;
  }
}

type Add = <Args, Flags extends GlobalFlags>(
  parent: Command,
  usage: string,
  description: string,
  load: Load<Args, Flags>,
) => Command;

function addModelCommands(program: Command, add: Add): void {
  const model = program.command('model').description('registered models: versions, stages, promotions').exitOverride();
  const load = () => import('./model.ts');
  const loadChange = () => import('./model-change.ts');
  const loadGet = () => import('./model-get.ts');
  const loadCompare = () => import('./model-compare.ts');
  add(model, 'ls', 'all models', async () => (await load()).listModels);
  add(model, 'inspect <name>', 'versions and decisions of a model', async () => (await load()).inspectModel);
  add(
    model,
    'register <name> <file>',
    'keep a file as the next version',
    async () => (await loadChange()).registerModel,
  )
    .option('--metric <name=number>', 'a figure of this version; may be given again', collect, [])
    .option('--param <name=value>', 'what it was made with; may be given again', collect, [])
    .option('--tag <name=text>', 'any other mark; may be given again', collect, []);
  add(
    model,
    'get <name> [selector]',
    "a version's content; SELECTOR is a number, stage, alias or latest (default Production)",
    async () => (await loadGet()).getModel,
  ).option('-o, --output <file>', 'write it to a file instead of stdout');
  add(model, 'path <name> [selector]', "where a version's file lies", async () => (await loadGet()).modelPath);
  add(
    model,
    'promote <name> <selector>',
    'put a version into Production',
    async () => (await loadChange()).promoteModel,
  ).option('--stage <stage>', 'another stage: None, Staging, Archived');
  add(
    model,
    'promote-if-better <name> <file>',
    'register FILE; promote it if it is better than what is in Production',
    async () => (await loadCompare()).promoteIfBetter,
  )
    .requiredOption('--metric <name>', "the figure's name, such as rmse")
    .requiredOption('--goal <goal>', 'min where lower is better, max where higher is')
    .option('--margin <number>', "by how much it must be better, in the figure's unit (default 0)")
    .option('--minimum <number>', 'what even the first version must reach')
    .requiredOption(
      '--evaluate <command>',
      'shell command: judges the model file $WEIR_MODEL; the last number it prints, or $WEIR_METRICS, is the figure',
    )
    .option('--data <files...>', 'the held-out data: its sha256 is recorded with the decision');
  add(
    model,
    'rollback <name>',
    'undo the last promotion: the former version serves again',
    async () => (await loadChange()).rollbackModel,
  );
}

function collect(value: string, former: string[]): string[] {
  return [...former, value];
}
