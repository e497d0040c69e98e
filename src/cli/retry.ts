/**
 * `weir retry`: the same run once more, with the code as it is now: what finished is reused, what failed or did not run
 * is run. Everything is checked before anything is changed.
 */
import type { Engine } from '../engine/engine.ts';
import { refuseUnlessRetriable, reopenRun, rootOf, selectIn } from '../engine/retry.ts';
import { selectRun } from '../engine/select-run.ts';
import { deployedCodeFor } from '../engine/snapshots.ts';
import { EXIT, WeirError } from '../model/errors.ts';
import { isExecPath } from '../model/exec-run.ts';
import type { FlowDescription } from '../model/flow-description.ts';
import type { HostKind } from '../model/message.ts';
import type { Selection } from '../model/retry-plan.ts';
import type { FlowRunRow } from '../store/flow-runs.ts';
import { carryOn } from './carry-on.ts';
import type { GlobalFlags } from './declare.ts';
import { say } from './output.ts';
import { printForecast } from './retry-forecast.ts';
import { withEngine } from './session.ts';

interface RetryFlags extends GlobalFlags {
  readonly from?: string;
  readonly only?: string;
  readonly sameCode?: boolean;
  readonly dryRun?: boolean;
}

export async function retry([id]: [string?], flags: RetryFlags): Promise<number> {
  if (flags.from !== undefined && flags.only !== undefined)
    throw new WeirError('usage', '--from and --only exclude each other', {
      hint: '--from TASK runs everything downstream as well, --only TASK just that one',
    });
  return withEngine(flags, flags.dryRun ? 'command' : 'run', async (engine) => {
    const asked = selectRun(engine.store, id);
    const row = rootOf(engine.store, asked);
    if (row.id !== asked.id) say(`run ${asked.id} is a subflow: it is retried inside of run ${row.id}`);
    const selection = selectionOf(engine, row, flags, asked);
    refuseUnlessRetriable(row, selection);
    // A command of `weir exec` has no other code than what was kept with its run.
    const isSameCode = flags.sameCode === true || isExecPath(row.path);
    const code = isSameCode ? null : await codeAsItIsNow(engine, row);
    if (isSameCode) refuseUnlessKept(engine, row);
    if (flags.dryRun) {
      printForecast(engine.store, row, selection, code, flags.json === true);
      return EXIT.ok;
    }
    await reopenRun(engine, row.id, { selection, code });
    say(`retrying run ${row.id} of ${row.flow}, attempt ${row.attempt + 1}`);
    return carryOn(engine, row.id, { json: flags.json === true });
  });
}

function selectionOf({ store }: Engine, row: FlowRunRow, flags: RetryFlags, asked: FlowRunRow): Selection | null {
  const kind = flags.from === undefined ? 'only' : 'from';
  const text = flags.from ?? flags.only;
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
async function codeAsItIsNow(engine: Engine, row: FlowRunRow): Promise<FlowDescription> {
  const sameCode =
    row.codeHash !== null && engine.store.codeVersions.has(row.codeHash)
      ? `mend the file, or go on with the code that the run had: weir retry ${row.id} --same-code`
      : 'mend the file first';
  let flows: readonly FlowDescription[];
  const deployed = deployedCodeFor(engine.store, row)?.codeHash ?? null;
  const code = deployed === null ? null : engine.store.codeVersions.filesOf(deployed);
  try {
    flows = await engine.pool.describe(row.path, {
      ...{ keep: true, infrastructure: row.infrastructure as HostKind },
      ...(code === null ? {} : { code }),
    });
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    const hint = error.hint === undefined ? sameCode : `${error.hint}; ${sameCode}`;
    throw new WeirError(error.code, error.message, { hint, cause: error });
  }
  const flow = flows.find((each) => each.name === row.flow);
  if (flow !== undefined) return flow;
  const names = flows.map((each) => each.name).join(', ');
  throw new WeirError('invalid-flow', `${row.path} has no flow "${row.flow}" any more; it exports ${names}`, {
    hint: sameCode,
  });
}

function refuseUnlessKept(engine: Engine, row: FlowRunRow): void {
  if (row.codeHash !== null && engine.store.codeVersions.has(row.codeHash)) return;
  throw new WeirError('conflict', `the code that run ${row.id} was driven with was not kept`, {
    hint: isExecPath(row.path)
      ? 'run the command again: weir exec'
      : `with the code as it is now: weir retry ${row.id}`,
  });
}
