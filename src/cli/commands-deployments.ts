/** `weir deployment ...`: flows with their schedules, as they are deployed. Only declares the commands. */
import type { Command } from 'commander';
import { declarePauseCommands } from './commands-pauses.ts';
import type { Add } from './declare.ts';

export function declareDeploymentCommands(program: Command, add: Add): void {
  program.commandsGroup('Deployments:');
  const deployment = program
    .command('deployment')
    .description('flows with their schedules, as they are deployed')
    .exitOverride();
  declarePauseCommands(deployment, add);
}
