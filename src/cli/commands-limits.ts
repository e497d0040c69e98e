/** `weir concurrency-limit ...`. Only declares the commands. */
import type { Command } from 'commander';
import type { Add } from './declare.ts';

export function declareLimitCommands(program: Command, add: Add): void {
  program.commandsGroup('Limits:');
  const limit = program
    .command('concurrency-limit')
    .description('how much may run at once of what occupies the same thing')
    .exitOverride();
  const load = () => import('./concurrency-limit.ts');
  add(
    limit,
    'create <name> <capacity>',
    'make a limit, or change its capacity; 0 stops what occupies it',
    async () => (await load()).createLimit,
  );
  add(limit, 'ls', 'all limits: capacity, how much is in use, who waits', async () => (await load()).listLimits);
  add(limit, 'inspect <name>', 'who holds it and who waits, since when', async () => (await load()).inspectLimit);
  add(
    limit,
    'delete <name>',
    'forget a limit; what flows declare counts again',
    async () => (await load()).deleteLimit,
  );
}
