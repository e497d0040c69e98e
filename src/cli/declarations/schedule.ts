/** `weir schedule ...`: what lies ahead, what became of due times, what would be. Only declares the commands. */
import type { Command } from 'commander';
import { type Add, collect } from './declare.ts';

const WHAT = `
WHAT is a deployment (nightly, nightly/default), a file or a folder of flows, or an
expression: '30 2 * * *', @daily, 'every 90m', 'CRON_TZ=Europe/Berlin 0 6 * * MON'.
Without it all deployments are meant.`;

const NEXT_HELP = `${WHAT}
Times are told in the schedule's own zone where all have one, else in the machine's;
--tz asks for another, and is the zone of an expression or file that names none.`;

const SLOTS_HELP = `
Outcomes: ran (a run was started in time), caught_up (later), buffered (behind the run
before), skipped (the run before was still going on, or it was paused), missed (nobody
was there), suppressed (dropped by a clock change). A run beside skipped or missed was
made by weir deployment backfill.`;

const SIMULATE_HELP = `${WHAT}
Nothing is started and nothing recorded: the rules that a server decides by are asked
with a clock that only jumps.
  weir schedule simulate '30 2 * * *' --tz Europe/Berlin --from 2027-03-27 --to 2027-03-29
  weir schedule simulate nightly --sleep 2026-11-24T22:00..10h --duration 2h`;

export function declareScheduleCommands(program: Command, add: Add): void {
  program.commandsGroup('Schedules:');
  const schedule = program.command('schedule').description('due times: ahead, past, and simulated').exitOverride();
  add(
    schedule,
    'next [what...]',
    'the next due times, with what may keep them from running',
    async () => (await import('../schedule/schedule-next.ts')).scheduleNext,
  )
    .option('--limit <number>', 'how many (default 10)')
    .addHelpText('after', NEXT_HELP);
  add(
    schedule,
    'slots [deployment]',
    'what became of each due time, newest first',
    async () => (await import('../schedule/schedule-slots.ts')).scheduleSlots,
  )
    .option('--from <time>', 'not before: a time, a date, or how long ago such as 7d')
    .option('--to <time>', 'not after: a time, a date with its whole day, or how long after --from')
    .option('--outcome <word>', 'only these; may be given again', collect, [])
    .option('--limit <number>', 'how many (default 20)')
    .option('--before <place>', 'the page behind that place, as next in the JSON said')
    .addHelpText('after', SLOTS_HELP);
  add(
    schedule,
    'simulate [what...]',
    'what would run, be caught up, missed or skipped, and why',
    async () => (await import('../schedule/schedule-simulate.ts')).scheduleSimulate,
  )
    .option('--from <time>', 'begin (default now)')
    .option('--to <time>', 'end, included: a time, a date, or how long such as 14d (default 7d)')
    .option('--sleep <begin..end>', 'the machine sleeps meanwhile; may be given again', collect, [])
    .option('--duration <duration>', 'how long each run takes, such as 2h (default: what they usually take)')
    .option('--limit <number>', 'how many due times are listed (default 50)')
    .addHelpText('after', SIMULATE_HELP);
}
