/** Commands about the installation: settings, and the file as a database. Only declares them. */
import type { Command } from 'commander';
import type { Add } from './declare.ts';

export function declareFileCommands(program: Command, add: Add): void {
  program.commandsGroup('Settings and the file:');
  const config = program.command('config').description('settings: what counts, and where it comes from').exitOverride();
  const load = () => import('../settings/config.ts');
  add(config, 'view', 'every setting with its value and source', async () => (await load()).viewConfig)
    .option('--show-defaults', 'also what counts where nothing is set')
    .option('--show-sources', 'also how each can be set, and what it means');
  add(
    config,
    'set <name> <value>',
    'write a setting into weir.config.yaml',
    async () => (await load()).setConfig,
  ).option('--file <path>', 'that file (default: the one in use, else one beside the database)');
  add(config, 'unset <name>', 'take a setting out of weir.config.yaml', async () => (await load()).unsetConfig).option(
    '--file <path>',
    'that file (default: the one in use)',
  );
  add(program, 'version', 'which Weir this is', async () => (await import('../settings/version.ts')).tellVersion);
  add(config, 'validate [file]', 'say what is wrong in weir.config.yaml', async () => (await load()).validateConfig);
  add(
    program,
    'sql [query]',
    'ask the file in SQL, read-only (--views lists what)',
    async () => (await import('../sql.ts')).sql,
  )
    .option('--views', 'the views and their columns')
    .option('--csv', 'comma-separated (default: a table on a terminal, tabs in a pipe)');
}
