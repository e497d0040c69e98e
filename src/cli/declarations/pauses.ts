/** `weir deployment pause` and `resume`. Only declares them. */
import type { Command } from 'commander';
import type { Add } from './declare.ts';

const PAUSE_HELP = `
What is due meanwhile is skipped, with who paused it and why; what runs already goes on.
  weir deployment pause nightly --reason "migration" --until 2h
  weir deployment pause nightly --schedule '0 2 * * *'`;

/** To the group `deployment`. */
export function declarePauseCommands(deployment: Command, add: Add): void {
  const load = () => import('../deployments/deployment-pause.ts');
  add(
    deployment,
    'pause <deployment>',
    'skip what is due until it is resumed: FLOW or FLOW/NAME',
    async () => (await load()).pauseDeployment,
  )
    .option('--reason <text>', 'why; slots that are skipped tell it')
    .option('--until <time>', 'resume by itself then: a time, or how long such as 2h')
    .option('--schedule <name>', 'this schedule only, by its name or text')
    .addHelpText('after', PAUSE_HELP);
  add(
    deployment,
    'resume <deployment>',
    'go on with the next due time',
    async () => (await load()).resumeDeployment,
  ).option('--schedule <name>', 'this schedule only, by its name or text');
}
