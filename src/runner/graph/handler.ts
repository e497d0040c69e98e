/**
 * The handlers of a YAML flow: commands that run once its final state is recorded, told what happened by their
 * environment. They change nothing of the run, as no hook does.
 */
import { formatDuration } from '../../model/duration.ts';
import { WeirError } from '../../model/errors.ts';
import { toPlainError } from '../../model/plain-error.ts';
import { delayBefore, retriesLeft } from '../../model/retry.ts';
import type { HookEvent } from '../../sdk/hooks.ts';
import { delay } from '../delay.ts';
import { type Scope, scopes, withLimit } from '../scope.ts';
import { timeLimit } from '../time-limit.ts';
import type { YamlData, YamlHandler } from '../yaml/yaml-flow.ts';
import { handlerCommand } from './command.ts';
import { asData, expressionsOf, names, runContexts } from './contexts.ts';
import { endedTasks } from './ended-tasks.ts';
import { environmentOf } from './environment.ts';
import type { YamlPlace } from './place.ts';

/** A handler that says nothing of its time has this long for each try, ms: longer than a hook, for it may clean up. */
const HANDLER_LIMIT_MS = 10 * 60_000;

/** Runs it, as often as its retries allow. @throws what its last try threw */
export async function runHandler(
  place: YamlPlace,
  handler: YamlHandler,
  event: HookEvent,
  scope: Scope | undefined,
): Promise<void> {
  const { callMaker } = scope?.line ?? {};
  if (!scope || !callMaker) throw new WeirError('internal', 'a handler was run outside of its run');
  const readers = readersOf(handler);
  const given = {
    ...(await runContexts(scope, readers)),
    params: event.params,
    tasks: await endedTasks(place, scope, event.flowRun.id),
  };
  const isNamed = names(readers.flatMap(expressionsOf), 'env');
  const { contexts, variables } = environmentOf(place, given, handler.surroundings, isNamed);
  const name = scope.hook ?? 'a handler';
  const what = `${name} of flow "${event.flowRun.flow}"`;
  const command = {
    ...handlerCommand({ place, contexts, variables }, handler, name),
    extraEnv: variablesOf(event),
  };
  // Of each try, as of a task's: one that hangs must not take the time of those that follow.
  const once = async () => {
    const limit = timeLimit(handler.timeoutMs ?? HANDLER_LIMIT_MS, scope.signal, what);
    try {
      // A command must be gone before it is tried again, or told to be over.
      await limit.outlast(scopes.run(withLimit(scope, limit), () => callMaker.command(command)));
    } finally {
      limit.clear();
    }
  };
  for (let tried = 1; ; tried++) {
    try {
      return await once();
    } catch (error) {
      if (scope.signal.aborted || !retriesLeft(handler.retry, tried)) throw error;
      const delayMs = delayBefore(handler.retry, tried, Math.random);
      const again = `tried again ${delayMs > 0 ? `in ${formatDuration(delayMs)}` : 'at once'}`;
      const text = `${what} failed and is ${again} (retry ${tried} of ${handler.retry.retries}): ${reasonOf(error)}`;
      scope.line.report({ kind: 'log', call: scope.call, stream: 'log', level: 'warn', at: Date.now(), text });
      await delay(delayMs, scope.signal);
    }
  }
}

function reasonOf(error: unknown): string {
  const { name, message } = toPlainError(error);
  return name === 'TimedOut' ? `TimedOut: ${message}` : message;
}

/** Everything in it that may hold expressions. */
function readersOf({ work, surroundings: { env, workingDir } }: YamlHandler): readonly YamlData[] {
  const templates = work.kind === 'script' ? [work.script] : work.arguments;
  return [...templates, ...env.map(([, template]) => template), ...(workingDir === null ? [] : [workingDir])].map(
    asData,
  );
}

function variablesOf({ state, error, url, failedTask }: HookEvent): Readonly<Record<string, string>> {
  return {
    WEIR_STATE: state.type,
    WEIR_STATE_NAME: state.name,
    // How many failed is said by the state; what is to be done, by what the first of them failed of.
    WEIR_ERROR: (state.type === 'FAILED' ? failedTask?.message : null) ?? error?.message ?? state.message ?? '',
    WEIR_STATE_MESSAGE: state.message ?? '',
    WEIR_FAILED_TASK: failedTask?.name ?? '',
    ...(url === null ? {} : { WEIR_URL: url }),
  };
}
