/** From a deployment that somebody asks for to the plan of it, and from code to what is registered. */
import { uptime } from 'node:os';
import { awakeMs } from '../../model/awake-clock.ts';
import type { DeploymentOverrides } from '../../model/deployment.ts';
import type { AppliedDeployment, DeploymentWish } from '../../model/deployment-wish.ts';
import { WeirError } from '../../model/errors.ts';
import type { FlowDescription } from '../../model/flow-description.ts';
import { knownParams } from '../../model/param-schema.ts';
import type { Pool } from '../../pool/pool.ts';
import type { Store } from '../../store/store.ts';
import { createScheduler, type SchedulerParts } from '../schedule/scheduler.ts';
import { chooseDescription } from './choose-flow.ts';
import { carryOut, type DeployParts, type DeployPlan, isUnchanged, planDeploy } from './deploy.ts';
import { collectSnapshot } from './snapshots.ts';

export interface PlanParts {
  readonly store: Store;
  readonly pool: Pick<Pool, 'describe'>;
  readonly now: () => number;
}

/** Reads flow and files as they are now; nothing is written. @throws WeirError for what cannot be deployed so */
export async function planWish({ store, pool, now }: PlanParts, wish: DeploymentWish): Promise<DeployPlan> {
  const { path, name, overrides } = wish;
  const flow = chooseDescription(path, await pool.describe(path), wish.flow);
  refuseUnknownParams(flow, overrides);
  const snapshot = collectSnapshot(store, { path, flow, name, overrides });
  return planDeploy(store, { path, flow, name, overrides, origin: 'apply', snapshot }, now());
}

/** `deployment({...}).apply()` in a run: whoever writes it has decided. */
export async function applyWish(parts: PlanParts & DeployParts, wish: DeploymentWish): Promise<AppliedDeployment> {
  const plan = await planWish(parts, wish);
  const { former, changed } = plan;
  const deployment = `${plan.flow}/${plan.name}`;
  if (isUnchanged(plan)) return { deployment, action: 'none', version: former?.number ?? null, changed: [] };
  const { number } = await parts.store.writer.write(() => carryOut(parts, plan));
  const isStanding = former !== null && former.deletedAt === null;
  return { deployment, action: isStanding ? 'change' : 'add', version: number, changed };
}

/** As `applyWish`, for whoever has no scheduler: what is due when a schedule changes is answered under its former rule. */
export function applyHere(
  parts: PlanParts & Pick<SchedulerParts, 'kernelBootId' | 'onEnqueued' | 'onFault'>,
  wish: DeploymentWish,
): Promise<AppliedDeployment> {
  const clocks = { wall: parts.now, awake: awakeMs, sinceBoot: () => uptime() * 1000 };
  const { answerDue } = createScheduler({ ...parts, clocks });
  return applyWish({ ...parts, answerDue }, wish);
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
