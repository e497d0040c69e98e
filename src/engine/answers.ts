/** What a runner may ask the engine: cached results, places in limits, the model registry. */
import { WeirError } from '../model/errors.ts';
import type { ModelVersion, Request, SubflowRequest } from '../model/message.ts';
import { isFinal } from '../model/state.ts';
import type { SourceRequest } from '../pool/source.ts';
import type { Store } from '../store/store.ts';
import type { ActiveRun } from './active-run.ts';
import type { EngineEvent } from './events.ts';

export interface Answers {
  answer(run: ActiveRun, request: AnswerableRequest): Promise<unknown>;
  /** Something was released; who waits longest is looked at first, after the commit. */
  limitsFreed(): void;
}

export interface AnswersParts {
  readonly store: Store;
  readonly now: () => number;
  readonly publish: (events: readonly EngineEvent[]) => void;
  readonly saveTasks: (run: ActiveRun) => void;
  /** False once the run has ended or was let go. */
  readonly isActive: (run: ActiveRun) => boolean;
}

/** What is answered here; commands are the pool's affair, subflows that of subflows.ts. */
export type AnswerableRequest = Exclude<SourceRequest, SubflowRequest>;

type Acquire = Extract<Request, { ask: 'acquire' }>;
type ModelRequest = Exclude<AnswerableRequest, { ask: 'cached-result' | 'acquire' }>;

/** Releases by other processes are not told to this one: waiting calls look again this often. */
const LOOK_AGAIN_MS = 250;

export function createAnswers({ store, now, publish, saveTasks, isActive }: AnswersParts): Answers {
  const { writer } = store;
  const waiting = new Set<() => void>();
  let nudged = false;

  /** Resolves when the call holds all it asked for; while it waits, its state says for which limit. */
  async function acquire(run: ActiveRun, { call, occupies }: Acquire): Promise<null> {
    for (;;) {
      const told: EngineEvent[] = [];
      const full = await writer.write(() => {
        const task = run.byCall.get(call);
        // Who gave up waiting must be given nothing: nobody would give it back.
        if (task === undefined || !isActive(run) || isFinal(task.state.type)) return null;
        if (task.id === 0) saveTasks(run);
        const taken = store.limits.tryTake(
          occupies,
          run.row.options.concurrencyLimits,
          { flowRunId: run.row.id, taskRunId: task.id },
          now(),
        );
        if (taken === null) {
          run.holding.add(call);
          return null;
        }
        refuseImpossible(occupies, taken);
        if (task.state.name === 'AwaitingLimit') return taken;
        const holders = store.limits.holders(taken.full).map((holder) => `run ${holder.flowRunId}`);
        const message = `waits for "${taken.full}" (capacity ${taken.capacity}), held by ${[...new Set(holders)].join(', ') || 'nobody'}`;
        const moved = run.moved({
          kind: 'task-state',
          call,
          state: { type: 'SCHEDULED', name: 'AwaitingLimit', message, at: now() },
        });
        saveTasks(run);
        if (moved !== null) told.push({ kind: 'task-state', runId: run.row.id, task: { ...moved }, reused: false });
        return taken;
      });
      publish(told);
      if (full === null) return null;
      await new Promise<void>((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          waiting.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, LOOK_AGAIN_MS);
        waiting.add(wake);
      });
    }
  }

  async function aboutModels(run: ActiveRun, request: ModelRequest): Promise<unknown> {
    const { registry, content } = store;
    const by = `run ${run.row.id}`;
    const origin = () => ({
      flowRunId: run.row.id,
      taskRunId: 'call' in request && request.call !== null ? (run.byCall.get(request.call)?.id ?? null) : null,
    });
    switch (request.ask) {
      case 'register-model': {
        const { model, labels } = request;
        const { format, fileName } = request.content;
        const { hash, size } =
          request.content.format === 'value'
            ? content.put(request.content.bytes)
            : await content.putFile(request.content.path);
        return writer.write(() =>
          registry.register({ model, contentHash: hash, size, format, fileName, labels, origin: origin(), now: now() }),
        );
      }
      case 'get-model': {
        const version = orNull(() => registry.get(request.model, request.selector));
        if (version === null) return null;
        const what = `version ${version.version} of model "${version.model}"`;
        const bytes = version.format === 'value' ? content.read(version.contentHash, what) : null;
        return { version, bytes, path: content.pathOf(version.contentHash) };
      }
      case 'list-models':
        return orNull(() => registry.list(request.model).toReversed()) ?? ([] satisfies ModelVersion[]);
      case 'list-decisions':
        return orNull(() => registry.decisions(request.model).toReversed()) ?? [];
      case 'find-decision':
        return writer.write(() => registry.findDecision(run.row.id, origin().taskRunId, request.model));
      case 'decide-promotion': {
        const { ask: _ask, call: _call, ...decision } = request;
        return writer.write(() => registry.decide({ ...decision, origin: origin(), decidedBy: by, now: now() }));
      }
      case 'promote-model': {
        const { model, selector, stage } = request;
        return writer.write(() => registry.promote({ model, selector, stage, by, origin: origin(), now: now() }));
      }
      case 'roll-back-model':
        return writer.write(() => registry.rollback({ model: request.model, by, origin: origin(), now: now() }));
    }
  }

  return {
    async answer(run, request) {
      if (request.ask === 'acquire') return acquire(run, request);
      if (request.ask === 'cached-result') return store.taskRuns.newestCached(request.key, now());
      return aboutModels(run, request);
    },
    limitsFreed() {
      if (nudged) return;
      nudged = true;
      void writer.flush().then(() => {
        nudged = false;
        for (const wake of [...waiting]) wake();
      });
    },
  };
}

/** More than there is will never be free. A capacity of 0 is a stop, and stops end. */
function refuseImpossible(
  occupies: Readonly<Record<string, number>>,
  { full, capacity }: { readonly full: string; readonly capacity: number },
): void {
  const wanted = occupies[full] ?? 0;
  if (capacity === 0 || wanted <= capacity) return;
  throw new WeirError('invalid-value', `the task occupies ${wanted} of "${full}", whose capacity is ${capacity}`, {
    hint: `occupy less, or raise it: weir concurrency-limit create ${full} ${wanted}`,
  });
}

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof WeirError && error.code === 'not-found') return null;
    throw error;
  }
}
