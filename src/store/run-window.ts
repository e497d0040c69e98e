/**
 * How much of a million runs one page looks at: the newest so many that an index gives for a filter, and the counts among
 * them. Whatever else is asked of those runs, a page's time is bounded by this number; what lies below is said, not hidden.
 */
import type { RunFilter } from '../model/run-filter.ts';
import type { StateName } from '../model/state.ts';
import type { Database } from './database.ts';
import { type createRunPieces, deploymentNames, rareStates } from './run-pieces.ts';
import { lazyStatements } from './statements.ts';

/** Runs looked at, at most: rows cost more than what an index tells, and the rows of tasks most. */
const MOST = 10_000;
const MOST_ROWS = 5000;
const MOST_WITH_TASKS = 1500;

/** A stretch of time with one offset of local time from UTC; newest first. */
export interface Offset {
  readonly since: number;
  readonly offsetMs: number;
}

export interface RunCount {
  readonly name: StateName;
  /** Days since 1970, local. */
  readonly day: number;
  readonly count: number;
}

/** Runs between two numbers, both outside of it; null: no end on that side. */
export interface Stretch {
  readonly above: number | null;
  readonly below: number | null;
}

export function createRunWindow(
  database: Database,
  { newest, firstSince, piecesOf }: ReturnType<typeof createRunPieces>,
) {
  const statement = lazyStatements(database);

  /** What an index tells of the candidates for a filter, each group of them to be read on its own. */
  function groupsOf(filter: RunFilter): { sql: string; values: object }[] | null {
    const rare = rareStates(filter);
    if (rare !== null) return [{ sql: rare, values: {} }];
    if (filter.flows.length > 0) return filter.flows.map((flow) => ({ sql: 'flow = :flow', values: { flow } }));
    if (filter.deployments.length > 0) {
      const { sql, values } = deploymentNames(filter.deployments);
      const ids = database
        .prepare(`select d.id from deployments d where ${sql}`)
        .pluck()
        .all(values ?? {});
      return (ids as number[]).map((id) => ({ sql: 'deployment_id = :id', values: { id } }));
    }
    return filter.tags.length > 0 ? [{ sql: "tags <> '[]'", values: {} }] : null;
  }

  /** The number at which so many candidates have been passed; null: there are not so many. */
  function passed(group: { sql: string; values: object }, from: number, size: number, isDown: boolean): number | null {
    // plan: search flow_runs using covering index flow_runs_by_flow (flow=? and id<?), and the others; reads no rows
    const sql = `
      select id
      from flow_runs
      where ${group.sql}
        and id ${isDown ? '<' : '>'} :from
      order by id ${isDown ? 'desc' : 'asc'}
      limit 1 offset :size`;
    return (
      (statement(sql)
        .pluck()
        .get({ ...group.values, from, size }) as number | undefined) ?? null
    );
  }

  /**
   * What a page looks at, downwards from a number or upwards: so many candidates that it takes its time of a few ms at
   * most. The end that it gives is null where nothing more can match beyond it.
   */
  function stretch(filter: RunFilter, from: number | null, direction: 'down' | 'up' = 'down'): Stretch {
    const first = filter.sinceAt === null ? 1 : firstSince(filter.sinceAt);
    const end = filter.untilAt === null ? newest() + 1 : firstSince(filter.untilAt);
    const isDown = direction === 'down';
    const start = isDown ? Math.min(from ?? end, end) : Math.max(from ?? 0, first - 1);
    const groups = groupsOf(filter);
    const share = Math.max(1, Math.floor(sizeOf(filter) / Math.max(1, groups?.length ?? 1)));
    const ends = groups?.map((group) => passed(group, start, share, isDown)) ?? [
      isDown ? start - 1 - share : start + 1 + share,
    ];
    const reached = ends.filter((each) => each !== null);
    if (isDown) {
      const above = Math.max(0, ...reached);
      return { above: above < first ? null : above, below: from };
    }
    const below = Math.min(Number.MAX_SAFE_INTEGER, ...reached);
    return { above: from, below: below >= end ? null : below };
  }

  return {
    stretch,

    /** Runs that match, of those in the window, by state and local day. */
    counts(filter: RunFilter, offsets: readonly Offset[]): { counts: RunCount[]; isWhole: boolean } {
      const { above } = stretch(filter, null);
      const pieces = [{ sql: 'id > :above', values: { above: above ?? 0 } }, ...piecesOf(filter)];
      const local = offsets.map((_, place) => `when created_at >= :since${place} then :offset${place}`).join(' ');
      // One text a run, counted here: for `group by` SQLite sorts them all, which takes three times as long.
      const sql = `
        select cast((created_at + case ${local} else 0 end) / 86400000 as integer) || state_name
        from flow_runs
        where ${pieces.map((piece) => piece.sql).join('\n and ')}`;
      const values = Object.assign(
        Object.fromEntries(
          offsets.flatMap(({ since, offsetMs }, place) => [
            [`since${place}`, since],
            [`offset${place}`, offsetMs],
          ]),
        ),
        ...pieces.map((piece) => piece.values ?? {}),
      ) as object;
      const counts = new Map<string, number>();
      for (const each of database.prepare(sql).pluck().all(values) as string[])
        counts.set(each, (counts.get(each) ?? 0) + 1);
      return { counts: [...counts].map(parseCount), isWhole: above === null };
    },
  };
}

export type RunWindow = ReturnType<typeof createRunWindow>;

function sizeOf({ errors, texts, params, metrics, deployments }: RunFilter): number {
  if (errors.length > 0) return MOST_WITH_TASKS;
  return texts.length + params.length + metrics.length + deployments.length > 0 ? MOST_ROWS : MOST;
}

/** "20780Completed". */
function parseCount([key, count]: [string, number]): RunCount {
  const [, day = '', name = ''] = /^(-?\d+)(.*)$/.exec(key) ?? [];
  return { name: name as StateName, day: Number(day), count };
}
