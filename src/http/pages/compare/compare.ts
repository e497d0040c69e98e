/** GET /compare?a=&b=: two runs side by side, by the comparison of `weir compare`. Every list is bounded. */

import { createHash } from 'node:crypto';
import type { Hono } from 'hono';
import { type Comparison, compareRows } from '../../../engine/tell/comparison.ts';
import { formatBytes } from '../../../model/bytes.ts';
import type { StateName } from '../../../model/state.ts';
import { taskTitle } from '../../../model/task-title.ts';
import type { FlowRunRow } from '../../../store/flow-runs.ts';
import type { Store } from '../../../store/store.ts';
import {
  COMPARE_STYLE,
  type CompareData,
  CompareForm,
  ComparePage,
  type RowView,
  type SectionView,
} from '../../../web/pages/compare/compare.tsx';
import { shorten } from '../../../web/pages/log.tsx';
import { changeOf, formatFigure } from '../../../web/pages/run/values.tsx';
import { runTime, TRIGGERS } from '../../../web/run-table.tsx';
import { lookOf } from '../../../web/state-mark.tsx';
import { type Clock, clockTime, took } from '../../../web/time.tsx';
import { findRun } from '../../find-run.ts';
import type { Pages } from '../../send-page.ts';
import { renderWithin } from '../budget.ts';
import { environmentOf } from '../run/environment.ts';
import { codeDiff } from './code-diff.ts';

const ROWS_SHOWN = 40;
const ARTIFACTS_COMPARED = 50;
const LONGEST_VALUE = 160;
/** Where there are many of them. */
const SHORT_VALUE = 50;
const MANY = 20;
/** They name a place of the run's own. */
const OWN_FACTS = new Set(['Executed by', 'Run directory', 'Code']);

/** What gives way when all of it is too large. */
const TRIMS = [codeLines(80), rows(20), codeLines(30), rows(10), codeLines(0), rows(5)];

type Rows = readonly [FlowRunRow, FlowRunRow];

export function bindCompare(app: Hono, { store, pages }: { store: Store; pages: Pages }): void {
  app.get('/compare', async (c) => {
    const [a = '', b = ''] = [c.req.query('a'), c.req.query('b')];
    if (a === '' || b === '')
      return pages.send(c, () => ({ title: 'Compare two runs', active: 'runs', content: CompareForm({ a, b }) }));
    const code = await codeDiff(store, [findRun(store, a).codeHash, findRun(store, b).codeHash]);
    return pages.send(c, (clock) => {
      const rows = [findRun(store, a), findRun(store, b)] as const;
      return {
        title: `Run ${rows[0].id} and run ${rows[1].id}`,
        active: 'runs',
        style: COMPARE_STYLE,
        content: renderWithin({ ...gather(store, rows, clock), code }, TRIMS, (data) => ComparePage({ data })),
      };
    });
  });
}

function gather(store: Store, rows: Rows, clock: Clock): Omit<CompareData, 'code'> {
  const comparison = compareRows(store, rows);
  const [a, b] = rows;
  return {
    runs: [headOf(a), headOf(b)],
    sections: [
      section('runs', 'Run', factsOf(store, rows, clock)),
      section('params', 'Parameters', paramsOf(comparison)),
      section('metrics', 'Metrics', metricsOf(comparison), { isFigures: true }),
      section('tasks', 'Tasks', tasksOf(comparison), { isFigures: true, alike: 'ended alike' }),
      section('artifacts', 'Artifacts', artifactsOf(store, rows)),
      section('environment', 'Environment', environments(store, rows)),
    ],
  };
}

function headOf({ id, flow, state }: FlowRunRow) {
  return { id, flow, state: state.name };
}

function section(
  id: string,
  title: string,
  all: readonly RowView[],
  { isFigures = false, alike = 'no difference' } = {},
): SectionView {
  const ordered = [...all.filter(({ isSame }) => !isSame), ...all.filter(({ isSame }) => isSame)];
  const longest = all.length > MANY ? SHORT_VALUE : LONGEST_VALUE;
  const rows = ordered.slice(0, ROWS_SHOWN).map((each) => shortened(each, longest));
  return { id, title, isFigures, alike, rows, count: all.length };
}

function row(name: string, values: RowView['values'], change: string | null = null): RowView {
  return { name, values, isSame: values[0] === values[1], change };
}

function shortened({ name, values: [a, b], ...rest }: RowView, longest: number): RowView {
  const cut = (value: string | null) => (value === null ? null : shorten(value, longest));
  return { ...rest, name: shorten(name, longest), values: [cut(a), cut(b)] };
}

