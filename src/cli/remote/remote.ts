/**
 * Commands on a server elsewhere: `--api URL`, WEIR_API_URL or `api` in the configuration. Each command that makes sense
 * there has an action of its own here; all others say in a sentence that they do not.
 */
import { resolveSetting, settingOf } from '../../config.ts';
import { parseApiToken } from '../../model/api-token.ts';
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
const changes = () => import('./deployment-changes.ts');
const questions = () => import('./questions.ts');
const values = () => import('./values.ts');

/** By the words of the command. */
const ACTIONS: Readonly<Record<string, () => Promise<RemoteAction>>> = {
  runs: async () => (await runs()).listRuns,
  show: async () => (await runs()).showRun,
  cancel: async () => (await runs()).cancelRuns,
  retry: async () => (await runs()).retryRun,
  rerun: async () => (await runs()).rerunRun,
  resume: async () => (await runs()).resumeRuns,
  logs: async () => (await watching()).showLogs,
  watch: async () => (await watching()).watchRun,
  wait: async () => (await watching()).waitForRuns,
  why: async () => (await questions()).askWhy,
  compare: async () => (await questions()).compareRuns,
  status: async () => (await deployments()).showStatus,
  'deployment ls': async () => (await deployments()).listDeployments,
  'deployment inspect': async () => (await deployments()).inspectDeployment,
  'deployment history': async () => (await deployments()).deploymentHistory,
  'deployment run': async () => (await deployments()).runDeployment,
  'deployment pause': async () => (await deployments()).pauseDeployment,
  'deployment resume': async () => (await deployments()).resumeDeployment,
  'deployment rollback': async () => (await changes()).rollbackDeployment,
  'deployment backfill': async () => (await changes()).backfillDeployment,
  'deployment delete': async () => (await changes()).deleteDeployment,
  'schedule slots': async () => (await deployments()).listSlots,
  'artifact ls': async () => (await artifacts()).listArtifacts,
  'artifact inspect': async () => (await artifacts()).inspectArtifact,
  'artifact get': async () => (await artifacts()).getArtifact,
  'model ls': async () => (await registry()).listModels,
  'model inspect': async () => (await registry()).inspectModel,
  'model get': async () => (await registry()).getModel,
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
const OF_THIS_MACHINE = /^(run|execute|exec|up|server|init|check|schema|config|version|completion|help)\b/;

/** Why a command has no counterpart on a server, and what does what was meant; by its words, the longest first. */
const INSTEAD: Readonly<Record<string, readonly [why: string, instead: string]>> = {
  run: ['runs a file of this machine', 'weir deployment run FLOW starts what is deployed there'],
  exec: ['runs a command of this machine', 'run it there'],
  up: ['serves the flows of this machine', 'start it there; weir deployment run FLOW starts what is deployed there'],
  'server start': ['is the server itself', 'start it there'],
  init: ['writes files of this machine', 'without --api it does'],
  check: ['reads files of this machine', 'without --api it does'],
  schema: ['tells of this executable', 'without --api it does'],
  version: ['tells of this executable', 'without --api it does; weir status --json --api URL tells that of the server'],
  execute: ['executes a run of a database here', 'weir resume does it there'],
  config: ["tells and sets this machine's settings", 'ask there; here, without --api'],
  sql: ['reads the file itself', 'ask there; weir runs --json and weir show --json give the same as JSON'],
  secret: ['never sends a secret over the network', 'set it on the machine of the server, where its key lies'],
  'deployment build': ['reads and writes files of this machine', 'run it where the flows lie'],
  'deployment apply': ['deploys files of this machine', 'run it on the machine of the server, where the flows lie'],
  'deployment create': ['deploys a file of this machine', 'run it on the machine of the server, where the flow lies'],
  'schedule next': [
    'reckons on this machine',
    'weir deployment ls and weir status tell next due times there; for an expression leave --api out',
  ],
  'schedule simulate': ['reckons on this machine', "give it the expression: weir schedule simulate '30 2 * * *'"],
  'model path': ['names a file of this machine', 'weir model get NAME -o FILE brings the content here'],
  'model register': ['keeps a file in the store of a machine', 'run it there, or in a task'],
  'model promote-if-better': [
    'evaluates a file of this machine',
    'run it there, or in a task; weir model promote promotes by hand',
  ],
};

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
  if (load === undefined) throw refusal(command, url, isAsked);
  const [action, { createClient }] = await Promise.all([load(), import('./client.ts')]);
  const client = createClient({ url, token: parseApiToken(process.env.WEIR_API_TOKEN ?? '') || undefined });
  return (args) => action(client, args, flags);
}

function refusal(command: string, url: string, isAsked: boolean): WeirError {
  const [group = ''] = command.split(' ');
  const [why, instead] = INSTEAD[command] ?? INSTEAD[group] ?? ['has no counterpart there', 'without --api it works'];
  const hint = isAsked ? instead : `${instead}; for this machine name a database with --db, or unset WEIR_API_URL`;
  return new WeirError('usage', `weir ${command} works only on this machine, not on the server at ${url}: it ${why}`, {
    hint,
  });
}
