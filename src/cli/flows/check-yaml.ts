/** What `weir check` tells of a YAML flow: all that is wrong with it, or what it is. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { formatDuration } from '../../model/duration.ts';
import { parseEnvFile } from '../../model/env-file.ts';
import { WeirError } from '../../model/errors.ts';
import { expectationOf } from '../../model/param-schema.ts';
import type { ScheduleInput } from '../../model/schedule-input.ts';
import { defaultShell, findMissing } from '../../runner/yaml/missing.ts';
import { parseYamlFlow } from '../../runner/yaml/parse.ts';
import type { YamlForEach, YamlHandler, YamlTask, YamlTemplate, YamlWork } from '../../runner/yaml/yaml-flow.ts';
import { type Describe, judgeCalledFlows } from './called-flows.ts';
import { type CheckedFile, type CheckedFlow, checkedSchedules } from './checked-flow.ts';

/** What the database knows that flows ask for by name; null when nobody can tell. */
export interface Known {
  readonly limits: ReadonlyMap<string, number> | null;
  readonly secrets: ReadonlySet<string> | null;
}

/** Reads and judges the file, and those whose flows it calls. */
export async function checkYaml(
  path: string,
  { limits, secrets }: Known,
  now: number,
  describe: Describe,
): Promise<CheckedFile> {
  const bytes = bytesOf(path);
  const parsed = parseYamlFlow(bytes, { path, limits });
  const { flow } = parsed;
  const machine = { folder: dirname(resolve(path)), env: process.env, secrets };
  if (flow !== null) {
    findMissing(flow, parsed, machine);
    await judgeCalledFlows(path, flow, parsed.complain, describe);
  }
  const problems = parsed.problems;
  if (flow === null || problems.some((problem) => problem.severity === 'error')) return { path, problems, flows: [] };
  const { surroundings } = flow;
  const schema = (flow.paramsSchema?.properties ?? {}) as Readonly<Record<string, { readonly default?: unknown }>>;
  const checked: CheckedFlow = {
    name: flow.name,
    kind: 'yaml',
    description: flow.description,
    params: flow.params.map((param) => ({
      name: param.name,
      type: expectationOf(param.schema, param.schema) ?? 'anything',
      required: param.default === undefined,
      default: schema[param.name]?.default ?? null,
    })),
    tasks: flow.tasks.map((task) => ({
      name: task.name,
      needs: task.needs,
      does: doingOf(task.work),
      note: noteOf(task),
    })),
    handlers: Object.entries(flow.handlers).map(([name, handler]) => ({
      name,
      does: doingOf((handler as YamlHandler).work),
    })),
    // Their warnings are told with their places already.
    schedules: checkedSchedules(flow.schedules as ScheduleInput[], flow.name, now).map((each) => ({
      ...each,
      warnings: [],
    })),
    shell: surroundings.shell ?? defaultShell(machine),
    folder:
      surroundings.workingDir === null ? machine.folder : resolve(machine.folder, textOf(surroundings.workingDir)),
    environment: {
      inherit: surroundings.inheritEnv,
      files: surroundings.envFiles.map((file) => {
        const whole = resolve(machine.folder, file);
        return { path: whole, variables: parseEnvFile(readFileSync(whole, 'utf8')).variables.size };
      }),
      variables: [...new Set(surroundings.env.map(([name]) => name))],
      secrets: surroundings.secrets,
      venv: surroundings.venv === null ? null : resolve(machine.folder, surroundings.venv),
      conda: surroundings.conda,
    },
    limits: flow.concurrencyLimits,
  };
  return { path, problems, flows: [checked] };
}

/** @throws WeirError `file-system` */
function bytesOf(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new WeirError('file-system', `${path} cannot be read: ${(cause as Error).message}`, {
      hint: 'check its rights',
      cause,
    });
  }
}

/** The first line of what it does. */
function doingOf(work: YamlWork): string {
  switch (work.kind) {
    case 'script': {
      const lines = textOf(work.script)
        .split('\n')
        .filter((line) => line.trim() !== '' && !line.startsWith('#'));
      return `${lines[0] ?? ''}${lines.length > 1 ? ' ...' : ''}`;
    }
    case 'arguments':
      return work.arguments.map(textOf).join(' ');
    case 'flow':
      return `flow ${work.text}`;
    case 'promote':
      return `promotes ${work.model} if ${work.metric} is ${work.goal === 'min' ? 'lower' : 'higher'}`;
  }
}

/** What is not said by its place in the tree. */
function noteOf(task: YamlTask): string {
  const { retry, cache } = task;
  const notes = [
    task.trigger === 'all_success' ? '' : `when ${task.trigger}`,
    task.condition === null ? '' : `if ${task.condition.text}`,
    task.forEach === null
      ? ''
      : `for each of ${itemsOf(task.forEach)}${task.maxConcurrency === null ? '' : `, ${task.maxConcurrency} at once`}`,
    retry.retries === 0 ? '' : `${retry.retries} ${retry.retries === 1 ? 'retry' : 'retries'}`,
    task.timeoutMs === null ? '' : `at most ${formatDuration(task.timeoutMs)}`,
    cache === null ? '' : `cached${cache.expiresMs === null ? '' : ` for ${formatDuration(cache.expiresMs)}`}`,
    ...Object.entries(task.occupies).map(([name, amount]) => `occupies ${amount} of ${name}`),
    task.continueOnFailure ? 'may fail' : '',
  ];
  return notes.filter((note) => note !== '').join(', ');
}

function itemsOf(forEach: YamlForEach): string {
  if (forEach.kind === 'matrix') return Object.keys(forEach.dimensions).join(' x ');
  const { items } = forEach;
  if (items.kind === 'template') return textOf(items.template);
  const list = items.kind === 'plain' ? (items.value as unknown[]) : items.kind === 'list' ? items.items : [];
  return `${list.length} items`;
}

/** As it is written. */
function textOf({ parts, expressions }: YamlTemplate): string {
  return parts
    .map((part, at) => part + (expressions[at] === undefined ? '' : `\${{ ${expressions[at].text} }}`))
    .join('');
}
