/** `weir deployment run`: a run with the deployment's code and parameters goes into the queue, and a server takes it. */

import { findDeployment } from '../../engine/deploy/find-deployment.ts';
import type { Engine } from '../../engine/engine.ts';
import { runJson } from '../../engine/tell/run-json.ts';
import { zoneOfTimes } from '../../engine/tell/told-times.ts';
import { specsOf, startRun } from '../../engine/verbs/start-run.ts';
import { parseTime } from '../../model/asked-time.ts';
import { EXIT } from '../../model/errors.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { GlobalFlags } from '../declarations/declare.ts';
import { print, printJson, say } from '../output.ts';
import { parseParams } from '../runs/params.ts';
import { withEngine } from '../session.ts';

interface RunFlags extends GlobalFlags {
  readonly param: readonly string[];
  readonly params?: string;
  readonly tag: readonly string[];
  readonly slot?: string;
  readonly idempotencyKey?: string;
}

export async function runDeployment([text]: [string], flags: RunFlags): Promise<number> {
  return withEngine(flags, 'command', async (engine) => {
    const { store } = engine;
    const deployment = findDeployment(store, text);
    const params = parseParams(flags.param, flags.params, deployment.paramsSchema);
    const zone = specsOf(engine, deployment)[0]?.timezone ?? zoneOfTimes();
    const { runId, isNew } = await startRun(engine, deployment, {
      params,
      trigger: 'cli',
      tags: flags.tag,
      ...(flags.slot === undefined ? {} : { slotAt: parseTime(flags.slot, zone, '--slot', engine.now()) }),
      ...(flags.idempotencyKey === undefined ? {} : { idempotencyKey: flags.idempotencyKey }),
    });
    tellRun(engine, runId, flags.json === true);
    const server = store.processes.livingServer();
    if (!isNew) say(`run ${runId} has this idempotency key already; nothing was started`);
    else if (server !== null)
      say(`run ${runId} of ${deployment.flow} is taken by the server; follow it: weir watch ${runId}`);
    else {
      say(`run ${runId} of ${deployment.flow} waits: no server is running on ${store.path}`);
      say(`weir server start takes it; weir run ${deployment.path} runs the flow here and now`);
    }
    return EXIT.ok;
  });
}

function tellRun({ store }: Engine, runId: number, json: boolean): void {
  if (json) printJson(runJson(store, store.flowRuns.byId(runId) as FlowRunRow));
  else print(String(runId));
}
