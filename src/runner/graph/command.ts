/**
 * The command of a task or handler, with every expression evaluated. A value never becomes script text: in a script for a
 * POSIX shell each one goes to an environment variable (model/shell-script.ts), other shells' scripts hold none.
 */
import { WeirError } from '../../model/errors.ts';
import { type CodeSources, UNKNOWN } from '../../model/named-files.ts';
import type { ShellScalar, ShellValue } from '../../model/shell-script.ts';
import { scopes } from '../scope.ts';
import type { ShellCommand, ShellWork } from '../shell/shell-command.ts';
import type { YamlData, YamlExpression, YamlHandler, YamlTask, YamlTemplate, YamlWork } from '../yaml/yaml-flow.ts';
import type { TaskCallParts } from './call-parts.ts';
import type { Contexts } from './contexts.ts';
import type { YamlPlace } from './place.ts';
import type { TaskResult } from './task-end.ts';
import type { Upstream } from './upstream.ts';

type CommandWork = Extract<YamlWork, { kind: 'script' | 'arguments' }>;

interface CommandParts {
  readonly place: YamlPlace;
  readonly contexts: Contexts;
  /** How the message of an error calls it: `task "train"`. */
  readonly who: string;
}

export function commandOf(parts: TaskCallParts, work: CommandWork): ShellCommand {
  const { task, item, hasItem, place, contexts } = parts;
  const files = Object.entries(task.files).map(([name, path]) => [name, place.yaml.renderTemplate(path, contexts)]);
  return {
    ...shellOf(parts, task.surroundings),
    work: workOf({ place, contexts, who: `task "${task.name}"` }, work),
    files: Object.fromEntries(files),
    inputs: { ...(hasItem ? { item } : {}), ...handedOn(contexts) },
  };
}

/** The command of a handler, which hands on nothing. */
export function handlerCommand(
  parts: Pick<TaskCallParts, 'place' | 'contexts' | 'variables'>,
  handler: YamlHandler,
  who: string,
): ShellCommand {
  const { place, contexts } = parts;
  const work = workOf({ place, contexts, who }, handler.work);
  return { ...shellOf(parts, handler.surroundings), work, inputs: handedOn(contexts) };
}

/** Runs it in the scope of its task run; what it hands on is the result. */
export async function runCommand(command: ShellCommand): Promise<TaskResult> {
  const { callMaker } = scopes.getStore()?.line ?? {};
  if (!callMaker) throw new WeirError('internal', 'a command of a graph was run outside of its task');
  const { outputs, files, metrics, exitCode } = await callMaker.command(command);
  return { outputs, files, metrics, result: exitCode, finished_at: new Date().toISOString() };
}

/** What stands in the file: the command itself, and how it is run. */
export function codeOfCommand({ surroundings, files }: YamlTask, work: CommandWork): string {
  const { shell, inheritEnv, envFiles, venv, conda } = surroundings;
  const texts = work.kind === 'script' ? work.script : work.arguments;
  return JSON.stringify([texts, shell, inheritEnv, envFiles, venv, conda, Object.keys(files)], (key, value) =>
    key === 'at' || key === 'reads' ? undefined : (value as unknown),
  );
}

/** What names the project files that are part of a task's code; values are inputs, and name none. */
export function sourcesOf({ code, work }: YamlTask, { cwd, files }: ShellCommand): CodeSources {
  const text = ({ parts }: YamlTemplate) => parts.join(UNKNOWN);
  return {
    ...(work.kind === 'script' && work.isPosix ? { script: text(work.script) } : {}),
    ...(work.kind === 'promote' ? { script: text(work.evaluate) } : {}),
    ...(work.kind === 'arguments' ? { argv: work.arguments.map(text) } : {}),
    globs: code,
    cwd: cwd ?? null,
    handsOn: Object.values(files ?? {}),
  };
}

/** What tells one evaluation from another; the rest stands in the file and is the task's code. */
export function givenOf({ work, cwd, env, files }: ShellCommand): unknown {
  const values = work.kind === 'script' ? work.values : work.kind === 'arguments' ? work.argv : [];
  return { values, cwd: cwd ?? null, env: env ?? {}, files: files ?? {} };
}

