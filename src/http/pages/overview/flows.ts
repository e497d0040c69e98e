/** Every flow as a row of the overview, those that need attention first; the others by their first tag. */

import type { HistoryRow } from '../../../store/overview.ts';
import type { Store } from '../../../store/store.ts';
import type { Action } from '../../../web/action.tsx';
import type { FlowGroup, FlowLine, FlowsData, MetricLine } from '../../../web/pages/overview/flows.tsx';
import { usualTimes } from '../typical.ts';

/** Flows with a row of their own, fewer where names are long and the rest of the page is full: it keeps its budget. */
const MOST_ROWS = 20;
const FEWEST_ROWS = 8;
const ROW_SIZE = 1060;
const METRIC_SIZE = 430;
/** Characters of links to other flows, and what one takes beside its name. */
const ROOM_FOR_LINKS = 4500;
const LINK_SIZE = 90;
const MOST_GROUPS = 12;
const POINTS = 24;

export interface KnownFlow {
  readonly flow: string;
  readonly tags: readonly string[];
  /** Newest first. */
  readonly history: readonly HistoryRow[];
  readonly nextAt: number | null;
  readonly isDeployed: boolean;
  readonly isPaused: boolean;
  readonly run: Action | null;
}

/** `order`: as they are shown. `room`: characters of the page that they may take. */
export function gatherFlows(store: Store, order: readonly KnownFlow[], room: number): FlowsData {
  const lines: FlowLine[] = [];
  let left = room;
  for (const known of order.slice(0, MOST_ROWS)) {
    const line = flowLine(store, known);
    // Its name stands in the link, twice, in the form and on its button.
    left -= ROW_SIZE + 4 * known.flow.length + (line.metric === null ? 0 : METRIC_SIZE);
    if (left < 0 && lines.length >= FEWEST_ROWS) break;
    lines.push(line);
  }
  return { lines, groups: groupsOf(order.slice(lines.length)), count: order.length };
}

function flowLine(store: Store, { flow, history, nextAt, isDeployed, isPaused, run }: KnownFlow): FlowLine {
  const [last] = history;
  return {
    ...{ flow, nextAt, isDeployed, isPaused, run },
    last: last === undefined ? null : { id: last.id, name: last.name, at: last.endAt ?? last.startAt },
    bars: history.toReversed().map(({ name, runTimeMs }) => ({ name, runTimeMs })),
    usual: usualTimes(history),
    metric: metricOf(store, flow, history),
  };
}

/** The first that its last completed run told, over the runs before. */
function metricOf(store: Store, flow: string, history: readonly HistoryRow[]): MetricLine | null {
  const last = history.find(({ type }) => type === 'COMPLETED');
  const [metric] = Object.entries(last === undefined ? {} : (store.flowRuns.byId(last.id)?.metrics ?? {}));
  if (metric === undefined) return null;
  const [name, value] = metric;
  return { name, values: store.overview.metricOf(flow, name, POINTS), latest: figureText(value) };
}

/** Four digits tell enough beside a line of that size. */
function figureText(value: number): string {
  const text = String(Number(value.toPrecision(4)));
  return text.length > 9 ? value.toExponential(2) : text;
}

function groupsOf(flows: readonly KnownFlow[]): FlowGroup[] {
  const groups = [...Map.groupBy(flows, ({ tags }) => tags[0] ?? null)].sort(([a], [b]) =>
    a === null ? 1 : b === null ? -1 : a.localeCompare(b),
  );
  let room = ROOM_FOR_LINKS;
  return groups.slice(0, MOST_GROUPS).map(([tag, members]) => {
    const shown = members.filter(({ flow }) => {
      room -= LINK_SIZE + 2 * flow.length;
      return room >= 0;
    });
    return {
      tag,
      count: members.length,
      flows: shown.map(({ flow, history }) => ({ flow, last: history[0]?.name ?? null })),
    };
  });
}
