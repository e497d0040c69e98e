/** A checked file as people read it: problems with their lines, or the flow at a glance. */
import { renderProblem } from '../../runner/yaml/problem.ts';
import { colors, table, terminalWidth } from '../output.ts';
import { plainText } from '../terminal-text.ts';
import { taskTree } from '../tree/task-tree.ts';
import type { CheckedFile, CheckedFlow, CheckProblem } from './checked-flow.ts';
import { foldRows } from './folded-rows.ts';

const WIDEST_COMMAND = 40;
/** Of the longest heading, and the spaces around it. */
const HEADING = 'environment'.length + 4;

export function renderChecked({ path, problems, flows }: CheckedFile): string {
  const errors = problems.filter((problem) => problem.severity === 'error').length;
  const file = plainText(path);
  const told = problems.map((problem) => renderOne(file, problem));
  if (errors > 0)
    return [`${colors.red('✗')} ${file}: ${errors === 1 ? '1 error' : `${errors} errors`}`, ...told].join('\n');
  return [...flows.map((flow) => renderFlow(file, flow)), ...told].join('\n');
}

function renderOne(file: string, problem: CheckProblem): string {
  const { line, column, message, hint, severity, excerpt } = problem;
  const lines = (text: string) => text.split('\n').map(plainText).join('\n');
  if (line !== null && column !== null) {
    // Tabs stay, in the line and below it, so that the caret stands under its word.
    const shown = excerpt
      .split('\n')
      .map((each) => each.split('\t').map(plainText).join('\t'))
      .join('\n');
    const isPair = shown.split('\n').length === 2;
    const text = renderProblem(file, {
      severity,
      line,
      column,
      message: plainText(message),
      hint: hint === null ? null : plainText(hint),
      excerpt: isPair ? shown : '',
    });
    return isPair || excerpt === '' ? text : `${text}\n${lines(excerpt)}`;
  }
  const word = severity === 'warning' ? 'warning: ' : '';
  const place = line === null ? file : `${file}:${line}`;
  return [
    `${place}: ${word}${lines(message)}`,
    ...(excerpt === '' ? [] : [lines(excerpt)]),
    ...(hint === null ? [] : [`        ${plainText(hint)}`]),
  ].join('\n');
}

function renderFlow(file: string, flow: CheckedFlow): string {
  const rows = [
    ...group('params', flow.params.map(paramRow), [['none']]),
    ...group('tasks', taskRows(flow), []),
    ...group(
      'after it',
      flow.handlers.map(({ name, does }) => [name, colors.dim(cut(does))]),
      [],
    ),
    ...group('schedule', flow.schedules.map(scheduleRow), [['none']]),
    ...group(
      '',
      flow.schedules.flatMap(({ warnings }) => warnings.map((warning) => [colors.yellow(plainText(warning))])),
      [],
    ),
    ...group(
      'limits',
      Object.entries(flow.limits).map(([name, capacity]) => [`${plainText(name)} ${capacity}`]),
      [],
    ),
    ...group('shell', [[plainText(flow.shell)]], []),
    ...group('folder', [[plainText(flow.folder)]], []),
    ...group('environment', [[environmentOf(flow)]], []),
  ];
  const lines = rows.map(([name = '', ...cells]) => [`  ${colors.dim(name)}`, cells.join('  ')]);
  return `${colors.green('✓')} ${file}: ${colors.bold(plainText(flow.name))} is valid\n${table(lines)}`;
}

/** Rows under one heading, their cells lined up among themselves. */
function group(
  heading: string,
  rows: readonly (readonly string[])[],
  otherwise: readonly (readonly string[])[],
): string[][] {
  const shown = rows.length === 0 ? otherwise : rows;
  if (shown.length === 0) return [];
  return foldRows(shown, terminalWidth() - HEADING).map((line, at) => [at === 0 ? heading : '', line]);
}

function paramRow({ name, type, required, default: fallback }: CheckedFlow['params'][number]): string[] {
  const value = typeof fallback === 'string' ? fallback : JSON.stringify(fallback);
  return [
    plainText(name),
    plainText(type),
    required ? 'must be given' : colors.dim(`default ${plainText(cut(value))}`),
  ];
}

function taskRows({ tasks }: CheckedFlow): string[][] {
  if (tasks === null) return [[colors.dim('known when it runs: its code decides which tasks it calls')]];
  const does = new Map(tasks.map((task) => [task.name, task.does]));
  return taskTree(tasks).map(({ lead, name, note }) => [
    `${colors.dim(lead)}${plainText(name)}`,
    colors.dim(plainText(cut(does.get(name) ?? ''))),
    plainText(note),
  ]);
}

function scheduleRow({ schedule, timezone, is_machine_zone, next_local }: CheckedFlow['schedules'][number]): string[] {
  const zone = is_machine_zone ? `${timezone} (the machine's)` : timezone;
  const times = schedule.endsWith('@reboot')
    ? 'at each boot of the machine'
    : next_local.length === 0
      ? 'never due again'
      : `next ${next_local.join(', ')}`;
  return [plainText(schedule), zone, times];
}

function environmentOf({ environment }: CheckedFlow): string {
  const { inherit, files, variables, secrets, venv, conda } = environment;
  const inherited =
    inherit === 'all'
      ? 'that of the process that executes'
      : inherit === 'none'
        ? 'nothing inherited'
        : `inherits ${inherit.join(', ')}`;
  const parts = [
    inherited,
    ...files.map(({ path, variables: count }) => `${path} (${count} ${count === 1 ? 'variable' : 'variables'})`),
    ...(variables.length === 0 ? [] : [`sets ${variables.join(', ')}`]),
    ...(secrets.length === 0 ? [] : [`secrets ${secrets.join(', ')}`]),
    ...(venv === null ? [] : [`venv ${venv}`]),
    ...(conda === null ? [] : [`conda ${conda}`]),
  ];
  return plainText(parts.join('; '));
}

function cut(text: string): string {
  return text.length > WIDEST_COMMAND ? `${text.slice(0, WIDEST_COMMAND - 3)}...` : text;
}