/** Paths of files that upstreams hand on lie elsewhere each time: by their contents they are known again. */
export function byContent(given: unknown, { files }: Upstream): unknown {
  if (files.size === 0) return given;
  let text = JSON.stringify(given);
  for (const [path, sha256] of files) text = text.replaceAll(JSON.stringify(path).slice(1, -1), `sha256:${sha256}`);
  return JSON.parse(text) as unknown;
}

/** Parameters of a subflow; null is a value there. */
export function paramsOfCall(
  { contexts, place }: TaskCallParts,
  params: Readonly<Record<string, YamlData>>,
): Readonly<Record<string, unknown>> {
  const values = Object.entries(params).map(([name, data]) => [name, place.yaml.renderData(data, contexts)]);
  return Object.fromEntries(values);
}

/** A script that a task runs besides its own work. */
export function scriptCommand(parts: TaskCallParts, script: YamlTemplate, isPosix: boolean): ShellCommand {
  const { task, place, contexts } = parts;
  const work = { kind: 'script', script, isPosix } as const;
  return {
    ...shellOf(parts, task.surroundings),
    work: workOf({ place, contexts, who: `task "${task.name}"` }, work),
  };
}

/** All templates that a task's command is made of. */
export function templatesOf({ surroundings, files, work }: YamlTask): readonly YamlTemplate[] {
  return [
    ...surroundings.env.map(([, template]) => template),
    ...(surroundings.workingDir === null ? [] : [surroundings.workingDir]),
    ...Object.values(files),
    ...(work.kind === 'script' ? [work.script] : work.kind === 'arguments' ? work.arguments : []),
  ];
}

/** How it is run. */
function shellOf(
  { place, contexts, variables }: Pick<TaskCallParts, 'place' | 'contexts' | 'variables'>,
  { workingDir, env: _, ...rest }: YamlTask['surroundings'],
): Omit<ShellCommand, 'work'> {
  const cwd = workingDir === null ? null : place.yaml.renderTemplate(workingDir, contexts);
  return { ...rest, env: variables, cwd };
}

function workOf(parts: CommandParts, work: CommandWork): ShellWork {
  const { yaml } = parts.place;
  if (work.kind === 'arguments')
    return { kind: 'arguments', argv: work.arguments.flatMap((argument) => argumentsOf(parts, argument)) };
  const { parts: texts, expressions } = work.script;
  if (!work.isPosix) return { kind: 'plain-script', script: texts.join('') };
  const values = expressions.map((expression) =>
    shellValue(parts, expression, yaml.evaluate(expression, parts.contexts)),
  );
  return { kind: 'script', parts: texts, values };
}

/** An argument that is one expression of a list becomes several. */
function argumentsOf(parts: CommandParts, argument: YamlTemplate): string[] {
  const { yaml } = parts.place;
  const only = yaml.onlyExpression(argument);
  if (only !== null && argument.parts.every((part) => part === '')) {
    const value = shellValue(parts, only, yaml.evaluate(only, parts.contexts));
    return Array.isArray(value) ? value.map(String) : [String(value)];
  }
  for (const expression of argument.expressions)
    shellValue(parts, expression, yaml.evaluate(expression, parts.contexts));
  return [yaml.renderTemplate(argument, parts.contexts)];
}

/** @throws WeirError `invalid-value`: nothing in a command is a mistake that would run with an argument less */
function shellValue({ who }: CommandParts, { text }: YamlExpression, value: unknown): ShellValue {
  if (value === null || value === undefined)
    throw new WeirError('invalid-value', `\${{ ${text} }} in the command of ${who} is null: there is no such value`, {
      hint: `check its name, or give it another value: \${{ ${text} || 'none' }}`,
    });
  return Array.isArray(value) ? value.map(scalarOf) : scalarOf(value);
}

function scalarOf(value: unknown): ShellScalar {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : (value as ShellScalar);
}

/** For WEIR_INPUTS: what every task upstream hands on. */
function handedOn({ tasks, run }: Contexts): Readonly<Record<string, unknown>> {
  const ends = Object.entries((tasks ?? {}) as Record<string, { outputs: unknown; files: unknown; state: unknown }>);
  const member = (name: 'outputs' | 'files' | 'state') =>
    Object.fromEntries(ends.map(([task, end]) => [task, end[name]]));
  return { run, outputs: member('outputs'), files: member('files'), states: member('state') };
}
