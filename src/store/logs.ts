/** Log text of runs, in chunks of lines that share run, task, attempt, stream and level. */
import type { LogLevel } from '../model/report.ts';
import type { Database } from './database.ts';
import { lazyStatements } from './statements.ts';

export interface LogChunk {
  readonly flowRunId: number;
  readonly taskRunId: number | null;
  readonly attempt: number;
  readonly stream: 'log' | 'stdout' | 'stderr';
  readonly level: LogLevel;
  readonly at: number;
  /** One or more lines, without the last line's end. */
  readonly text: string;
  readonly fields: string | null;
}

export interface StoredLogChunk extends LogChunk {
  readonly id: number;
  /** Number of its first line within the run, from 1. */
  readonly firstLine: number;
  readonly lines: number;
}

const INSERT = `
  insert into logs (flow_run_id, task_run_id, attempt, stream, level, at, first_line, lines, text, fields)
  values (:flowRunId, :taskRunId, :attempt, :stream, :level, :at,
    coalesce((select first_line + lines from logs where flow_run_id = :flowRunId order by id desc limit 1), 1)
      + :leftOutLines,
    :lines, :text, :fields)`;

// plan: search logs by the integer primary key (rowid>? and rowid<?)
const REMOVE = `
  delete from logs
  where id > :after
    and id <= :until
    and flow_run_id = :flowRunId
    and task_run_id is :taskRunId
    and attempt = :attempt`;

const MARK = `
  update logs
  set text = :text, lines = 1, fields = null, stream = 'log', level = 'warn'
  where id = :id`;

const COLUMNS = `
  id, flow_run_id as flowRunId, task_run_id as taskRunId, attempt, stream, level, at, first_line as firstLine, lines,
  text, fields`;

const AFTER = `select ${COLUMNS} from logs where flow_run_id = :flowRunId and id > :after order by id limit :limit`;
const OF_TASK_AFTER = `
  select ${COLUMNS}
  from logs
  where task_run_id = :taskRunId
    and id > :after
    and (:attempt is null or attempt = :attempt)
  order by id
  limit :limit`;

const LAST_OF_RUN = `
  select ${COLUMNS}
  from logs
  where flow_run_id = :flowRunId
    and id < :before
  order by id desc
  limit :limit`;
const NEWEST_ID = 'select max(id) from logs where flow_run_id = :flowRunId';
// plan: search logs using index logs_by_task_run (task_run_id=?), backwards
const LAST_OF_TASK = `
  select ${COLUMNS}
  from logs
  where task_run_id = :taskRunId
    and attempt = :attempt
  order by id desc
  limit :limit`;

export function createLogs(database: Database) {
  const statement = lazyStatements(database);

  return {
    /** Gives its id. `leftOutLines`: how many lines before it are missing; they are counted in its number. */
    append(chunk: LogChunk, leftOutLines = 0): number {
      return Number(statement(INSERT).run({ ...chunk, lines: countLines(chunk.text), leftOutLines }).lastInsertRowid);
    },

    /** Takes out the chunks of an attempt between two ids, both included; the first becomes `mark`. */
    leaveOut(of: LogChunk, firstId: number, lastId: number, mark: string): void {
      const { flowRunId, taskRunId, attempt } = of;
      statement(REMOVE).run({ flowRunId, taskRunId, attempt, after: firstId, until: lastId });
      statement(MARK).run({ id: firstId, text: mark });
    },

    after: (flowRunId: number, id: number, limit: number): StoredLogChunk[] =>
      statement(AFTER).all({ flowRunId, after: id, limit }) as StoredLogChunk[],

    ofTaskAfter: (taskRunId: number, attempt: number | null, id: number, limit: number): StoredLogChunk[] =>
      statement(OF_TASK_AFTER).all({ taskRunId, attempt, after: id, limit }) as StoredLogChunk[],

    /** The last chunks of a run before one of them, oldest first. */
    lastOfRun: (flowRunId: number, before: number, limit: number): StoredLogChunk[] =>
      (statement(LAST_OF_RUN).all({ flowRunId, before, limit }) as StoredLogChunk[]).reverse(),

    /** 0 while the run has none. */
    newestId: (flowRunId: number): number => (statement(NEWEST_ID).pluck().get({ flowRunId }) as number | null) ?? 0,

    /** The last chunks of an attempt, oldest first. */
    lastOfTask: (taskRunId: number, attempt: number, limit: number): StoredLogChunk[] =>
      (statement(LAST_OF_TASK).all({ taskRunId, attempt, limit }) as StoredLogChunk[]).reverse(),
  };
}

function countLines(text: string): number {
  let lines = 1;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines++;
  return lines;
}
