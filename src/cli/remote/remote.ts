/**
 * Commands on a server elsewhere: `--api URL`, WEIR_API_URL or `api` in the configuration. Each command that makes sense
 * there has an action of its own here; all others say in a sentence that they do not.
 */
import { resolveSetting, settingOf } from '../../config.ts';
import { WeirError } from '../../model/errors.ts';
import { configuration } from '../configured.ts';
import type { GlobalFlags } from '../declarations/declare.ts';
import type { Client } from './client.ts';

/** As an action of this machine, with the server that it asks. */
// biome-ignore lint/suspicious/noExplicitAny: commander gives each command its own arguments and flags
export type RemoteAction = (client: Client, args: any, flags: any) => Promise<number>;

const runs = () => import('./runs.ts');
const watching = () => import('./watching.ts');
const deployments = () => import('./deployments.ts');
const registry = () => import('./models.ts');
const artifacts = () => import('./artifacts.ts');
const values = () => import('./values.ts');

/** By the words of the command. */
const ACTIONS: Readonly<Record<string, () => Promise<RemoteAction>>> = {
  runs: async () => (await runs()).listRuns,
  show: async () => (await runs()).showRun,
  cancel: async () => (await runs()).cancelRuns,
  retry: async () => (await runs()).retryRun,
  rerun: async () => (await runs()).rerunRun,
  logs: async () => (await watching()).showLogs,
  watch: async () => (await watching()).watchRun,
  wait: async () => (await watching()).waitForRuns,
  status: async () => (await deployments()).showStatus,
  'deployment ls': async () => (await deployments()).listDeployments,
  'deployment inspect': async () => (await deployments()).inspectDeployment,
  'deployment history': async () => (await deployments()).deploymentHistory,
  'deployment run': async () => (await deployments()).runDeployment,
  'deployment pause': async () => (await deployments()).pauseDeployment,
  'deployment resume': async () => (await deployments()).resumeDeployment,
  'schedule slots': async () => (await deployments()).listSlots,
  'artifact ls': async () => (await artifacts()).listArtifacts,
  'artifact inspect': async () => (await artifacts()).inspectArtifact,
  'artifact get': async () => (await artifacts()).getArtifact,
  'model ls': async () => (await registry()).listModels,
  'model inspect': async () => (await registry()).inspectModel,
  'model promote': async () => (await registry()).promoteModel,
  'model rollback': async () => (await registry()).rollbackModel,
  'concurrency-limit create': async () => (await values()).createLimit,
  'concurrency-limit ls': async () => (await values()).listLimits,
  'concurrency-limit inspect': async () => (await values()).inspectLimit,
  'concurrency-limit delete': async () => (await values()).deleteLimit,
  'variable get': async () => (await values()).getVariable,
  'variable set': async () => (await values()).setVariable,
  'variable ls': async () => (await values()).listVariables,
  'variable unset': async () => (await values()).unsetVariable,
};

/** What happens on this machine by its nature: where the address stands in the environment, it is not meant for these. */
const OF_THIS_MACHINE = /^(run|exec|up|server|init|check|schema|config|version|completion|help)\b/;

/**
 * The action that asks a server; null: the command is one of this machine.
 * @throws WeirError `usage` for a command that works only here, and for two places at once
 */
export async function remoteAction(
  command: string,
  flags: GlobalFlags,
): Promise<((args: unknown) => Promise<number>) | null> {
  const { text, source } = resolveSetting(settingOf('api'), { api: flags.api }, process.env, configuration());
  const isAsked = source.kind === 'flag';
  if (isAsked && flags.db !== undefined)
    throw new WeirError('usage', '--api and --db exclude each other', {
      hint: 'one names a server, the other a file here',
    });
  // A database that is named counts before an address that is always set; and tasks speak with their own run's database.
  const isMeant = isAsked || (flags.db === undefined && !process.env.WEIR_RUN);
  if (text === null || !isMeant || (!isAsked && OF_THIS_MACHINE.test(command))) return null;
  const url = String(settingOf('api').check(text, isAsked ? '--api' : 'WEIR_API_URL'));
  const load = Object.hasOwn(ACTIONS, command) ? ACTIONS[command] : undefined;
  if (load === undefined)
    throw new WeirError('usage', `weir ${command} works only on this machine, not on the server at ${url}`, {
      hint: isAsked
        ? `without --api it does; there you can use ${Object.keys(ACTIONS)
            .filter((each) => !each.includes(' '))
            .join(', ')} and more`
        : 'name a database with --db, or unset WEIR_API_URL',
    });
  const [action, { createClient }] = await Promise.all([load(), import('./client.ts')]);
  const client = createClient({ url, token: process.env.WEIR_API_TOKEN || undefined });
  return (args) => action(client, args, flags);
}
