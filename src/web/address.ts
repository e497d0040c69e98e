/** Where pages lie: every link of a page and every redirect comes from here, so that names are escaped in one place. */
import { filterWord, joinFilter } from '../model/filter-text.ts';

export function runPage(id: number): string {
  return `/runs/${id}`;
}

/** The whole log of a run, or of one of its task runs, or of one attempt of that. */
export function logPage(runId: number, taskRunId?: number | null, attempt?: number | null): string {
  const task = taskRunId === undefined || taskRunId === null ? '' : `/${taskRunId}`;
  return `/runs/${runId}/logs${task}${attempt === undefined || attempt === null ? '' : `.${attempt}`}`;
}

/** The lines around one of them, which is pointed out; of a whole run, or of one of its task runs. */
export function logLine(runId: number, line: number, taskRunId?: number | null): string {
  return `${logPage(runId, taskRunId)}?l=${line}#L${line}`;
}

/** What of a flow is shown: how many runs the grid and the lines have, lines over runs or time, one metric, a parameter. */
export interface FlowQuery {
  readonly runs?: number | undefined;
  readonly x?: 'run' | 'time' | undefined;
  readonly metric?: string | undefined;
  readonly label?: string | undefined;
}

export function flowPage(flow: string, query: FlowQuery = {}): string {
  return `/flows/${encodeURIComponent(flow)}${queryOf({ ...query })}`;
}

export function flowsPage(query: { readonly q?: string; readonly tag?: string } = {}): string {
  return `/flows${queryOf(query)}`;
}

/** The figures of a flow's runs as a table for programs. */
export function flowMetricsFile(flow: string): string {
  return `/flows/${encodeURIComponent(flow)}/metrics.csv`;
}

/** The files of a deployed version, and what differs from another. */
export function sourcePage(
  flow: string,
  query: {
    readonly deployment?: string | undefined;
    readonly version?: number | undefined;
    readonly against?: number | undefined;
    readonly file?: string | undefined;
  } = {},
): string {
  return `/flows/${encodeURIComponent(flow)}/source${queryOf(query)}`;
}

/** `before`: the version below which the list begins; `decided`: the decision before which theirs does. */
export function modelPage(model: string, query: { readonly before?: number; readonly decided?: number } = {}): string {
  return `/models/${encodeURIComponent(model)}${queryOf({ ...query })}`;
}

export function modelsPage(query: { readonly q?: string; readonly after?: string } = {}): string {
  return `/models${queryOf({ ...query })}`;
}

/** What was registered, byte for byte; of a value its JSON. */
export function modelFile(model: string, version: number): string {
  return `/models/${encodeURIComponent(model)}/versions/${version}/file`;
}

/** How a flow stands, as a picture; with its key pages elsewhere may show it, too. In Markdown a parenthesis would end it. */
export function badgePicture(flow: string, key?: string): string {
  const name = encodeURIComponent(flow).replaceAll('(', '%28').replaceAll(')', '%29');
  return `/badge/${name}.svg${queryOf({ key })}`;
}

/** `?a=1&b=2` of what is given. */
function queryOf(query: Readonly<Record<string, string | number | null | undefined>>): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === null || value === '' ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

/** The runs that a filter finds, in the words of `weir runs`: `flow:nightly state:failed`; those around a number. */
export function runsWhere(
  filter: string,
  place: { readonly before: number } | { readonly after: number } | null = null,
): string {
  return runsAddress('/runs', filter, place ?? {});
}

export function runsOfFlow(flow: string): string {
  return runsWhere(joinFilter([filterWord('flow', flow)]));
}

export function runsCsv(filter: string): string {
  return runsAddress('/runs.csv', filter, {});
}

export function runsJson(filter: string): string {
  return runsAddress('/api/flow-runs', filter, {});
}

function runsAddress(path: string, filter: string, place: Readonly<Record<string, number>>): string {
  const query = [
    ...(filter === '' ? [] : [`q=${encodeURIComponent(filter).replaceAll('%20', '+').replaceAll('%3A', ':')}`]),
    ...Object.entries(place).map(([name, number]) => `${name}=${number}`),
  ];
  return query.length === 0 ? path : `${path}?${query.join('&')}`;
}

export function schedulePage(stretch: 'day' | 'week'): string {
  return stretch === 'day' ? '/schedule' : '/schedule?stretch=week';
}

export function ledgerPage(
  query: { readonly [Name in 'deployment' | 'outcome' | 'before']?: string | undefined },
): string {
  const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return `/schedule?${new URLSearchParams(given)}#ledger`;
}

/** Where what can be done with a run is posted to; `again` is the form with its parameters. */
/** `once`: the same twice is one new run. */
export function runAction(id: number, verb: 'retry' | 'rerun' | 'resume' | 'cancel' | 'again', once?: string): string {
  return `/runs/${id}/${verb}${once === undefined ? '' : `?once=${encodeURIComponent(once)}`}`;
}

/** Many runs at once: asked with GET, done with POST. */
export const BULK = '/runs/bulk';

/**
 * The forms of a flow, and where they are posted to. `deployment` is named where the flow has several; `once`: the same
 * twice is one run.
 */
export function flowAction(
  flow: string,
  verb: 'run' | 'pause' | 'resume' | 'backfill',
  {
    deployment,
    from,
    once,
  }: { readonly deployment?: string | null; readonly from?: number; readonly once?: string } = {},
): string {
  const query = new URLSearchParams();
  if (deployment != null) query.set('deployment', deployment);
  if (from !== undefined) query.set('from', String(from));
  if (once !== undefined) query.set('once', once);
  return `${flowPage(flow)}/${verb}${query.size === 0 ? '' : `?${query}`}`;
}

export function modelAction(model: string, verb: 'promote' | 'rollback'): string {
  return `${modelPage(model)}/${verb}`;
}

/** Where a limit's capacity is posted to. */
export function limitAction(limit: string): string {
  return `/limits/${encodeURIComponent(limit)}`;
}

/** Two runs side by side; without them the address of its form. */
export function comparePage(a?: number, b?: number): string {
  return a === undefined || b === undefined ? '/compare' : `/compare?a=${a}&b=${b}`;
}

/** The page of a run as one file. */
export function reportPage(runId: number): string {
  return `/runs/${runId}/report.html`;
}

/** What a run left, byte for byte. */
export function artifactFile(runId: number, key: string): string {
  return `/runs/${runId}/artifacts/${encodeURIComponent(key.toWellFormed())}`;
}

/** Where limits and who holds them are shown. */
export function limitsPage(): string {
  return '/queues';
}

/** The page that an action was posted from, for the way back when it was refused; null where there is none. */
export function pageBefore(path: string): { readonly to: string; readonly label: string } | null {
  const [, room, name = '', verb] = path.split('/');
  if (room === 'runs' && verb !== undefined && /^\d+$/.test(name)) return { to: `/runs/${name}`, label: `Run ${name}` };
  if (room === 'runs' && name === 'bulk') return { to: '/runs', label: 'Runs' };
  if (room === 'limits') return { to: limitsPage(), label: 'Limits' };
  if ((room !== 'flows' && room !== 'models') || verb === undefined) return null;
  return { to: `/${room}/${name}`, label: `Back to the ${room === 'flows' ? 'flow' : 'model'}` };
}
