/** Commands about flows: make one, run it, serve it. Only declares them. */
import type { Command } from 'commander';
import { type Add, collect } from './declare.ts';

export function declareFlowCommands(program: Command, add: Add): void {
  program.commandsGroup('Flows:');
  add(
    program,
    'init [dir]',
    'put a flow file into a folder, with types for editors',
    async () => (await import('../flows/init.ts')).init,
  )
    .option('--template <name>', 'begin with a template: starter (default), cron, etl, python, weekly-retrain')
    .option('--force', 'replace files that are there already');
  add(program, 'run [file]', 'run a flow now: FILE, or FILE:FLOW', async () => (await import('../runs/run.ts')).run)
    .option(
      '-p, --param <name=value>',
      'a parameter, read by its type; name=@FILE for what a file holds; again for others, and for more of a list',
      collect,
      [],
    )
    .option('--params <json>', 'parameters as JSON, @FILE, or - for standard input')
    .option('--tag <tag>', 'a tag; may be given again', collect, [])
    .option('--slot <time>', 'the due time it runs for (default: the newest of its schedule)')
    .option('--idempotency-key <key>', 'the same key twice gives the first run')
    .option('--dry-run', 'only say what would run; nothing is recorded')
    .option('--detach', 'print the number and go; a server or a process of its own executes it')
    .option('--infra <kind>', 'what it executes in: thread (default), or a process of its own');
  add(
    program,
    'exec [command...]',
    'run any command with history, retries, time limit and log',
    async () => (await import('../exec/exec.ts')).exec,
  )
    .usage('[flags] -- COMMAND [ARGUMENTS...]')
    .passThroughOptions()
    .option('--name <name>', "what its runs are called (default: its program's name)")
    .option('--retries <number>', 'how often a failure is tried again (default 0)')
    .option('--retry-delay <duration>', 'how long to wait before: 10s, or 10s,1m,5m where the last repeats')
    .option('--timeout <duration>', 'time that one attempt may take: 90s, 2h')
    .option('--cwd <dir>', 'folder to run it in (default: this one)')
    .option('--env-file <file>', 'NAME=value lines for its environment; may be given again', collect, [])
    .option('--tag <tag>', 'a tag; may be given again', collect, [])
    .addHelpText('after', EXEC_HELP);
  add(
    program,
    'up [paths...]',
    'server, scheduler and page; deploys the flows in PATHS and follows their changes',
    async () => (await import('../server/up.ts')).up,
  )
    .option('--host <address>', 'address to listen on (default 127.0.0.1)')
    .option('--port <number>', 'port to listen on (default 4200)')
    .option('--limit <number>', 'runs at once (default 10)')
    .option('--no-follow', 'deploy the flows as they are now; later changes wait for the next start');
  add(
    program,
    'check [paths...]',
    'say whether flows are valid, and what they are: FILE or DIR',
    async () => (await import('../flows/check.ts')).check,
  );
  add(
    program,
    'schema [kind]',
    'print the JSON Schema of YAML flows, for editors: weir schema flow',
    async () => (await import('../flows/schema.ts')).schema,
  );
  // What --detach starts; help does not show it.
  add(program, 'execute <run>', 'execute a run that waits', async () => (await import('../runs/detach.ts')).execute);
}

const EXEC_HELP = `
What it prints and reads is yours, byte for byte; weir adds a line on standard error only
when it fails. The command is run without a shell: weir exec -- sh -c 'a | b'. Its exit code
is passed on, 128+n for signals; 124 it took too long, 125 weir itself failed, 126 it cannot
be executed, 127 it was not found, 6 it was cancelled from elsewhere, 2 wrong usage.
Processes that it leaves behind are ended with it.
With --retries, it reads only what each attempt can read anew: a file, not a pipe. A run that
is resumed or retried later reads nothing, and has the environment of whoever does that.`;
