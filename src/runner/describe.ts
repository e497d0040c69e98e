/** What the engine is told of the flows in a file: plain data, with the parameters as JSON Schema. */

import type { FlowDescription, FlowRules, LoadedCode } from '../model/flow-description.ts';
import type { HookName } from '../model/hook.ts';
import { UNCHECKED_MARK } from '../model/param-schema.ts';
import { resolveRetryDelay } from '../model/retry.ts';
import type { FlowDefinition, FlowOptions } from '../sdk/flow.ts';
import type { TaskDefinition } from '../sdk/task.ts';
import { codeHashOf } from './call-identity.ts';
import type { CodeVersion } from './code-version.ts';
import type { LoadedFile, LoadedFlow } from './loaded-file.ts';

const CRASH_RETRIES = 2;

export function describeFlows(
  file: LoadedFile,
  version: CodeVersion,
  tasks: Iterable<TaskDefinition>,
  toJsonSchema: (schema: unknown) => Record<string, unknown> | null,
): FlowDescription[] {
  const code = version.loaded(null);
  const byName = [...Map.groupBy(tasks, (task) => task.name)];
  const taskCodes = Object.fromEntries(byName.map(([name, namesakes]) => [name, namesakes.map(codeHashOf)]));
  const files = version.paths();
  const packages = version.packages();
  return file.flows.map((flow) => ({
    ...describeFlow(flow, code, files, tasks, taskCodes, toJsonSchema),
    packages,
  }));
}

function describeFlow(
  flow: LoadedFlow,
  code: LoadedCode,
  files: readonly string[],
  tasks: Iterable<TaskDefinition>,
  taskCodes: FlowDescription['taskCodes'],
  toJsonSchema: (schema: unknown) => Record<string, unknown> | null,
): Omit<FlowDescription, 'packages'> {
  const { options } = flow.definition;
  return {
    name: flow.name,
    entry: flow.entry,
    description: options.description ?? '',
    version: options.version ?? null,
    tags: options.tags ?? [],
    schedules: flow.definition.schedules,
    paramsSchema: describeParams(options, toJsonSchema),
    options: rulesOf(flow.definition, tasks),
    codeHash: code.hash,
    code: code.files,
    files,
    taskCodes,
  };
}

/** Where nothing is validated, any name may come; the types still tell how text is to be read. */
function describeParams(
  { params, validateParams }: FlowOptions,
  toJsonSchema: (schema: unknown) => Record<string, unknown> | null,
): Record<string, unknown> | null {
  const schema = params === undefined ? null : toJsonSchema(params);
  return schema !== null && validateParams === false
    ? { ...schema, additionalProperties: true, [UNCHECKED_MARK]: true }
    : schema;
}

/** What the engine judges a run of the flow by; `tasks` are those of its file. */
export function rulesOf(
  { options, timeoutMs, hooks, graph }: FlowDefinition,
  tasks: Iterable<TaskDefinition>,
): FlowRules {
  const declared = Object.keys(hooks) as HookName[];
  const taskHooks = [...new Set([...tasks].flatMap((task) => Object.keys(task.hooks) as HookName[]))];
  return {
    retries: options.retries ?? 0,
    retryDelay: resolveRetryDelay(options.retryDelay),
    retryJitter: options.retryJitter ?? 0,
    crashRetries: options.crashRetries ?? CRASH_RETRIES,
    timeoutMs,
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
    ...(options.pauseAfterFailures === undefined ? {} : { pauseAfterFailures: options.pauseAfterFailures }),
    concurrencyLimits: options.concurrencyLimits ?? {},
    ...(options.occupies === undefined ? {} : { occupies: options.occupies }),
    runName: options.runName ?? null,
    infrastructure: options.infrastructure ?? 'thread',
    ...(declared.length === 0 ? {} : { hooks: declared }),
    ...(taskHooks.length === 0 ? {} : { taskHooks }),
    ...(graph?.isShared ? { sharesThread: true } : {}),
  };
}
