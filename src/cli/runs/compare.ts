/** `weir compare`: two runs side by side. */
import { type Comparison, compareRows, type Pair } from '../../engine/tell/comparison.ts';
import { runSummaryJson } from '../../engine/tell/run-json.ts';
import { localTime } from '../../engine/tell/told-times.ts';
import { selectRun } from '../../engine/verbs/select-run.ts';
import { formatDuration } from '../../model/duration.ts';
import { EXIT } from '../../model/errors.ts';
import type { PlainJson } from '../../model/plain-json.ts';
import { taskTitle } from '../../model/task-title.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { Store } from '../../store/store.ts';
import { colors, print, printJson, stateGlyph, table } from '../output.ts';
import type { GlobalFlags } from '../program.ts';
import { withEngine } from '../session.ts';
import { plainText } from '../terminal-text.ts';
import { ranMs } from './run-facts.ts';

const LONGEST_VALUE = 40;

export async function compare([first, second]: [string, string], flags: GlobalFlags): Promise<number> {
  return withEngine(flags, 'command', async ({ store, now }) => {
    const rows = [selectRun(store, first), selectRun(store, second)] as const;
    const jsons = rows.map((row) => runSummaryJson(store, row));
    const comparison = compareRows(store, rows);
    if (flags.json) printJson(comparisonJson(rows, jsons, comparison));
    else {
      print(table([['', ...rows.map((row) => `run ${row.id}`)], ...headRows(store, rows, now())].map(dimFirst)));
      printSection(
        'parameters',
        comparison.params.map(({ name, values, isSame }) => [mark(isSame, name), ...values.map(shown)]),
      );
      printSection('metrics', comparison.metrics.map(metricRow));
      printSection('tasks', comparison.tasks.map(taskRow));
    }
    return EXIT.ok;
  });
}

function headRows(store: Store, rows: readonly [FlowRunRow, FlowRunRow], now: number): string[][] {
  const [a, b] = rows;
  const each = (name: string, value: (row: FlowRunRow) => string) => [name, ...rows.map(value)];
  const isSameCode = a.codeHash !== null && a.codeHash === b.codeHash;
  const code = (row: FlowRunRow) =>
    `${row.codeHash?.slice(0, 8) ?? 'unknown'}${row.version === null ? '' : ` (${row.version})`}`;
  return [
    each('flow', (row) => plainText(row.flow)),
    each('state', ({ state }) => `${stateGlyph(state.type, state.name)} ${state.name}`),
    each('started', (row) => (row.startAt === null ? '-' : localTime(row.startAt))),
    [
      ...each('took', (row) => formatDuration(ranMs(row, now))),
      changeText(ranMs(b, now) - ranMs(a, now), formatDuration),
    ],
    each('attempt', (row) => String(row.attempt)),
    [...each('code', code), isSameCode ? 'the same' : 'differs'],
    each('deployment', (row) => runSummaryJson(store, row).deployment ?? '-'),
  ].filter(([name, ...values]) => name !== 'deployment' || values.some((value) => value !== '-'));
}

function metricRow({ name, values, change }: Comparison['metrics'][number]): string[] {
  const [a] = values;
  const percent =
    change === null || a === null || a === 0
      ? ''
      : ` (${change > 0 ? '+' : ''}${((change / Math.abs(a)) * 100).toFixed(1)}%)`;
  const told = change === null ? '' : change === 0 ? 'the same' : `${change > 0 ? '+' : ''}${six(change)}${percent}`;
  return [mark(change === 0, name), ...values.map((value) => (value === null ? '-' : six(value))), colors.dim(told)];
}

function taskRow({ name, key, count, state, runTimeMs, attempt }: Comparison['tasks'][number]): string[] {
  const cell = (place: 0 | 1) => {
    const tries = (attempt[place] ?? 0) > 1 ? `, attempt ${attempt[place]}` : '';
    return state[place] === null
      ? '-'
      : `${state[place]} ${colors.dim(`${formatDuration(runTimeMs[place] ?? 0)}${tries}`)}`;
  };
  const title = taskTitle({ name, label: key });
  const isSame = state[0] === state[1] && count[0] === count[1];
  const [before, after] = runTimeMs;
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

function comparisonJson(
  rows: readonly [FlowRunRow, FlowRunRow],
  runs: readonly ReturnType<typeof runSummaryJson>[],
  { params, metrics, tasks }: Comparison,
) {
  const hashes: Pair<string> = [rows[0].codeHash, rows[1].codeHash];
  return {
    schema: 'weir.comparison/1',
    runs,
    code: { hashes, same: hashes[0] !== null && hashes[0] === hashes[1] },
    params: params.map(({ name, values, isSame }) => ({ name, values, same: isSame })),
    metrics,
    tasks: tasks.map(({ name, key, count, state, runTimeMs, attempt }) => ({
      ...{ name, key, count, state },
      ...{ total_run_time_ms: runTimeMs, attempt },
    })),
  };
}
