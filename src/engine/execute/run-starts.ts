/**
 * What a runner is told to drive an attempt: the run, what of it is finished already, and which code to load. A run
 * keeps the code version that it began with; only `weir retry` gives it another one.
 */
import { isExecPath } from '../../model/exec-run.ts';
import type { LoadedCode } from '../../model/flow-description.ts';
import { failuresIn } from '../../model/retry.ts';
import { retryAt } from '../../model/retry-at.ts';
import { AROUND } from '../../model/retry-plan.ts';
import type { FormerTask, MemoEntry, RunSnapshot, RunStart, SpentAttempts } from '../../model/run-start.ts';
import { isFinal } from '../../model/state.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { Store } from '../../store/store.ts';
import type { TaskRunRow } from '../../store/task-runs.ts';
import { contentFile } from './large-results.ts';

export interface RunStarts {
  /** `begins`: the run is new, so that what is on disk now is its version, if it has any files there. */
  startOf(row: FlowRunRow, earlier: readonly TaskRunRow[], options: { readonly begins: boolean }): RunStart;
  /** Keeps the version that a run has told of; gives the run as it is then. Call it inside a transaction. */
  keepCode(row: FlowRunRow, code: LoadedCode): FlowRunRow;
}

export interface RunStartsParts {
  readonly store: Store;
  readonly now: () => number;
  readonly parallelism: number;
}

export function createRunStarts({ store, now, parallelism }: RunStartsParts): RunStarts {
  const { codeVersions, flowRuns } = store;
  /** By path, the version that was loaded last: the next run of a deployment need not tell its files again. */
  const lastHashes = new Map<string, string>();
  let lastSnapshot: { readonly hash: string; readonly snapshot: RunSnapshot } | null = null;

  /** Runs of one deployment follow each other: what was read last is likely to be asked for again. */
  function snapshotOf(hash: string): RunSnapshot {
    if (lastSnapshot?.hash === hash) return lastSnapshot.snapshot;
    // One that is gone is told when its copy is asked for.
    const { root, packages } = store.snapshots.manifestOf(hash) ?? { root: '/', packages: {} };
    lastSnapshot = { hash, snapshot: { root, packages } };
    return lastSnapshot.snapshot;
  }

  return {
    startOf(row, earlier, { begins }) {
      const hash = row.codeHash ?? lastHashes.get(row.path) ?? null;
      const isKept = hash !== null && codeVersions.has(hash);
      const isServed = (!begins || isExecPath(row.path)) && row.codeHash !== null;
      return {
        runId: row.id,
        flow: row.flow,
        path: row.path,
        entry: row.entry,
        params: row.params,
        attempt: row.attempt + 1,
        name: row.name,
        url: row.options.hooks === undefined ? null : pageOf(store, row.id),
        tags: row.tags,
        trigger: row.trigger,
        slot:
          row.slotAt === null
            ? null
            : {
                time: row.slotAt,
                start: row.slotStartAt,
                end: row.slotAt,
                coversFrom: row.slotCoversFrom,
                zone: row.scheduleId === null ? null : store.deployments.zoneOf(row.scheduleId),
              },
        runDir: store.runFolder(row.id),
        memo: earlier.map((task) => memoOf(store, task, row.onlyTask !== null)),
        only: row.onlyTask,
        hooks: row.attempt === 0 ? [] : store.hooks.dueOf(row.id),
        sleeps: row.attempt === 0 ? [] : store.sleeps.ofRun(row.id),
        codeHash: isKept ? hash : null,
        code: isKept && isServed ? codeVersions.filesOf(hash) : null,
        ...(row.snapshotHash === null ? {} : { snapshot: snapshotOf(row.snapshotHash) }),
        parallelism,
      };
    },

    keepCode(row, { hash, files }) {
      lastHashes.set(row.path, hash);
      if (files !== null) codeVersions.put(hash, files, now());
      if (row.codeHash === hash) return row;
      flowRuns.setCode(row.id, hash);
      return { ...row, codeHash: hash };
    },
  };
}

/** On the server that shows this file, if there is one. */
function pageOf({ processes }: Store, run: number): string | null {
  const server = processes.believedAlive().find(({ role, url }) => role === 'server' && url !== null);
  return server?.url ? `${server.url}/runs/${run}` : null;
}

function memoOf(store: Store, task: TaskRunRow, withPlace: boolean): MemoEntry {
  const { identity, attempt, again, scope, name, position, flowAttempt, state, error } = task;
  const spent = spentOf(task);
  const isReusable = state.type === 'COMPLETED' && task.reusable && again === null;
  return {
    identity,
    attempt,
    result: isReusable ? task.result : null,
    ...(spent === null ? {} : { spent }),
    ...(isReusable && task.resultHash !== null
      ? { content: contentFile(store, { hash: task.resultHash, size: task.resultSize ?? 0 }) }
      : {}),
    ...(again === null ? {} : { again: true }),
    ...(withPlace ? { former: { scope, name, position, flowAttempt, again: kindOf(again), state, error } } : {}),
  };
}

/** What it has used up of its retries: in hosts that were ended, or in a process that died or was stopped. */
function spentOf({ spent, error, state, states }: TaskRunRow): SpentAttempts | null {
  const failures = isFinal(state.type) ? 0 : failuresIn(states);
  const isUnseen = spent > 0 && (isFinal(state.type) || (state.name === 'AwaitingRetry' && failures <= spent));
  if (isUnseen && error !== null) return { attempts: spent, unseen: error, until: null };
  if (failures === 0) return null;
  return { attempts: Math.max(spent, failures), unseen: null, until: retryAt(state) };
}

function kindOf(again: string | null): FormerTask['again'] {
  if (again === null) return null;
  return again === AROUND ? 'around' : 'itself';
}
