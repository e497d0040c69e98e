/** Commands about runs: find them, look at them, go on with them. Only declares them. */
import type { Command } from 'commander';
import type { Add } from './declare.ts';

export function declareRunCommands(program: Command, add: Add): void {
  program.commandsGroup('Look at runs:');
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

  program.commandsGroup('Change runs:');
  add(program, 'resume [runs...]', 'go on with interrupted runs', async () => (await import('./resume.ts')).resume);
  add(
    program,
    'cancel <runs...>',
    'stop runs, whoever executes them',
    async () => (await import('./cancel.ts')).cancel,
  );
}
