/** `weir deployment build | apply | create`: from a flow file to an editable deployment.yaml, and from that to a deployment. */
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { planWish } from '../../engine/deploy/apply-deployment.ts';
import { DEPLOYMENT_NAME } from '../../engine/deploy/catalog.ts';
import { chooseDescription } from '../../engine/deploy/choose-flow.ts';
import type { DeployPlan } from '../../engine/deploy/deploy.ts';
import type { DeploymentWish } from '../../model/deployment-wish.ts';
import { EXIT, WeirError } from '../../model/errors.ts';
import { type DeploymentStorage, STORAGES } from '../../model/snapshot.ts';
import type { GlobalFlags } from '../declarations/declare.ts';
import { print, printRaw, say } from '../output.ts';
import { parseTarget } from '../runs/target.ts';
import { withEngine } from '../session.ts';
import { readDeploymentFile, writtenDeployment } from './deployment-file.ts';
import { type PlanFlags, showAndCarryOut, showAndCarryOutAll } from './deployment-plan.ts';

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
  const whole = resolve(file ?? FILE_NAME);
  if (isCode(whole)) return applyDeclared(whole, flags);
  const { path, flow, name, overrides } = readDeploymentFile(whole);
  if (!existsSync(path))
    throw new WeirError('usage', `${whole} names ${path}, and there is no such file`, {
      hint: 'its path counts from the folder of the deployment file',
    });
  return register({ path, flow, name, overrides }, flags);
}

/** What a file of code declares by `deployment({...}).apply()` at its top level: all of it, or nothing. */
async function applyDeclared(path: string, flags: GlobalFlags & PlanFlags): Promise<number> {
  if (!existsSync(path)) throw new WeirError('usage', `there is no file ${path}`);
  return withEngine(flags, 'command', async (engine) => {
    let wishes: readonly DeploymentWish[] = [];
    await engine.pool.describe(path, { onWishes: (declared) => (wishes = declared) });
    if (wishes.length === 0)
      throw new WeirError('usage', `${path} declares no deployment`, {
        hint: "at its top level: await deployment({ flow: nightly, name: 'eu' }).apply()",
      });
    const plans: DeployPlan[] = [];
    for (const wish of wishes) plans.push(await planWish(engine, wish));
    refuseTwice(path, plans);
    return showAndCarryOutAll(engine, plans, flags);
  });
}

function refuseTwice(path: string, plans: readonly DeployPlan[]): void {
  const titles = plans.map(({ flow, name }) => `${flow}/${name}`);
  const twice = titles.find((title, at) => titles.indexOf(title) !== at);
  if (twice === undefined) return;
  throw new WeirError('usage', `${path} declares ${twice} twice`, { hint: 'give one of them another name' });
}

function isCode(path: string): boolean {
  return /\.[mc]?[jt]s$/.test(path);
}

export async function createDeployment(
  [file]: [string],
  flags: GlobalFlags & PlanFlags & { readonly name?: string; readonly storage?: string },
): Promise<number> {
  const { storage } = flags;
  if (storage !== undefined && !STORAGES.includes(storage as DeploymentStorage))
    throw new WeirError('usage', `--storage is "${storage}"; it must be ${STORAGES.join(' or ')}`);
  const overrides = storage === undefined ? {} : { storage: storage as DeploymentStorage };
  return register({ ...parseTarget(file), name: nameOf(flags.name), overrides }, flags);
}

async function register(wish: DeploymentWish, flags: GlobalFlags & PlanFlags): Promise<number> {
  return withEngine(flags, 'command', async (engine) => showAndCarryOut(engine, await planWish(engine, wish), flags));
}

function nameOf(name = DEPLOYMENT_NAME): string {
  if (/^[^/%&<>\s]+$/.test(name)) return name;
  throw new WeirError('usage', `--name is "${name}"; it must be a word without / % & < >`);
}
