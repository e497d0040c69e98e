/**
 * From flow files to deployments: describes each file in a host, and puts flow, rules and schedules into the file.
 * What `weir up` deploys is named `default`. A broken file never removes what it deployed before.
 */
import { WeirError } from '../model/errors.ts';
import type { FlowDescription } from '../model/flow-description.ts';
import { nextSlot } from '../model/schedule.ts';
import type { ScheduleInput } from '../model/schedule-input.ts';
import { resolveSchedules, type ScheduleSpec, scheduleIdentity } from '../model/schedule-spec.ts';
import type { Engine } from './engine.ts';

export interface Deployed {
  readonly flow: string;
  readonly path: string;
  readonly schedules: number;
}

export interface Broken {
  readonly path: string;
  readonly error: WeirError;
}

export interface CatalogReport {
  readonly deployed: readonly Deployed[];
  readonly broken: readonly Broken[];
}

const DEPLOYMENT_NAME = 'default';

/** Deploys every flow of the files. @throws WeirError `conflict` when two files have a flow of one name */
export async function deployFiles(engine: Engine, paths: readonly string[]): Promise<CatalogReport> {
  const found: { path: string; flow: FlowDescription }[] = [];
  const broken: Broken[] = [];
  for (const path of paths) {
    try {
      for (const flow of await engine.pool.describe(path)) found.push({ path, flow });
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      broken.push({ path, error });
    }
  }
  refuseTwins(found);
  const deployed: Deployed[] = [];
  for (const { path, flow } of found) {
    try {
      deployed.push(await deployFlow(engine, path, flow));
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      broken.push({
        path,
        error: new WeirError(
          'invalid-flow',
          `${path}: ${error.message}`,
          error.hint === undefined ? { cause: error } : { hint: error.hint, cause: error },
        ),
      });
    }
  }
  await engine.store.writer.write(() => {
    for (const { path, error } of broken) engine.store.deployments.markBroken(path, error.message, engine.now());
  });
  return { deployed, broken };
}

function refuseTwins(found: readonly { path: string; flow: FlowDescription }[]): void {
  const seen = new Map<string, string>();
  for (const { path, flow } of found) {
    const other = seen.get(flow.name);
    if (other !== undefined && other !== path) {
      throw new WeirError('conflict', `two files have a flow named "${flow.name}": ${other} and ${path}`, {
        hint: 'give one of them another name, or deploy one folder only',
      });
    }
    seen.set(flow.name, path);
  }
}

async function deployFlow(engine: Engine, path: string, flow: FlowDescription): Promise<Deployed> {
  const { store } = engine;
  const now = engine.now();
  const specs = resolveSchedules(flow.schedules as ScheduleInput[], {
    machineZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    seed: `${flow.name}/${DEPLOYMENT_NAME}`,
    createdAt: now,
  });
  await store.writer.write(() => {
    const deploymentId = store.deployments.put({
      flow: flow.name,
      name: DEPLOYMENT_NAME,
      path,
      entry: flow.entry,
      description: flow.description,
      options: flow.options,
      tags: flow.tags,
      now,
    });
    for (const spec of specs) putSchedule(engine, deploymentId, spec, now);
    store.deployments.removeOtherSchedules(deploymentId, specs.map(scheduleIdentity), now);
  });
  return { flow: flow.name, path, schedules: specs.length };
}

/** A schedule that is there already keeps its anchor, its zone and its next slot: redeploying loses no due slot. */
function putSchedule(engine: Engine, deploymentId: number, spec: ScheduleSpec, now: number): void {
  const { deployments } = engine.store;
  const identity = scheduleIdentity(spec);
  const former = deployments.schedulesOf(deploymentId).find((schedule) => schedule.identity === identity);
  const pinned = former === undefined ? spec : pinnedBy(JSON.parse(former.spec) as ScheduleSpec, spec);
  const next = nextSlot(pinned, now);
  deployments.putSchedule({
    deploymentId,
    identity,
    spec: JSON.stringify(pinned),
    timezone: pinned.timezone,
    nextAt: next?.at ?? null,
    nextNote: next?.note ?? null,
    now,
  });
}

function pinnedBy(former: ScheduleSpec, spec: ScheduleSpec): ScheduleSpec {
  const timezone = spec.isTimezoneWritten ? spec.timezone : former.timezone;
  if (spec.kind === 'interval' && former.kind === 'interval' && !spec.isAnchorWritten)
    return { ...spec, timezone, anchorAt: former.anchorAt };
  return { ...spec, timezone };
}
