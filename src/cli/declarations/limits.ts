/** `weir concurrency-limit ...`. Only declares the commands. */
import type { Command } from 'commander';
import type { Add } from './declare.ts';

export function declareLimitCommands(program: Command, add: Add): void {
  program.commandsGroup('Limits:');
  const limit = program.command('concurrency-limit').description('how much may run at once of one kind').exitOverride();
  const load = () => import('../concurrency-limit.ts');
  add(
    limit,
    'create <name> <capacity>',
    'make a limit or change it; 0 is a stop',
    async () => (await load()).createLimit,
  );
  add(limit, 'ls', 'all limits: capacity, use, who waits', async () => (await load()).listLimits);
  add(limit, 'inspect <name>', 'who holds it and who waits, since when', async () => (await load()).inspectLimit);
  add(limit, 'delete <name>', 'forget it; what flows declare counts', async () => (await load()).deleteLimit);
}
