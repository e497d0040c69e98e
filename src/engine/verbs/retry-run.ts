/**
 * A retry from what was asked to what is done: which run is meant, which of its tasks, with which code. Everything is
 * checked before anything is changed. For the command line, the page and the API alike.
 */
import { WeirError } from '../../model/errors.ts';
import { isExecPath } from '../../model/exec-run.ts';
import type { FlowDescription } from '../../model/flow-description.ts';
import type { HostKind } from '../../model/message.ts';
import type { Selection } from '../../model/retry-plan.ts';
import type { DescribeOptions } from '../../pool/pool.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { Store } from '../../store/store.ts';
import { namesOf } from '../deploy/choose-flow.ts';
import { deployedCodeFor } from '../deploy/snapshots.ts';
import type { Engine } from '../engine.ts';
import { rootOf } from '../tell/root-run.ts';
import { refuseUnlessRetriable, reopenRun, selectIn } from './retry.ts';

/** Describes a flow file on a host of its own (pool.ts). */
export type Describe = (path: string, options?: DescribeOptions) => Promise<readonly FlowDescription[]>;

/** `from` and `only` exclude each other; without them, what failed or did not run. */
export interface RetryWish {
  /** This task and everything downstream of it runs again. */
  readonly from?: string;
  /** Only this task runs again. */
  readonly only?: string;
  /** With the code that the run had, not as it is now. */
  readonly sameCode?: boolean;
}

export interface PlannedRetry {
  /** The run that opens again: of a subflow, the one that called it first. */
  readonly row: FlowRunRow;
  readonly selection: Selection | null;
  /** The flow as its file is now; null: the code that the run had. */
  readonly code: FlowDescription | null;
}

/**
 * What a retry would do; changes nothing. `keepHost`: the host that has loaded the file serves the run, for a process
 * that executes it itself next.
 * @throws WeirError `usage`, `conflict` with the command that would do what was meant, `invalid-flow`
 */
export async function planRetry(
  parts: { readonly store: Store; readonly describe: Describe },
  asked: FlowRunRow,
  wish: RetryWish,
  { keepHost = false }: { readonly keepHost?: boolean } = {},
): Promise<PlannedRetry> {
  const { store } = parts;
  refuseBoth(wish);
  const row = rootOf(store, asked);
  const selection = selectionOf(store, row, wish, asked);
  refuseUnlessRetriable(row, selection);
  // A command of `weir exec` has no other code than what was kept with its run.
  const isSameCode = wish.sameCode === true || isExecPath(row.path);
  const code = isSameCode ? null : await codeAsItIsNow(parts, row, keepHost);
  if (isSameCode) refuseUnlessKept(store, row);
  return { row, selection, code };
}

/** Opens the run again; whoever claims it executes it. `by`: left out, the command line. */
export async function retryRun(
  parts: Pick<Engine, 'store' | 'events' | 'now'> & { readonly describe: Describe },
  asked: FlowRunRow,
  wish: RetryWish,
  by: string,
): Promise<PlannedRetry> {
  const plan = await planRetry(parts, asked, wish);
  await reopenRun(parts, plan.row.id, { selection: plan.selection, code: plan.code, by });
  return plan;
}

/** @throws WeirError `usage` */
export function refuseBoth({ from, only }: RetryWish): void {
  if (from === undefined || only === undefined) return;
  throw new WeirError('usage', '--from and --only exclude each other', {
    hint: '--from TASK runs everything downstream as well, --only TASK just that one',
  });
}

function selectionOf(store: Store, row: FlowRunRow, { from, only }: RetryWish, asked: FlowRunRow): Selection | null {
  const kind = from === undefined ? 'only' : 'from';
  const text = from ?? only;
  if (text === undefined) return null;
  try {
    return selectIn(store, row.id, kind, text);
  } catch (error) {
    if (row.id === asked.id || !(error instanceof WeirError)) throw error;
    const call = store.taskRuns.ofRun(row.id).find((task) => task.childRunId === asked.id);
    throw new WeirError(error.code, error.message, {
      hint: `of a subflow all of it is run again, by its call in run ${row.id}: weir retry ${row.id} --${kind} ${call?.name ?? 'TASK'}`,
      cause: error,
    });
  }
}

/** @throws WeirError for a file that is broken, gone, or has no such flow any more */
async function codeAsItIsNow(
  { store, describe }: { readonly store: Store; readonly describe: Describe },
  row: FlowRunRow,
  keep: boolean,
): Promise<FlowDescription> {
  const sameCode =
    row.codeHash !== null && store.codeVersions.has(row.codeHash)
      ? `mend the file, or go on with the code that the run had: weir retry ${row.id} --same-code`
      : 'mend the file first';
  const deployed = deployedCodeFor(store, row)?.codeHash ?? null;
  const code = deployed === null ? null : store.codeVersions.filesOf(deployed);
  let flows: readonly FlowDescription[];
  try {
    flows = await describe(row.path, {
      ...{ keep, infrastructure: row.infrastructure as HostKind },
      ...(code === null ? {} : { code }),
    });
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    const hint = error.hint === undefined ? sameCode : `${error.hint}; ${sameCode}`;
    throw new WeirError(error.code, error.message, { hint, cause: error });
  }
  const flow = flows.find((each) => each.name === row.flow);
  if (flow !== undefined) return flow;
  throw new WeirError(
    'invalid-flow',
    `${row.path} has no flow "${row.flow}" any more; it exports ${namesOf(flows).join(', ')}`,
    {
      hint: sameCode,
    },
  );
}

function refuseUnlessKept(store: Store, row: FlowRunRow): void {
  if (row.codeHash !== null && store.codeVersions.has(row.codeHash)) return;
  throw new WeirError('conflict', `the code that run ${row.id} was driven with was not kept`, {
    hint: isExecPath(row.path)
      ? 'run the command again: weir exec'
      : `with the code as it is now: weir retry ${row.id}`,
  });
}
