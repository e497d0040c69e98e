/**
 * Runs by what people ask for, newest first, a page at a time. The statement is put together from fixed pieces; every
 * value is bound. Stays fast in a million runs: rare states and tags have indexes of their own, times are found by
 * halving, and a page ends as soon as it is full.
 */
import type { RunFilter } from '../model/run-filter.ts';
import type { StateType } from '../model/state.ts';
import type { Database } from './database.ts';
import type { FlowRunRow } from './flow-runs.ts';
import { lazyStatements } from './statements.ts';

export interface RunPage {
  /** Only runs with smaller numbers; null: from the newest. */
  readonly before: number | null;
  readonly limit: number;
}

interface Piece {
  readonly sql: string;
  readonly values?: Readonly<Record<string, unknown>>;
}

/** State types that a partial index holds, with the words that let SQLite see it: the parameters would hide it. */
const RARE: readonly { readonly types: readonly StateType[]; readonly sql: string }[] = [
  { types: ['FAILED', 'CRASHED'], sql: "state_type in ('FAILED', 'CRASHED')" },
  { types: ['CANCELLED', 'SKIPPED'], sql: "state_type in ('CANCELLED', 'SKIPPED')" },
  {
    types: ['SCHEDULED', 'PENDING', 'RUNNING', 'PAUSED', 'CANCELLING'],
    sql: "state_type in ('SCHEDULED', 'PENDING', 'RUNNING', 'PAUSED', 'CANCELLING')",
  },
];

const TYPES_OF_NAMES: Readonly<Record<string, StateType>> = {
  TimedOut: 'FAILED',
  UpstreamFailed: 'FAILED',
  Late: 'SCHEDULED',
  AwaitingRetry: 'SCHEDULED',
  AwaitingResume: 'SCHEDULED',
  AwaitingLimit: 'SCHEDULED',
  Retrying: 'RUNNING',
  Resuming: 'RUNNING',
  Cached: 'COMPLETED',
};

const NEWEST = 'select max(id) from flow_runs';
const CREATED_AT = 'select created_at from flow_runs where id <= :id order by id desc limit 1';

export function createRunSearch(database: Database, readRuns: (sql: string, values: object) => FlowRunRow[]) {
  const statement = lazyStatements(database);

  /** The first number whose run was created at or after the time: numbers and times grow together. */
  function firstSince(at: number): number {
    let low = 1;
    let high = ((statement(NEWEST).pluck().get() as number | null) ?? 0) + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const created = statement(CREATED_AT).pluck().get({ id: middle }) as number | undefined;
      if (created === undefined || created < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return (filter: RunFilter, page: RunPage): FlowRunRow[] => {
    const pieces = piecesOf(filter, page, firstSince);
    const where = pieces.length === 0 ? '' : `where ${pieces.map(({ sql }) => sql).join('\n and ')}`;
    const values = Object.assign({ limit: page.limit }, ...pieces.map((piece) => piece.values ?? {})) as object;
    return readRuns(`${where} order by id desc limit :limit`, values);
  };
}

function piecesOf(filter: RunFilter, page: RunPage, firstSince: (at: number) => number): Piece[] {
  const pieces: Piece[] = [];
  const states = statesPiece(filter);
  if (states !== null) pieces.push(states.piece);
  if (filter.flows.length > 0) {
    // The plus keeps SQLite from reading all runs of a flow where an index knows the few in that state.
    const column = states?.isRare ? '+flow' : 'flow';
    pieces.push(oneOf(column, 'flow', filter.flows));
  }
  if (filter.triggers.length > 0) pieces.push(oneOf('trigger', 'trigger', filter.triggers));
  if (filter.deployments.length > 0) {
    const names = oneOf("d.flow || '/' || d.name", 'deployment', filter.deployments);
    pieces.push({ ...names, sql: `deployment_id in (select d.id from deployments d where ${names.sql})` });
  }
  if (filter.tags.length > 0) pieces.push(tagsPiece(filter.tags));
  for (const [place, metric] of filter.metrics.entries()) {
    // The name is looked for in the text first: reading JSON costs ten times as much.
    pieces.push({
      sql: `instr(metrics, :metricText${place}) > 0 and exists (
        select 1 from json_each(flow_runs.metrics) m where m.key = :metric${place} and m.value ${metric.comparison} :value${place})`,
      values: {
        [`metricText${place}`]: `${JSON.stringify(metric.name)}:`,
        [`metric${place}`]: metric.name,
        [`value${place}`]: metric.value,
      },
    });
  }
  if (filter.sinceAt !== null)
    pieces.push({
      sql: 'id >= :first and created_at >= :since',
      values: { first: firstSince(filter.sinceAt), since: filter.sinceAt },
    });
  if (filter.untilAt !== null)
    pieces.push({
      sql: 'id < :end and created_at < :until',
      values: { end: firstSince(filter.untilAt), until: filter.untilAt },
    });
  if (page.before !== null) pieces.push({ sql: 'id < :before', values: { before: page.before } });
  return pieces;
}

function statesPiece({ stateTypes, stateNames }: RunFilter): { piece: Piece; isRare: boolean } | null {
  if (stateTypes.length + stateNames.length === 0) return null;
  const types = oneOf('state_type', 'type', stateTypes);
  const names = oneOf('state_name', 'name', stateNames);
  const wanted = [...stateTypes, ...stateNames.map((name) => TYPES_OF_NAMES[name])];
  const rare = RARE.find((each) => wanted.every((type) => type !== undefined && each.types.includes(type)));
  const sql = `(${[stateTypes.length > 0 ? types.sql : '', stateNames.length > 0 ? names.sql : ''].filter(Boolean).join(' or ')})`;
  return {
    piece: {
      sql: rare === undefined ? sql : `${rare.sql} and ${sql}`,
      values: { ...types.values, ...names.values },
    },
    isRare: rare !== undefined,
  };
}

/** In the stored text a tag stands in quotes, and a quote inside of one never without its backslash. */
function tagsPiece(tags: readonly string[]): Piece {
  const conditions = tags.map((_, place) => `instr(tags, :tag${place}) > 0`);
  return {
    sql: `id in (select t.id from flow_runs t where t.tags <> '[]' and (${conditions.map((each) => each.replace('tags', 't.tags')).join(' or ')}))`,
    values: Object.fromEntries(tags.map((tag, place) => [`tag${place}`, JSON.stringify(tag)])),
  };
}

function oneOf(column: string, name: string, values: readonly string[]): Piece {
  const places = values.map((_, place) => `:${name}${place}`);
  return {
    sql: values.length === 1 ? `${column} = ${places[0]}` : `${column} in (${places.join(', ')})`,
    values: Object.fromEntries(values.map((value, place) => [`${name}${place}`, value])),
  };
}
