/** `weir schedule ...`: what lies ahead, what became of due times, what would be. Only declares the commands. */
import type { Command } from 'commander';
import type { Add } from './declare.ts';

const WHAT = `
WHAT is a deployment (nightly, nightly/default), a file or a folder of flows, or an
expression: '30 2 * * *', @daily, 'every 90m', 'CRON_TZ=Europe/Berlin 0 6 * * MON'.
Without it all deployments are meant.`;

const NEXT_HELP = `${WHAT}
Times are told in the schedule's own zone where all have one, else in the machine's;
--tz asks for another, and is the zone of an expression or file that names none.`;

export function declareScheduleCommands(program: Command, add: Add): void {
  program.commandsGroup('Schedules:');
  const schedule = program.command('schedule').description('due times: ahead, past, and simulated').exitOverride();
  add(
    schedule,
    'next [what...]',
    'the next due times, with what may keep them from running',
    async () => (await import('./schedule-next.ts')).scheduleNext,
  )
    .option('--limit <number>', 'how many (default 10)')
    .addHelpText('after', NEXT_HELP);
}
