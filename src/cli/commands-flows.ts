/** Commands about flows: make one, run it, serve it. Only declares them. */
import type { Command } from 'commander';
import { type Add, collect } from './declare.ts';

export function declareFlowCommands(program: Command, add: Add): void {
  program.commandsGroup('Flows:');
  add(
    program,
    'init [dir]',
    'put a flow file into a folder, with types for editors',
    async () => (await import('./init.ts')).init,
  )
    .option('--template <name>', 'begin with a template: starter (default), weekly-retrain')
    .option('--force', 'replace files that are there already');
  add(program, 'run [file]', 'run a flow now: FILE, or FILE:FLOW', async () => (await import('./run.ts')).run)
    .option(
      '-p, --param <name=value>',
      'a parameter, read by its type; name=@FILE for what a file holds; may be given again',
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
    'up [paths...]',
    'server, scheduler and page; deploys the flows in PATHS',
    async () => (await import('./up.ts')).up,
  )
    .option('--host <address>', 'address to listen on (default 127.0.0.1)')
    .option('--port <number>', 'port to listen on (default 4200)')
    .option('--limit <number>', 'runs at once (default 10)');
  add(
    program,
    'check [paths...]',
    'say whether flows are valid, and what they are: FILE or DIR',
    async () => (await import('./check.ts')).check,
  );
  add(
    program,
    'schema [kind]',
    'print the JSON Schema of YAML flows, for editors: weir schema flow',
    async () => (await import('./schema.ts')).schema,
  );
  // What --detach starts; help does not show it.
  add(program, 'execute <run>', 'execute a run that waits', async () => (await import('./detach.ts')).execute);
}
