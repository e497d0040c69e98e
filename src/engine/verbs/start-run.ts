/** Starts a run of a deployment: its code and parameters, and those given for this run alone. A server takes it. */
import { refuseParamFaults } from '../../model/param-faults.ts';
import type { ScheduleSpec } from '../../model/schedule-spec.ts';
import type { DeploymentRow } from '../../store/deployments.ts';
import type { Trigger } from '../../store/flow-runs.ts';
import type { Engine } from '../engine.ts';
import { enqueue } from '../execute/enqueue.ts';
import { newestSlot, slotAt } from '../schedule/manual-slot.ts';
import { runOfDeployment } from './deployment-run.ts';

export interface RunRequest {
  /** They count before the deployment's own. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly trigger: Trigger;
  readonly tags?: readonly string[];
  /** The due time it runs for; left out, the newest of its schedules. */
  readonly slotAt?: number;
  /** The same twice gives the first run. */
  readonly idempotencyKey?: string;
}

export interface StartedRun {
  readonly runId: number;
  /** False: a run with the idempotency key was there. */
  readonly isNew: boolean;
}

/** Values are judged by the flow when it runs; `refuseUnfit` does so before there is a run. */
export async function startRun(
  { store, events, now }: Pick<Engine, 'store' | 'events' | 'now'>,
  deployment: DeploymentRow,
  { params, trigger, tags = [], slotAt: asked, idempotencyKey: key }: RunRequest,
): Promise<StartedRun> {
  const first = key === undefined ? null : store.flowRuns.idByIdempotencyKey(key);
  if (first !== null) return { runId: first, isNew: false };
  const specs = specsOf({ store }, deployment);
  const slot = asked === undefined ? newestSlot(specs, now()) : slotAt(specs, asked);
  const run = runOfDeployment(deployment, params);
  let runId: number;
  try {
    runId = await enqueue(
      store,
      {
        ...run,
        tags: [...new Set([...run.tags, ...tags])],
        trigger,
        idempotencyKey: key ?? null,
        scheduleId: null,
        slotAt: slot?.at ?? null,
        slotStartAt: slot?.startAt ?? null,
        slotCoversFrom: slot === null ? null : store.flowRuns.newestCompletedSlot(deployment.flow, slot.at),
      },
      now(),
    );
  } catch (error) {
    // Another process with the same key was quicker since we looked.
    const quicker = key === undefined ? null : store.flowRuns.idByIdempotencyKey(key);
    if (quicker === null) throw error;
    return { runId: quicker, isNew: false };
  }
  const row = store.flowRuns.byId(runId);
  if (row !== null) events.publish([{ kind: 'run-state', runId, state: row.state }]);
  return { runId, isNew: true };
}

/**
 * Refuses parameters that the deployment's schema cannot take, so that no run is made of them.
 * @throws WeirError `invalid-parameters` with every field at fault
 */
export function refuseUnfit(deployment: DeploymentRow, params: Readonly<Record<string, unknown>>): void {
  refuseParamFaults({ ...deployment.params, ...params }, deployment.paramsSchema);
}

/** The schedules of a deployment as they are now. */
export function specsOf({ store }: Pick<Engine, 'store'>, deployment: DeploymentRow): ScheduleSpec[] {
  return store.deployments.schedulesOf(deployment.id).map(({ spec }) => JSON.parse(spec) as ScheduleSpec);
}
