/**
 * A new run of a run's flow, for the same due time, with the file as it is now and the same parameters or others; the old
 * run stays as it is, and so does the ledger of due times.
 */
import { decode, encode } from '../../model/codec.ts';
import { WeirError } from '../../model/errors.ts';
import { isExecPath } from '../../model/exec-run.ts';
import type { FlowDescription } from '../../model/flow-description.ts';
import type { HostKind } from '../../model/message.ts';
import { resolveRunName } from '../../model/run-name.ts';
import type { State } from '../../model/state.ts';
import type { FlowRunRow, Trigger } from '../../store/flow-runs.ts';
import type { Store } from '../../store/store.ts';
import { namesOf } from '../deploy/choose-flow.ts';
import { deployedCodeFor } from '../deploy/snapshots.ts';
import type { Engine } from '../engine.ts';
import type { Describe } from './retry-run.ts';

/** What the new run is made of. */
export interface Rerun {
  /** As the file has it now. */
  readonly flow: FlowDescription;
  readonly params: Readonly<Record<string, unknown>>;
  readonly trigger: Trigger;
  /** The same twice gives the first run; for whoever has made sure that there is none with it yet. */
  readonly idempotencyKey?: string | null;
}

/** The parameters that a run was given. */
export function paramsOf(row: FlowRunRow): Record<string, unknown> {
  return decode(row.params) as Record<string, unknown>;
}

/** The flow of a run as its file is now. @throws WeirError for a file that is broken or gone, or without the flow */
export async function flowAsItIsNow(
  { store, describe }: { readonly store: Store; readonly describe: Describe },
  row: FlowRunRow,
  { keepHost = false }: { readonly keepHost?: boolean } = {},
): Promise<FlowDescription> {
  const hash = isExecPath(row.path) ? row.codeHash : (deployedCodeFor(store, row)?.codeHash ?? null);
  const code = hash === null ? null : store.codeVersions.filesOf(hash);
  const flows = await describe(row.path, {
    keep: keepHost,
    infrastructure: row.infrastructure as HostKind,
    ...(code === null ? {} : { code }),
  }).catch((error: unknown) => {
    throw withNextStep(error, store, row);
  });
  const flow = flows.find((each) => each.name === row.flow);
  if (flow !== undefined) return flow;
  throw new WeirError(
    'invalid-flow',
    `${row.path} exports no flow "${row.flow}"; it exports ${namesOf(flows).join(', ')}`,
    {
      hint: row.parentRunId === null ? `weir run ${row.path}` : `rerun all of it: weir rerun ${row.parentRunId}`,
    },
  );
}

/** A new run is made of the file; without it only the old one can go on. */
function withNextStep(error: unknown, store: Store, { id, state, parentRunId, codeHash }: FlowRunRow): unknown {
  if (!(error instanceof WeirError)) return error;
  const { type } = state;
  const mayRetry = (type === 'FAILED' || type === 'CRASHED' || type === 'CANCELLED') && parentRunId === null;
  const isKept = codeHash !== null && store.codeVersions.has(codeHash);
  const steps = [
    ...(error.hint === undefined ? [] : [error.hint]),
    mayRetry && isKept
      ? `mend the file, or go on with the run that there is, and the code that it had: weir retry ${id} --same-code`
      : 'mend the file first, or put it back where it was',
  ];
  return new WeirError(error.code, error.message, { hint: steps.join('; '), cause: error });
}

/** Gives the new run's number. It waits for whoever claims it: a server on the file, else this process. */
export async function rerun(
  { store, events, now }: Pick<Engine, 'store' | 'events' | 'now'>,
  row: FlowRunRow,
  { flow, params, trigger, idempotencyKey = null }: Rerun,
): Promise<number> {
  const at = now();
  const state: State = { type: 'SCHEDULED', name: 'Scheduled', message: `rerun of ${row.id}`, at };
  const runId = await store.writer.write(() => {
    if (flow.code !== null) store.codeVersions.put(flow.codeHash, flow.code, at);
    return store.flowRuns.insert({
      flow: flow.name,
      name: isExecPath(row.path) ? row.name : resolveRunName(flow.options.runName, params, flow.paramsSchema),
      deploymentId: row.deploymentId,
      path: row.path,
      entry: flow.entry,
      codeHash: flow.codeHash,
      snapshotHash: deployedCodeFor(store, row)?.snapshotHash ?? null,
      version: flow.version,
      options: flow.options,
      params: encode(params, 'params'),
      tags: [...new Set([...flow.tags, ...row.tags])],
      trigger,
      infrastructure: row.infrastructure,
      idempotencyKey,
      // The due time is answered already, by whatever run: this one only works on it once more.
      scheduleId: null,
      slotAt: row.slotAt,
      slotStartAt: row.slotStartAt,
      slotCoversFrom: row.slotCoversFrom,
      state,
      scheduledAt: at,
      ownerId: null,
      token: null,
    });
  });
  events.publish([{ kind: 'run-state', runId, state }]);
  return runId;
}
