/**
 * Where things lie in a log: pages of it in both directions, and the chunk that holds a line, found by halving the range
 * of ids, so that no line of a log of any length costs more than some thirty looks into an index.
 */
import type { StateName } from '../model/state.ts';
import type { Database } from './database.ts';
import type { StoredLogChunk } from './logs.ts';
import { lazyStatements } from './statements.ts';

/** Whose chunks: all of a run, or those of one task run, perhaps of one of its attempts. */
export type LogOwner =
  | { readonly runId: number; readonly taskRunId: null }
  | { readonly runId: number; readonly taskRunId: number; readonly attempt: number | null };

/** A chunk without its text. */
export interface LogPlace {
  readonly id: number;
  readonly firstLine: number;
  readonly lines: number;
  readonly attempt: number;
}

const COLUMNS = `
  id, flow_run_id as flowRunId, task_run_id as taskRunId, attempt, stream, level, at, first_line as firstLine, lines,
  text, fields`;
const PLACE = 'id, first_line as firstLine, lines, attempt';

// plan: search logs using index logs_by_flow_run (flow_run_id=? and id>?), or logs_by_task_run; each also backwards
const OF_RUN = 'flow_run_id = :runId';
const OF_TASK = 'task_run_id = :taskRunId and (:attempt is null or attempt = :attempt)';
const AFTER = (owner: string) => `select ${COLUMNS} from logs where ${owner} and id > :after order by id limit :limit`;
const BEFORE = (owner: string) =>
  `select ${COLUMNS} from logs where ${owner} and id < :before order by id desc limit :limit`;
const PLACE_AT = (owner: string) => `select ${PLACE} from logs where ${owner} and id >= :id order by id limit 1`;
const PLACE_BEFORE = (owner: string) =>
  `select ${PLACE} from logs where ${owner} and id < :id order by id desc limit 1`;
const LINES = (owner: string) =>
  `select coalesce(sum(lines), 0) as lines, count(*) as chunks
  from (select lines from logs where ${owner} and id > :after and id < :before order by id limit :limit)`;
const TASKS = `
  select id, name, label, state_name as state
  from task_runs
  where flow_run_id = :runId
  order by position, id
  limit :limit`;
const NEWEST = 'select coalesce(max(id), 0) from logs';

export function createLogPlaces(database: Database) {
  const statement = lazyStatements(database);
  const bind = (owner: LogOwner) =>
    owner.taskRunId === null
      ? { sql: OF_RUN, values: { runId: owner.runId } }
      : { sql: OF_TASK, values: { taskRunId: owner.taskRunId, attempt: owner.attempt } };

  function at(owner: LogOwner, id: number): LogPlace | null {
    const { sql, values } = bind(owner);
    return (statement(PLACE_AT(sql)).get({ ...values, id }) as LogPlace | undefined) ?? null;
  }

  function before(owner: LogOwner, id: number): LogPlace | null {
    const { sql, values } = bind(owner);
    return (statement(PLACE_BEFORE(sql)).get({ ...values, id }) as LogPlace | undefined) ?? null;
  }

  return {
    /** Oldest first. */
    pageAfter(owner: LogOwner, after: number, limit: number): StoredLogChunk[] {
      const { sql, values } = bind(owner);
      return statement(AFTER(sql)).all({ ...values, after, limit }) as StoredLogChunk[];
    },
    /** Newest first. */
    pageBefore(owner: LogOwner, id: number, limit: number): StoredLogChunk[] {
      const { sql, values } = bind(owner);
      return statement(BEFORE(sql)).all({ ...values, before: id, limit }) as StoredLogChunk[];
    },
    /** The first chunk with this id or a later one. */
    at,
    /** The last chunk with an earlier id. */
    before,
    /** The chunk of a run that holds a line, or the next one where the line was left out; null behind the end. */
    ofLine(runId: number, line: number): LogPlace | null {
      const owner = { runId, taskRunId: null };
      let low = at(owner, 0);
      const last = before(owner, Number.MAX_SAFE_INTEGER);
      if (low === null || last === null || line >= last.firstLine + last.lines) return null;
      // Invariant: `low` begins at or before the line, and every chunk from `high` on begins after it.
      let high = last.id + 1;
      while (low !== null && high - low.id > 1) {
        const middle = at(owner, low.id + Math.ceil((high - low.id) / 2));
        if (middle === null || middle.id >= high) high = low.id + Math.ceil((high - low.id) / 2);
        else if (middle.firstLine <= line) low = middle;
        else high = low.id + Math.ceil((high - low.id) / 2);
      }
      if (low === null || line < low.firstLine + low.lines) return low;
      return at(owner, low.id + 1);
    },
    /** How many lines lie between two ids, both left out; null where that would take long. */
    linesBetween(owner: LogOwner, after: number, until: number, most: number): number | null {
      const { sql, values } = bind(owner);
      const found = statement(LINES(sql)).get({ ...values, after, before: until, limit: most + 1 });
      const { lines, chunks } = found as { lines: number; chunks: number };
      return chunks > most ? null : lines;
    },
    /** Task runs of a run whose logs there may be, as their titles are made. */
    tasksOf: (runId: number, limit: number) =>
      statement(TASKS).all({ runId, limit }) as {
        readonly id: number;
        readonly name: string;
        readonly label: string | null;
        readonly state: StateName;
      }[],
    /** Of all logs: while it stays the same, nobody has printed anything. */
    newestId: (): number => statement(NEWEST).pluck().get() as number,
  };
}

export type LogPlaces = ReturnType<typeof createLogPlaces>;
