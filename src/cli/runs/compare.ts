/** `weir compare`: two runs side by side. */
import { type ComparisonJson, comparisonJson } from '../../engine/tell/comparison-json.ts';
import { localTime } from '../../engine/tell/told-times.ts';
import { selectRun } from '../../engine/verbs/select-run.ts';
import { formatDuration } from '../../model/duration.ts';
import { EXIT } from '../../model/errors.ts';
import type { PlainJson } from '../../model/plain-json.ts';
import { taskTitle } from '../../model/task-title.ts';
import { colors, print, printJson, stateGlyph, table } from '../output.ts';
import type { GlobalFlags } from '../program.ts';
import { withEngine } from '../session.ts';
import { plainText } from '../terminal-text.ts';
import { tookMs } from './run-facts.ts';

const LONGEST_VALUE = 40;

export async function compare([first, second]: [string, string], flags: GlobalFlags): Promise<number> {
  return withEngine(flags, 'command', async ({ store, now }) => {
    tellComparison(comparisonJson(store, [selectRun(store, first), selectRun(store, second)]), flags, now());
    return EXIT.ok;
  });
}

/** Of this database, or of a server elsewhere. */
export function tellComparison(comparison: ComparisonJson, { json }: GlobalFlags, now: number): void {
  if (json) return printJson(comparison);
  const { runs, params, metrics, tasks } = comparison;
  print(table([['', ...runs.map(({ id }) => `run ${id}`)], ...headRows(comparison, now)].map(dimFirst)));
  printSection(
    'parameters',
    params.map(({ name, values, same }) => [mark(same, name), ...values.map(shown)]),
  );
  printSection('metrics', metrics.map(metricRow));
  printSection('tasks', tasks.map(taskRow));
}

type Run = ComparisonJson['runs'][number];

function headRows({ runs, code }: ComparisonJson, now: number): string[][] {
  const [a, b] = runs;
  const each = (name: string, value: (run: Run) => string) => [name, value(a), value(b)];
  const codes = code.hashes.map((hash, place) => {
    const version = code.versions[place] ?? null;
    return `${hash?.slice(0, 8) ?? 'unknown'}${version === null ? '' : ` (${version})`}`;
  });
  return [
    each('flow', ({ flow }) => plainText(flow)),
    each('state', ({ state }) => `${stateGlyph(state.type, state.name)} ${state.name}`),
    each('started', ({ start_time }) => (start_time === null ? '-' : localTime(Date.parse(start_time)))),
    [
      ...each('took', (run) => formatDuration(tookMs(run, now))),
      changeText(tookMs(b, now) - tookMs(a, now), formatDuration),
    ],
    each('attempt', ({ attempt }) => String(attempt)),
    ['code', ...codes, code.same ? 'the same' : 'differs'],
    each('deployment', ({ deployment }) => deployment ?? '-'),
  ].filter(([name, ...values]) => name !== 'deployment' || values.some((value) => value !== '-'));
}

function metricRow({ name, values, change }: ComparisonJson['metrics'][number]): string[] {
  const [a] = values;
  const percent =
    change === null || a === null || a === 0
      ? ''
      : ` (${change > 0 ? '+' : ''}${((change / Math.abs(a)) * 100).toFixed(1)}%)`;
  const told = change === null ? '' : change === 0 ? 'the same' : `${change > 0 ? '+' : ''}${six(change)}${percent}`;
  return [mark(change === 0, name), ...values.map((value) => (value === null ? '-' : six(value))), colors.dim(told)];
}

function taskRow({
  name,
  key,
  count,
  state,
  total_run_time_ms: tookOf,
  attempt,
}: ComparisonJson['tasks'][number]): string[] {
  const cell = (place: 0 | 1) => {
    const tries = (attempt[place] ?? 0) > 1 ? `, attempt ${attempt[place]}` : '';
    return state[place] === null
      ? '-'
      : `${state[place]} ${colors.dim(`${formatDuration(tookOf[place] ?? 0)}${tries}`)}`;
  };
  const title = taskTitle({ name, label: key });
  const isSame = state[0] === state[1] && count[0] === count[1];
  const [before, after] = tookOf;
  const change = before === null || after === null ? '' : changeText(after - before, formatDuration);
  return [mark(isSame, title), cell(0), cell(1), colors.dim(change)];
}

/** What differs is marked, so that the eye finds it. */
function mark(isSame: boolean, text: string): string {
  return isSame ? `  ${plainText(text)}` : `${colors.yellow('≠')} ${plainText(text)}`;
}

function changeText(change: number, format: (value: number) => string): string {
  if (Math.abs(change) < 1) return '';
  return change > 0 ? `+${format(change)}` : `-${format(-change)}`;
}

function printSection(title: string, rows: readonly (readonly string[])[]): void {
  if (rows.length > 0) print(`\n${colors.dim(title)}\n${table(rows)}`);
}

function dimFirst(row: readonly string[]): string[] {
  return row.map((cell, column) => (column === 0 || column === 3 ? colors.dim(cell) : cell));
}

function shown(value: PlainJson | null): string {
  const text = value === null ? '-' : typeof value === 'string' ? value : JSON.stringify(value);
  return plainText(text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text);
}

function six(value: number): string {
  return String(Number(value.toPrecision(6)));
}
