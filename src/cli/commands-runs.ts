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
    'what a run printed; TASK is a name or number, TASK.2 its second attempt',
    async () => (await import('./logs.ts')).logs,
  )
    .option('-f, --follow', 'go on with what is printed from now, until the run is over')
    .option('--failed', 'only lines of tasks that failed')
    .option('--tail <number>', 'only the last lines');
  add(
    program,
    'watch [run]',
    'follow a run to its end, whoever executes it',
    async () => (await import('./watch.ts')).watch,
  );
  add(
    program,
    'wait <runs...>',
    'wait until runs are over; exit code of the worst',
    async () => (await import('./wait.ts')).wait,
  ).option('--timeout <duration>', 'give up after so long, such as 10m (exit code 8)');

  program.commandsGroup('Change runs:');
  add(program, 'resume [runs...]', 'go on with interrupted runs', async () => (await import('./resume.ts')).resume);
  add(
    program,
    'cancel <runs...>',
    'stop runs, whoever executes them',
    async () => (await import('./cancel.ts')).cancel,
  );
}
