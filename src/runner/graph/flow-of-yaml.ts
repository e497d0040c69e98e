/**
 * From a YAML flow, read and found valid, to the description that every flow is executed by. What it runs are commands:
 * nothing of the user's is ever evaluated in this process.
 */
import { pathToFileURL } from 'node:url';
import { HOOK_NAMES, type HookName } from '../../model/hook.ts';
import type { FlowDefinition, FlowOptions } from '../../sdk/flow.ts';
import type { Hook, Hooks } from '../../sdk/hooks.ts';
import { scopes } from '../scope.ts';
import { GraphRun } from './graph-run.ts';
import { runHandler } from './handler.ts';
import { paramsOf } from './params.ts';
import type { YamlPlace } from './place.ts';

export function flowOfYaml(place: YamlPlace): FlowDefinition {
  const { flow, path } = place;
  const { retry } = flow;
  const options: FlowOptions = {
    name: flow.name,
    description: flow.description,
    tags: flow.tags,
    retries: retry.retries,
    retryDelay: retry.delay.kind === 'list' ? retry.delay.delaysMs : retry.delay,
    retryJitter: retry.jitter,
    concurrencyLimits: flow.concurrencyLimits,
    ...(flow.crashRetries === null ? {} : { crashRetries: flow.crashRetries }),
    ...(flow.maxConcurrency === null ? {} : { maxConcurrency: flow.maxConcurrency }),
    ...(flow.concurrency === null ? {} : { concurrency: flow.concurrency }),
    ...(flow.pauseAfterFailures === null ? {} : { pauseAfterFailures: flow.pauseAfterFailures }),
    ...(flow.infrastructure === null ? {} : { infrastructure: flow.infrastructure }),
    params: paramsOf(place),
  };
  return Object.freeze({
    name: flow.name,
    options,
    runner: 'concurrent',
    timeoutMs: flow.timeoutMs,
    schedules: flow.schedules as FlowDefinition['schedules'],
    file: pathToFileURL(path).href,
    hooks: hooksOf(place),
    graph: {
      widestTask: Math.max(0, ...flow.tasks.map((task) => task.maxConcurrency ?? 0)),
      code: place.code,
      isShared: place.isShared,
    },
    run: ((params: Readonly<Record<string, unknown>>) => new GraphRun(place, params).run()) as (
      params: never,
    ) => unknown,
  });
}

/** A graph tells its handlers what became of its tasks; a handler that runs in another host is told by the engine. */
function hooksOf(place: YamlPlace): Hooks {
  const hooks: Partial<Record<HookName, readonly Hook[]>> = {};
  for (const name of HOOK_NAMES) {
    const handler = name === 'on_running' ? undefined : place.flow.handlers[name];
    if (handler !== undefined) hooks[name] = [(event) => runHandler(place, handler, event, scopes.getStore())];
  }
  return Object.freeze(hooks);
}
