/**
 * The handlers of a YAML flow: commands that run once its final state is recorded, told what happened by their
 * environment. They change nothing of the run, as no hook does.
 */
import { WeirError } from '../../model/errors.ts';
import { delayBefore, retriesLeft } from '../../model/retry.ts';
import type { HookEvent } from '../../sdk/hooks.ts';
import { delay } from '../delay.ts';
import type { Scope } from '../scope.ts';
import type { YamlHandler } from '../yaml/yaml-flow.ts';
import { handlerCommand } from './command.ts';
import { asData, runContexts } from './contexts.ts';
import { type YamlPlace, zoneOf } from './place.ts';

/** Runs it, as often as its retries allow. @throws what its last try threw */
export async function runHandler(
  place: YamlPlace,
  handler: YamlHandler,
  event: HookEvent,
  scope: Scope | undefined,
): Promise<void> {
  const { callMaker } = scope?.line ?? {};
  if (!scope || !callMaker) throw new WeirError('internal', 'a handler was run outside of its run');
  const templates = handler.work.kind === 'script' ? [handler.work.script] : handler.work.arguments;
  const readers = [...templates, ...Object.values(handler.surroundings.env)].map(asData);
  const contexts = {
    ...(await runContexts(scope, readers, zoneOf(place.flow))),
    params: event.params,
    tasks: place.ended.get(event.flowRun.id) ?? {},
  };
  const command = {
    ...handlerCommand(place, contexts, handler, scope.hook ?? 'a handler'),
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

function variablesOf({ state, error, url, failedTask }: HookEvent): Readonly<Record<string, string>> {
  return {
    WEIR_STATE: state.type,
    WEIR_STATE_NAME: state.name,
    WEIR_ERROR: error?.message ?? state.message ?? '',
    WEIR_FAILED_TASK: failedTask ?? '',
    ...(url === null ? {} : { WEIR_URL: url }),
  };
}
