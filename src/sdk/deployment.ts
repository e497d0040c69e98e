/**
 * `deployment()`: a flow with other times, parameters or storage than its file says, registered from code. Describes only;
 * the engine, or `weir deployment apply FILE`, carries it out.
 */
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AppliedDeployment, DeploymentWish } from '../model/deployment-wish.ts';
import { WeirError } from '../model/errors.ts';
import { flowTarget } from '../model/flow-file.ts';
import { type DeploymentStorage, STORAGES } from '../model/snapshot.ts';
import { checkVariableValue } from '../model/variable.ts';
import { callingFile } from './calling-file.ts';
import { type Flow, isFlow } from './flow.ts';
import { refuseUnknownOptions } from './options.ts';
import { runtime } from './runtime.ts';
import type { ScheduleInput } from './schedules.ts';

export type { AppliedDeployment };

export interface DeploymentOptions<Params = never, Result = unknown> {
  /** The flow, or its file: `'./nightly.yaml'`, `'./flows.ts:nightly'`; a path counts from the file that says it. */
  flow: Flow<Params, Result> | string;
  /** Tells several deployments of one flow apart. Default `'default'`, which is what `weir up` deploys. */
  name?: string;
  /** What it is for. */
  description?: string;
  /** When it runs, instead of what the flow itself says; `[]` for never by itself. */
  schedule?: ScheduleInput | readonly ScheduleInput[];
  /** What its runs are given, instead of the defaults of the flow: anything that JSON has a word for. */
  params?: Partial<Params> | Readonly<Record<string, unknown>>;
  /** Tags of its runs, beside those of the flow. */
  tags?: readonly string[];
  /** `'local'` (default): the folder as it is when a run begins; `'snapshot'`: kept in the database when it is deployed. */
  storage?: DeploymentStorage;
  /** Files, folders and globs from the flow's folder that belong to its snapshot beside what is found by itself. */
  include?: readonly string[];
}

const OPTIONS: Readonly<Record<keyof DeploymentOptions, true>> = {
  flow: true,
  name: true,
  description: true,
  schedule: true,
  params: true,
  tags: true,
  storage: true,
  include: true,
};

export interface Deployment {
  readonly name: string;
  /**
   * Registers it. In a flow or a task that happens at once; at the top level of a file it is only declared, and
   * `weir deployment apply FILE` shows what would change and does it.
   *
   * @throws WeirError for a flow file that cannot be loaded, parameters that the flow has not, schedules that mean nothing
   */
  apply(): Promise<AppliedDeployment>;
}

/**
 * A deployment of a flow: its times, parameters, tags and storage. Nothing is registered before `apply()`.
 *
 * @example
 * await deployment({ flow: nightly, name: 'eu', schedule: '0 2 * * *', params: { region: 'eu' } }).apply();
 * @throws WeirError `invalid-value` for a name or option that cannot be
 */
export function deployment<Params = Readonly<Record<string, unknown>>, Result = unknown>(
  options: DeploymentOptions<Params, Result>,
): Deployment {
  const wish = wishOf(options as DeploymentOptions, callingFile(deployment));
  return Object.freeze({
    name: wish.name,
    apply: () => runtime('deployment().apply()').applyDeployment(wish),
  });
}

function wishOf(options: DeploymentOptions, caller: string | null): DeploymentWish {
  const { name = 'default', description, schedule, params, tags, storage, include } = options;
  const what = `the deployment "${String(name)}"`;
  refuseUnknownOptions(what, options, OPTIONS);
  const refuse = (sentence: string, hint: string): never => {
    throw new WeirError('invalid-value', `${what} ${sentence}`, { hint });
  };
  if (typeof name !== 'string' || !/^[^/%&<>\s]+$/.test(name))
    refuse('has a name that no command could say', 'use a word without / % & < >, such as eu');
  if (storage !== undefined && !STORAGES.includes(storage))
    refuse(`has the storage ${JSON.stringify(storage)}`, `use ${STORAGES.join(' or ')}`);
  if (include !== undefined && storage !== 'snapshot')
    refuse('has include, which lists files of a snapshot', "add storage: 'snapshot'");
  for (const [key, words] of Object.entries({ tags, include }))
    if (words !== undefined && !(Array.isArray(words) && words.every((word) => typeof word === 'string')))
      refuse(`has ${key} that are no list of texts`, `${key}: ['a', 'b']`);
  for (const [key, value] of Object.entries(params ?? {}))
    if (!isOfJson(key, value))
      refuse(`has params.${key}, which JSON cannot hold`, 'give texts, numbers, lists and objects');
  return {
    ...flowOf(options.flow, caller, refuse),
    name,
    overrides: {
      ...(description === undefined ? {} : { description }),
      ...(schedule === undefined ? {} : { schedules: Array.isArray(schedule) ? schedule : [schedule] }),
      ...(params === undefined ? {} : { params: params as Readonly<Record<string, unknown>> }),
      ...(tags === undefined ? {} : { tags }),
      ...(storage === undefined ? {} : { storage }),
      ...(include === undefined ? {} : { include }),
    },
  };
}

function isOfJson(key: string, value: unknown): boolean {
  try {
    checkVariableValue(key, value);
    return true;
  } catch {
    return false;
  }
}

function flowOf(
  flow: unknown,
  caller: string | null,
  refuse: (sentence: string, hint: string) => never,
): Pick<DeploymentWish, 'path' | 'flow'> {
  if (isFlow(flow)) {
    const { file, name } = flow.definition;
    if (file !== null) return { path: fileURLToPath(file), flow: name };
    return refuse('names a flow whose file is not known', "name the file: flow: './nightly.ts'");
  }
  if (typeof flow !== 'string' || flow === '')
    return refuse('names no flow', "flow: nightly (as it is imported), or its file: flow: './nightly.yaml'");
  const { file, flow: name } = flowTarget(flow) ?? { file: flow, flow: null };
  const folder = caller === null ? process.cwd() : dirname(fileURLToPath(caller));
  return { path: resolve(folder, file), flow: name };
}