function factsOf(store: Store, rows: Rows, clock: Clock): RowView[] {
  const each = (name: string, value: (run: FlowRunRow) => string | null, change: string | null = null) =>
    row(name, [value(rows[0]), value(rows[1])], change);
  const [before, after] = [runTime(rows[0], clock.now), runTime(rows[1], clock.now)];
  const deploymentOf = (run: FlowRunRow) =>
    run.deploymentId === null ? null : store.deployments.byId(run.deploymentId);
  return [
    each('Flow', (run) => run.flow),
    each('State', (run) => lookOf(run.state.name).word),
    each('Took', (run) => (run.startAt === null ? null : took(runTime(run, clock.now))), durationChange(before, after)),
    each('Started', (run) => (run.startAt === null ? null : clockTime(run.startAt, clock))),
    each('Slot', (run) => (run.slotAt === null ? null : clockTime(run.slotAt, clock))),
    each('Attempt', (run) => String(run.attempt)),
    each('Trigger', (run) => TRIGGERS[run.trigger]?.word ?? run.trigger),
    each('Deployment', (run) => {
      const deployment = deploymentOf(run);
      return deployment === null ? null : `${deployment.flow}/${deployment.name}`;
    }),
    each('Code', (run) => run.codeHash?.slice(0, 12) ?? null),
    each('Error', (run) => run.error?.message.split('\n', 1)[0] ?? null),
  ].filter(({ values }) => values[0] !== null || values[1] !== null);
}

function paramsOf({ params }: Comparison): RowView[] {
  return params.map(({ name, values }) =>
    row(name, [
      values[0] === null ? null : JSON.stringify(values[0]),
      values[1] === null ? null : JSON.stringify(values[1]),
    ]),
  );
}

function metricsOf({ metrics }: Comparison): RowView[] {
  return metrics.map(({ name, values: [a, b] }) => ({
    ...row(name, [a === null ? null : formatFigure(a), b === null ? null : formatFigure(b)]),
    isSame: a === b,
    change: a === null || b === null || a === b ? null : changeOf(b, a),
  }));
}

/** A task that took longer or shorter is no difference by itself; one that ended otherwise is. */
function tasksOf({ tasks }: Comparison): RowView[] {
  const rows = tasks.map(({ name, key, count, state, runTimeMs, attempt }) => {
    const [before, after] = runTimeMs;
    const cell = (place: 0 | 1) =>
      state[place] === null
        ? null
        : `${took(runTimeMs[place] ?? 0)}, ${wordsOf(state[place] ?? '')}${(attempt[place] ?? 0) > 1 ? `, attempt ${attempt[place]}` : ''}`;
    const isSame = state[0] === state[1] && count[0] === count[1];
    const change = before === null || after === null ? null : after - before;
    const said = change === null ? null : durationChange(before ?? 0, after ?? 0);
    return {
      ...row(taskTitle({ name, label: key }), [cell(0), cell(1)], said),
      isSame,
      distance: Math.abs(change ?? 0),
    };
  });
  const isLong = rows.length > ROWS_SHOWN;
  // Where not all are shown, those that changed most are.
  return isLong ? rows.sort((a, b) => b.distance - a.distance) : rows;
}

function artifactsOf(store: Store, rows: Rows): RowView[] {
  const [a, b] = rows.map(
    (run) => new Map(store.runArtifacts.ofRun(run.id, ARTIFACTS_COMPARED).map((each) => [each.key, each])),
  );
  const keys = new Set([...(a?.keys() ?? []), ...(b?.keys() ?? [])]);
  const cell = (artifact: ReturnType<Store['runArtifacts']['ofRun']>[number] | undefined) => {
    if (artifact === undefined) return null;
    const hash = artifact.contentHash ?? hashOf(store.runArtifacts.data(artifact.id));
    return `${hash.slice(0, 12)}, ${formatBytes(artifact.size)}`;
  };
  return [...keys].map((key) => row(key, [cell(a?.get(key)), cell(b?.get(key))]));
}

function hashOf(data: Uint8Array | null): string {
  return createHash('sha256')
    .update(data ?? '')
    .digest('hex');
}

function environments(store: Store, rows: Rows): RowView[] {
  const [a, b] = rows.map((run) => new Map(environmentOf(store, run, store.taskOutlines.ofRun(run.id))));
  const names = new Set([...(a?.keys() ?? []), ...(b?.keys() ?? [])]);
  return [...names]
    .filter((name) => !OWN_FACTS.has(name))
    .map((name) => row(name, [a?.get(name) ?? null, b?.get(name) ?? null]));
}

function durationChange(before: number, after: number): string | null {
  const change = after - before;
  if (Math.abs(change) < 1) return null;
  return change > 0 ? `+${took(change)}` : `-${took(-change)}`;
}

function rows(most: number) {
  return (data: CompareData): CompareData => ({
    ...data,
    sections: data.sections.map((each) => ({ ...each, rows: each.rows.slice(0, most) })),
  });
}

/** Of each file. */
function codeLines(most: number) {
  return ({ code, ...data }: CompareData): CompareData => {
    if (code.kind !== 'differs') return { ...data, code };
    const files = code.files.map((file) => {
      const lines = file.lines.slice(0, most);
      const leftOut = file.leftOut === null ? null : file.leftOut + file.lines.length - lines.length;
      return { ...file, lines, leftOut };
    });
    return { ...data, code: { ...code, files } };
  };
}

/** `36 Completed, 1 UpstreamFailed` in the words of pages. */
function wordsOf(states: string): string {
  return states.replace(/[A-Z]\w+/g, (name) => lookOf(name as StateName).word.toLowerCase());
}
