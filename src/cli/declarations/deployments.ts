/** `weir deployment ...`, `weir status` and `weir server`. Only declares the commands. */
import type { Command } from 'commander';
import { declareBackfill } from './backfill.ts';
import { type Add, collect } from './declare.ts';
import { declarePauseCommands } from './pauses.ts';

const BUILD_HELP = `
Writes deployment.yaml beside FILE, or what --output names (- for standard output): what the
deployment runs, when, and with which parameters, to be edited and registered by
  weir deployment apply deployment.yaml`;

const APPLY_HELP = `
Shows what would be added, changed and removed, and what becomes of runs in flight, and asks
first where somebody can answer; --yes does not ask, --dry-run only shows. What is deployed is
the code as it is now: change it later, and apply again (weir up follows it by itself).
FILE (default deployment.yaml) may be code, too, which says at its top level
  await deployment({ flow: nightly, name: 'eu', schedule: '0 2 * * *' }).apply();`;

export function declareDeploymentCommands(program: Command, add: Add): void {
  program.commandsGroup('Deployments:');
  const deployment = program
    .command('deployment')
    .description('flows with their schedules, as they are deployed')
    .exitOverride();
  declarePauseCommands(deployment, add);
  declareBackfill(deployment, add);
  const load = () => import('../deployments/deployment.ts');
  const apply = () => import('../deployments/deployment-apply.ts');
  add(deployment, 'ls', 'all deployments: schedule, next time, last run', async () => (await load()).listDeployments);
  add(
    deployment,
    'inspect <deployment>',
    'what is deployed, when it is due, what it is run with: FLOW or FLOW/NAME',
    async () => (await load()).inspectDeployment,
  );
  add(
    deployment,
    'run <deployment>',
    'start a run with its parameters and the code that is deployed; a server takes it',
    async () => (await import('../deployments/deployment-run.ts')).runDeployment,
  )
    .option(
      '-p, --param <name=value>',
      'a parameter for this run, read by its type; again for others, and for more of a list',
      collect,
      [],
    )
    .option('--params <json>', 'parameters as JSON, @FILE, or - for standard input')
    .option('--tag <tag>', 'a tag; may be given again', collect, [])
    .option('--slot <time>', 'the due time it runs for (default: the newest of its schedule)')
    .option('--idempotency-key <key>', 'the same key twice gives the first run');
  add(
    deployment,
    'history <deployment>',
    'its versions: when, what changed, which code',
    async () => (await load()).deploymentHistory,
  ).option('--limit <number>', 'how many, newest first (default 20)');
  add(
    deployment,
    'rollback <deployment>',
    'go back to an earlier version, code and schedule',
    async () => (await import('../deployments/deployment-rollback.ts')).rollbackDeployment,
  )
    .option('--to <version>', 'the version (default: the one before)')
    .option('--dry-run', 'only show what would change')
    .option('--yes', 'do not ask');
  add(
    deployment,
    'delete <deployment>',
    'take it away; its runs and their history stay',
    async () => (await import('../deployments/deployment-rollback.ts')).deleteDeployment,
  );
  add(
    deployment,
    'build <file>',
    'write an editable deployment.yaml for FILE or FILE:FLOW',
    async () => (await apply()).buildDeployment,
  )
    .option('--name <name>', 'name of the deployment (default: default)')
    .option('--output <path>', 'where to write it (default: deployment.yaml beside FILE)')
    .option('--force', 'replace a file that is there already')
    .addHelpText('after', BUILD_HELP);
  add(
    deployment,
    'apply [file]',
    'register what a deployment.yaml says, or a file of code declares',
    async () => (await apply()).applyDeployment,
  )
    .option('--dry-run', 'only show what would change')
    .option('--yes', 'do not ask')
    .addHelpText('after', APPLY_HELP);
  add(
    deployment,
    'create <file>',
    'register a flow without writing a file: build and apply in one',
    async () => (await apply()).createDeployment,
  )
    .option('--name <name>', 'name of the deployment (default: default)')
    .option('--storage <kind>', 'local (the folder as it is, the default) or snapshot (kept in the database)')
    .option('--dry-run', 'only show what would change')
    .option('--yes', 'do not ask');

  program.commandsGroup('Server:');
  add(
    program,
    'status',
    'one screen: what needs attention, deployments with their last runs, the server',
    async () => (await import('../server/status.ts')).status,
  );
  const server = program.command('server').description('the server without deploying anything').exitOverride();
  add(
    server,
    'start',
    'as weir up, but deploys nothing: what is deployed already goes on',
    async () => (await import('../server/up.ts')).startDeployedOnly,
  )
    .option('--host <address>', 'address to listen on (default 127.0.0.1)')
    .option('--port <number>', 'port to listen on (default 4200)')
    .option('--limit <number>', 'runs at once (default 10)');
}
