/** `weir deployment build | apply | create`: from a flow file to an editable deployment.yaml, and from that to a deployment. */
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { DEPLOYMENT_NAME } from '../engine/catalog.ts';
import { planDeploy } from '../engine/deploy.ts';
import { collectSnapshot } from '../engine/snapshots.ts';
import type { DeploymentOverrides } from '../model/deployment.ts';
import { EXIT, WeirError } from '../model/errors.ts';
import type { FlowDescription } from '../model/flow-description.ts';
import { knownParams } from '../model/param-schema.ts';
import { type DeploymentStorage, STORAGES } from '../model/snapshot.ts';
import type { GlobalFlags } from './declare.ts';
import { readDeploymentFile, writtenDeployment } from './deployment-file.ts';
import { type PlanFlags, showAndCarryOut } from './deployment-plan.ts';
import { print, printRaw, say } from './output.ts';
import { withEngine } from './session.ts';
import { chooseDescription, parseTarget, type Target } from './target.ts';

const FILE_NAME = 'deployment.yaml';

interface BuildFlags extends GlobalFlags {
  readonly name?: string;
  readonly output?: string;
  readonly force?: boolean;
}

export async function buildDeployment([file]: [string], flags: BuildFlags): Promise<number> {
  const target = parseTarget(file);
  const name = nameOf(flags.name);
  return withEngine(flags, 'command', async ({ pool }) => {
    const flows = await pool.describe(target.path);
    const flow = chooseDescription(target.path, flows, target.flow);
    const output = flags.output ?? join(dirname(target.path), FILE_NAME);
    const path = resolve(output === '-' ? FILE_NAME : output);
    const text = writtenDeployment(path, target.path, flow, flows.length, name);
    if (output === '-') {
      printRaw(text.trimEnd());
      return EXIT.ok;
    }
    if (existsSync(path) && !flags.force)
      throw new WeirError('conflict', `${path} is there already`, {
        hint: 'weir deployment apply registers it; --force replaces it, --output writes another file',
      });
    writeFileSync(path, text);
    print(relative(process.cwd(), path) || path);
    say(`edit it, then: weir deployment apply ${relative(process.cwd(), path) || path}`);
    return EXIT.ok;
  });
}

export async function applyDeployment([file]: [string?], flags: GlobalFlags & PlanFlags): Promise<number> {
  const { path, flow, name, overrides } = readDeploymentFile(resolve(file ?? FILE_NAME));
  if (!existsSync(path))
    throw new WeirError('usage', `${resolve(file ?? FILE_NAME)} names ${path}, and there is no such file`, {
      hint: 'its path counts from the folder of the deployment file',
    });
  return register({ path, flow }, name, overrides, flags);
}

export async function createDeployment(
  [file]: [string],
  flags: GlobalFlags & PlanFlags & { readonly name?: string; readonly storage?: string },
): Promise<number> {
  const { storage } = flags;
  if (storage !== undefined && !STORAGES.includes(storage as DeploymentStorage))
    throw new WeirError('usage', `--storage is "${storage}"; it must be ${STORAGES.join(' or ')}`);
  const overrides = storage === undefined ? {} : { storage: storage as DeploymentStorage };
  return register(parseTarget(file), nameOf(flags.name), overrides, flags);
}

async function register(
  target: Target,
  name: string,
  overrides: DeploymentOverrides,
  flags: GlobalFlags & PlanFlags,
): Promise<number> {
  return withEngine(flags, 'command', async (engine) => {
    const { store, pool, now } = engine;
    const flow = chooseDescription(target.path, await pool.describe(target.path), target.flow);
    refuseUnknownParams(flow, overrides);
    const { path } = target;
    const snapshot = collectSnapshot(store, { path, flow, name, overrides });
    const plan = planDeploy(store, { path, flow, name, overrides, origin: 'apply', snapshot }, now());
    return showAndCarryOut(engine, plan, flags);
  });
}

function refuseUnknownParams(flow: FlowDescription, { params = {} }: DeploymentOverrides): void {
  const { properties, isOpen } = knownParams(flow.paramsSchema);
  const unknown = isOpen ? undefined : Object.keys(params).find((name) => !properties.has(name));
  if (unknown === undefined) return;
  const known = [...properties.keys()];
  throw new WeirError('usage', `the flow "${flow.name}" has no parameter "${unknown}"`, {
    hint: known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`,
  });
}

function nameOf(name = DEPLOYMENT_NAME): string {
  if (/^[^/%&<>\s]+$/.test(name)) return name;
  throw new WeirError('usage', `--name is "${name}"; it must be a word without / % & < >`);
}
