/**
 * The handlers of a YAML flow: commands that run once its final state is recorded, told what happened by their
 * environment. They change nothing of the run, as no hook does.
 */
import { WeirError } from '../../model/errors.ts';
import { delayBefore, retriesLeft } from '../../model/retry.ts';
import type { HookEvent } from '../../sdk/hooks.ts';
import { delay } from '../delay.ts';
import type { Scope } from '../scope.ts';
import type { YamlData, YamlHandler } from '../yaml/yaml-flow.ts';
import { handlerCommand } from './command.ts';
import { asData, expressionsOf, names, runContexts } from './contexts.ts';
import { endedTasks } from './ended-tasks.ts';
import { environmentOf } from './environment.ts';
import type { YamlPlace } from './place.ts';

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
  const command = {
    ...handlerCommand({ place, contexts, variables }, handler, scope.hook ?? 'a handler'),
    extraEnv: variablesOf(event),
  };
  for (let tried = 1; ; tried++) {
    try {
      await callMaker.command(command);
      return;
    } catch (error) {
      if (scope.signal.aborted || !retriesLeft(handler.retry, tried)) throw error;
      await delay(delayBefore(handler.retry, tried, Math.random), scope.signal);
    }
  }
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
