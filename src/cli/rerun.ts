/** `weir rerun`: a new run of the same flow with the same parameters, some of them changed; the old run stays as it is. */
import type { Engine } from '../engine/engine.ts';
import { selectRun } from '../engine/select-run.ts';
import { deployedCodeFor } from '../engine/snapshots.ts';
import { decode, encode } from '../model/codec.ts';
import { WeirError } from '../model/errors.ts';
import { isExecPath } from '../model/exec-run.ts';
import type { FlowDescription } from '../model/flow-description.ts';
import type { HostKind } from '../model/message.ts';
import { resolveRunName } from '../model/run-name.ts';
import type { State } from '../model/state.ts';
import type { FlowRunRow } from '../store/flow-runs.ts';
import { carryOn } from './carry-on.ts';
import type { GlobalFlags } from './declare.ts';
import { say } from './output.ts';
import { parseParams } from './params.ts';
import { withEngine } from './session.ts';

export async function rerun(
  [id]: [string?],
  flags: GlobalFlags & { readonly param: readonly string[] },
): Promise<number> {
  return withEngine(flags, 'run', async (engine) => {
    const row = selectRun(engine.store, id);
    const flow = await flowOf(engine, row);
    const given = decode(row.params) as Record<string, unknown>;
    const params = { ...given, ...parseParams(flags.param, undefined, flow.paramsSchema) };
    const runId = await enqueue(engine, row, flow, params);
    say(`run ${runId} of ${flow.name}: rerun of ${row.id}`);
    return carryOn(engine, runId, { json: flags.json === true });
  });
}

/** @throws WeirError for a file that is broken or gone, or that does not export the flow */
async function flowOf(engine: Engine, row: FlowRunRow): Promise<FlowDescription> {
  const { codeVersions } = engine.store;
  const hash = isExecPath(row.path) ? row.codeHash : (deployedCodeFor(engine.store, row)?.codeHash ?? null);
  const code = hash === null ? null : codeVersions.filesOf(hash);
  const flows = await engine.pool.describe(row.path, {
    keep: true,
    infrastructure: row.infrastructure as HostKind,
    ...(code === null ? {} : { code }),
  });
  const flow = flows.find((each) => each.name === row.flow);
  if (flow !== undefined) return flow;
  const names = flows.map((each) => each.name).join(', ');
  throw new WeirError('invalid-flow', `${row.path} exports no flow "${row.flow}"; it exports ${names}`, {
    hint: row.parentRunId === null ? `weir run ${row.path}` : `rerun all of it: weir rerun ${row.parentRunId}`,
  });
}

/** It waits for whoever claims it: a server on the file, else this process. */
async function enqueue(engine: Engine, row: FlowRunRow, flow: FlowDescription, params: object): Promise<number> {
  const { store, now } = engine;
  const at = now();
  const state: State = { type: 'SCHEDULED', name: 'Scheduled', message: `rerun of ${row.id}`, at };
  return store.writer.write(() => {
    if (flow.code !== null) store.codeVersions.put(flow.codeHash, flow.code, at);
    return store.flowRuns.insert({
      flow: flow.name,
      name: isExecPath(row.path) ? row.name : resolveRunName(flow.options.runName, params as Record<string, unknown>),
      deploymentId: row.deploymentId,
      path: row.path,
      entry: flow.entry,
      codeHash: flow.codeHash,
      snapshotHash: deployedCodeFor(store, row)?.snapshotHash ?? null,
      version: flow.version,
      options: flow.options,
      params: encode(params, 'params'),
      tags: [...new Set([...flow.tags, ...row.tags])],
      trigger: 'cli',
      infrastructure: row.infrastructure,
      idempotencyKey: null,
      scheduleId: null,
      slotAt: null,
      slotStartAt: null,
      slotCoversFrom: null,
      state,
      scheduledAt: at,
      ownerId: null,
      token: null,
    });
  });
}
