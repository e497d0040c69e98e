/**
 * `weir run` with an idempotency key that has a run already: nothing is started, and the caller gets that run as if it
 * had started it: its number at once, its result and exit code when it is over, whoever executes it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../../engine/engine.ts';
import { runEndJson } from '../../engine/tell/run-end-json.ts';
import { runJson } from '../../engine/tell/run-json.ts';
import { EXIT } from '../../model/errors.ts';
import { isFinal } from '../../model/state.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import { printJson, say } from '../output.ts';
import { exitCodeOf, sayEnd } from './run-end.ts';

const LOOK_EVERY_MS = 200;
/** A run that is due for so long and nobody's is executed by nobody. */
const NOBODYS_AFTER_MS = 3000;
/** How often its process is looked after: it may have died. */
const SETTLE_EVERY_LOOKS = 10;

export async function tellFirst(engine: Engine, id: number, options: { readonly json: boolean }): Promise<number> {
  say(`run ${id} has this idempotency key already; nothing was started`);
  const row = await untilNobodyExecutes(engine, id);
  if (options.json) printJson(runJson(engine.store, row));
  else if (isFinal(row.state.type)) sayEnd(runEndJson(engine.store, row));
  if (isFinal(row.state.type)) return exitCodeOf(row);
  say(`run ${id} is ${row.state.name} and nobody executes it: weir resume ${id}, or start a server: weir up`);
  return EXIT.failed;
}

async function untilNobodyExecutes(engine: Engine, id: number): Promise<FlowRunRow> {
  const { flowRuns } = engine.store;
  for (let looks = 1; ; looks++) {
    const row = flowRuns.byId(id) as FlowRunRow;
    if (row.ownerId === null && (isFinal(row.state.type) || isForgotten(engine, row))) return row;
    await sleep(LOOK_EVERY_MS);
    if (looks % SETTLE_EVERY_LOOKS === 0) await engine.settle();
  }
}

function isForgotten({ store: { processes }, now }: Engine, row: FlowRunRow): boolean {
  if ((row.scheduledAt ?? row.state.at) + NOBODYS_AFTER_MS > now()) return false;
  return processes.livingServer() === null;
}
