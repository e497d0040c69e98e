/** `weir deployment run`: a run with the deployment's code and parameters goes into the queue, and a server takes it. */
import { runOfDeployment } from '../engine/deployment-run.ts';
import type { Engine } from '../engine/engine.ts';
import { enqueue } from '../engine/enqueue.ts';
import { newestSlot, slotAt } from '../engine/manual-slot.ts';
import { runJson } from '../engine/run-json.ts';
import { zoneOfTimes } from '../engine/told-times.ts';
import { EXIT } from '../model/errors.ts';
import { parseInstant } from '../model/instant.ts';
import type { ScheduleSpec } from '../model/schedule-spec.ts';
import type { FlowRunRow } from '../store/flow-runs.ts';
import type { GlobalFlags } from './declare.ts';
import { findDeployment } from './deployment.ts';
import { print, printJson, say } from './output.ts';
import { parseParams } from './params.ts';
import { withEngine } from './session.ts';

interface RunFlags extends GlobalFlags {
  readonly param: readonly string[];
  readonly params?: string;
  readonly tag: readonly string[];
  readonly slot?: string;
  readonly idempotencyKey?: string;
}

export async function runDeployment([text]: [string], flags: RunFlags): Promise<number> {
  return withEngine(flags, 'command', async (engine) => {
    const { store, now } = engine;
    const deployment = findDeployment(store, text);
    const params = parseParams(flags.param, flags.params, deployment.paramsSchema);
    const specs = store.deployments.schedulesOf(deployment.id).map(({ spec }) => JSON.parse(spec) as ScheduleSpec);
    const slot =
      flags.slot === undefined
        ? newestSlot(specs, now())
        : slotAt(specs, parseInstant(flags.slot, specs[0]?.timezone ?? zoneOfTimes(), '--slot'));
    const run = runOfDeployment(deployment, params);
    const key = flags.idempotencyKey ?? null;
    const json = flags.json === true;
    const first = key === null ? null : store.flowRuns.idByIdempotencyKey(key);
    if (first !== null) return tellSame(engine, first, json);
    let runId: number;
    try {
      runId = await enqueue(
        store,
        {
          ...run,
          tags: [...new Set([...run.tags, ...flags.tag])],
          trigger: 'cli',
          idempotencyKey: key,
          scheduleId: null,
          slotAt: slot?.at ?? null,
          slotStartAt: slot?.startAt ?? null,
          slotCoversFrom: slot === null ? null : store.flowRuns.newestCompletedSlot(deployment.flow, slot.at),
        },
        now(),
      );
    } catch (error) {
      // Another process with the same key was quicker since we looked.
      const quicker = key === null ? null : store.flowRuns.idByIdempotencyKey(key);
      if (quicker === null) throw error;
      return tellSame(engine, quicker, json);
    }
    if (json) printJson(runJson(store, store.flowRuns.byId(runId) as FlowRunRow));
    else print(String(runId));
    const server = store.processes.livingServer();
    if (server !== null)
      say(`run ${runId} of ${deployment.flow} is taken by the server; follow it: weir watch ${runId}`);
    else {
      say(`run ${runId} of ${deployment.flow} waits: no server is running on ${store.path}`);
      say(`weir server start takes it; weir run ${deployment.path} runs the flow here and now`);
    }
    return EXIT.ok;
  });
}

function tellSame({ store }: Engine, runId: number, json: boolean): number {
  if (json) printJson(runJson(store, store.flowRuns.byId(runId) as FlowRunRow));
  else print(String(runId));
  say(`run ${runId} has this idempotency key already; nothing was started`);
  return EXIT.ok;
}
