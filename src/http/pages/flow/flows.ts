/** GET /flows: every flow that is deployed or has run, those that need a look first. */
import type { Hono } from 'hono';
import { isPausedNow } from '../../../engine/schedule/pauses.ts';
import type { DeploymentRow } from '../../../store/deployments.ts';
import type { Store } from '../../../store/store.ts';
import { MOST_BARS } from '../../../web/charts/history-bars.tsx';
import { FLOWS_STYLE, type FlowRow, type FlowsData, FlowsPage } from '../../../web/pages/flow/flows.tsx';
import type { Pages } from '../../send-page.ts';

/** With bars. */
const SHOWN = 20;
/** Only named, folded by tag. */
const FOLDED = 60;
const MOST_FLOWS = 2000;
const LONGEST_TEXT = 200;
const TAGS_OFFERED = 50;

export function bindFlows(app: Hono, { store, pages }: { store: Store; pages: Pages }): void {
  app.get('/flows', (c) =>
    pages.send(c, (clock) => {
      const asked = { text: (c.req.query('q') ?? '').slice(0, LONGEST_TEXT), tag: c.req.query('tag') || null };
      return {
        title: 'Flows',
        active: 'flows',
        style: FLOWS_STYLE,
        content: FlowsPage({ data: gatherFlows(store, asked, clock.now), clock }),
      };
    }),
  );
}

interface Candidate {
  readonly flow: string;
  readonly rows: readonly DeploymentRow[];
  readonly tags: readonly string[];
  readonly last: FlowRow['last'];
  readonly needsLook: boolean;
}

function gatherFlows(store: Store, { text, tag }: { text: string; tag: string | null }, now: number): FlowsData {
  const byFlow = Map.groupBy(store.deployments.all(), ({ flow }) => flow);
  const names = [...new Set([...byFlow.keys(), ...store.overview.flowsWithRuns(MOST_FLOWS)])];
  const tags = [...new Set([...byFlow.values()].flatMap((rows) => tagsOf(rows)))].sort();
  const wanted = names.filter(
    (flow) =>
      flow.toLowerCase().includes(text.toLowerCase()) && (tag === null || tagsOf(byFlow.get(flow) ?? []).includes(tag)),
  );
  const ordered = wanted
    .map((flow) => candidateOf(store, flow, byFlow.get(flow) ?? []))
    .sort((a, b) => Number(b.needsLook) - Number(a.needsLook) || (b.last?.id ?? 0) - (a.last?.id ?? 0));
  const next = new Map(store.overview.nextSlots().map(({ flow, at }) => [flow, at]));
  const deployedPaths = new Set([...byFlow.values()].flat().map(({ path }) => path));
  const folded = ordered.slice(SHOWN, SHOWN + FOLDED);
  return {
    shown: ordered.slice(0, SHOWN).map((each) => flowRow(store, each, next.get(each.flow) ?? null, now)),
    groups: [...Map.groupBy(folded, (each) => each.tags[0] ?? null)]
      .sort(([a], [b]) => Number(a === null) - Number(b === null) || (String(a) < String(b) ? -1 : 1))
      .map(([group, candidates]) => ({ tag: group, rows: candidates })),
    count: wanted.length,
    total: names.length,
    text,
    tag,
    tags: tags.slice(0, TAGS_OFFERED),
    // Those of a deployed flow are told in its row.
    broken: store.brokenFiles.all().filter(({ path }) => !deployedPaths.has(path)),
  };
}

function tagsOf(rows: readonly DeploymentRow[]): string[] {
  return [...new Set(rows.flatMap(({ tags }) => tags))];
}

function candidateOf(store: Store, flow: string, rows: readonly DeploymentRow[]): Candidate {
  const [last] = store.overview.history(flow, 1);
  const isWrong = last !== undefined && (last.type === 'FAILED' || last.type === 'CRASHED');
  return {
    flow,
    rows,
    tags: tagsOf(rows),
    last: last === undefined ? null : { id: last.id, name: last.name, at: last.startAt },
    needsLook: isWrong || rows.some(({ broken }) => broken !== null),
  };
}

function flowRow(store: Store, { flow, rows, tags, last }: Candidate, nextAt: number | null, now: number): FlowRow {
  return {
    flow,
    description: rows.find(({ description }) => description !== '')?.description ?? '',
    tags,
    deployments: rows.length,
    last,
    bars: store.overview.history(flow, MOST_BARS).toReversed(),
    nextAt,
    isPaused: rows.length > 0 && rows.every((row) => isPausedNow(row, now)),
    isBroken: rows.some(({ broken }) => broken !== null),
  };
}
