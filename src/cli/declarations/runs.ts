/** Commands about runs: find them, look at them, go on with them. Only declares them. */
import type { Command } from 'commander';
import { type Add, collect } from './declare.ts';

const RUN_FILTERS = `
Filters: flow:NAME  state:failed  since:7d  until:2026-11-01  tag:T
         trigger:schedule  deployment:FLOW/NAME  'metric.rmse:<1.3'
         param.lr:0.003  'err:connection refused'  text:nightly
Several values of one (flow:a,b) are alternatives; different ones must match.
States: scheduled pending running completed skipped failed (crashed, too)
cancelled crashed, names such as timedout or awaitingresume, unfinished,
finished.`;

export function declareRunCommands(program: Command, add: Add): void {
  program.commandsGroup('Look at runs:');
  add(
    program,
    'runs [filters...]',
    'the latest runs, or those that filters ask for',
    async () => (await import('../runs/runs.ts')).runs,
  )
    .option('--limit <number>', 'how many (default 20)')
    .option('--before <run>', 'only runs with smaller numbers, as next in the JSON said')
    .addHelpText('after', RUN_FILTERS);
  add(program, 'show [run]', 'one run with its tasks', async () => (await import('../runs/show.ts')).show);
  add(
    program,
    'logs [run] [task]',
    'what a run printed, or one of its tasks',
    async () => (await import('../runs/logs.ts')).logs,
  )
    .option('-f, --follow', 'go on with what is printed from now, until the run is over')
    .option('--failed', 'only lines of tasks that failed')
    .option('--tail <number>', 'only the last lines')
    .addHelpText(
      'after',
      "\nTASK is a name, a number or a label, also of a subflow (load, or 'load > fetch'); 'TASK[2]' is the\nthird call of a name, TASK.2 the second attempt.",
    );
  add(
    program,
    'watch [run]',
    'follow a run to its end, whoever executes it',
    async () => (await import('../runs/watch.ts')).watch,
  );
  add(
    program,
    'wait <runs...>',
    'wait until runs are over, end as the worst',
    async () => (await import('../runs/wait.ts')).wait,
  ).option('--timeout <duration>', 'give up after so long, such as 10m (exit code 8)');
  add(
    program,
    'compare <run> <other>',
    'two runs side by side',
    async () => (await import('../runs/compare.ts')).compare,
  );
  add(
    program,
    'why [run]',
    'why a run stands as it does, or a due time',
    async () => (await import('../runs/why.ts')).why,
  ).addHelpText(
    'after',
    '\nFLOW@TIME, such as nightly@06:00 or nightly@2026-11-23T06:00, tells what became of that\ndue time, or will; the time is meant on the clock of its schedule, or of --tz.',
  );

  program.commandsGroup('Change runs:');
  add(
    program,
    'resume [runs...]',
    'go on with interrupted runs',
    async () => (await import('../runs/resume.ts')).resume,
  );
  add(
    program,
    'retry [run]',
    'a failed run once more: reuse what finished, run the rest with the code as it is now',
    async () => (await import('../runs/retry.ts')).retry,
  )
    .option('--from <task>', 'run this task and everything downstream of it again')
    .option('--only <task>', 'run only this task; everything else is reused, though its inputs may change')
    .option('--same-code', 'with the code that the run had, not as it is now')
    .option('--dry-run', 'only say what would be reused and what would run');
  add(
    program,
    'rerun [run]',
    'a new run of the same flow with the same parameters',
    async () => (await import('../runs/rerun.ts')).rerun,
  ).option('-p, --param <name=value>', 'a parameter to change; again for others, and for more of a list', collect, []);
  add(
    program,
    'cancel <runs...>',
    'stop runs, whoever executes them',
    async () => (await import('../runs/cancel.ts')).cancel,
  );
}
