/** `weir deployment backfill`. Only declares it. */
import type { Command } from 'commander';
import type { Add } from './declare.ts';

const BACKFILL_HELP = `
Due times without a run are those that were missed or skipped, that nobody has answered yet,
or that lie before the first deploy; what a clock change dropped is none. The ledger keeps
what became of them, and gets the run. No due time ever gets two, also when asked twice.
All runs wait in the queue, and --max of them go on at once; they hold up no regular run.
  weir deployment backfill nightly --from 2026-11-01 --to 2026-11-20 --dry-run`;

export function declareBackfill(deployment: Command, add: Add): void {
  add(
    deployment,
    'backfill <deployment>',
    'runs for due times of the past that have none',
    async () => (await import('../deployments/backfill.ts')).backfill,
  )
    .option('--from <time>', 'since then: a time, a date, or how long ago such as 7d')
    .option('--to <time>', 'until then, included: a date means its whole day (default now)')
    .option('--max <number>', 'how many of its runs go on at once (default 1)')
    .option('--newest-first', 'begin with the newest (default: the oldest)')
    .option('--schedule <name>', 'only of this one of its schedules')
    .option('--dry-run', 'only show which; nothing is started')
    .option('--yes', 'do not ask')
    .addHelpText('after', BACKFILL_HELP);
}
