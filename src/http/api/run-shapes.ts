/** Flow runs, task runs, log lines and artifacts as answers hold them. */
import { z } from 'zod';
import { anything, count, id, metrics, state, time, trigger } from './shapes.ts';

interface RunError {
  name: string;
  message: string;
  stack: string | null;
  hint?: string | undefined;
  cause?: RunError | null | undefined;
  errors?: (RunError | null)[] | undefined;
  exit_code?: number | null | undefined;
  signal?: string | null | undefined;
  last_lines?: string[] | undefined;
}

const error: z.ZodType<RunError> = z
  .object({
    name: z.string(),
    message: z.string(),
    stack: z.string().nullable(),
    hint: z.string().optional().meta({ description: 'what to do about it' }),
    cause: z.lazy(() => error.nullable().optional()),
    errors: z.lazy(() => z.array(error.nullable()).optional()),
    exit_code: z.int().nullable().optional().meta({ description: 'of a command' }),
    signal: z.string().nullable().optional(),
    last_lines: z.array(z.string()).optional(),
  })
  .meta({ id: 'RunError' });

const ofRuns = {
  id,
  flow: z.string(),
  deployment: z.string().nullable(),
  name: z.string(),
  state,
  params: anything,
  result: anything,
  result_size: count.nullable(),
  error: error.nullable(),
  tags: z.array(z.string()),
  metrics,
  attempt: count,
  created_at: time,
  scheduled_at: time.nullable(),
  start_time: time.nullable(),
  end_time: time.nullable(),
  total_run_time_ms: z.number(),
  slot: time.nullable(),
  parent: z.object({ run: id, task: id.nullable() }).nullable(),
  trigger,
  infrastructure: z.string(),
};

export const runSummary = z.object(ofRuns).meta({ id: 'RunSummary' });

const ofTasks = {
  id,
  name: z.string(),
  key: z.string().nullable(),
  index: count,
  state,
  attempt: count,
  upstream: z.array(id),
  reused_from_attempt: count.nullable(),
  cached_from: z.object({ run: id, task: id.nullable() }).nullable(),
  why: z.string().nullable(),
  start_time: time.nullable(),
  end_time: time.nullable(),
  total_run_time_ms: z.number(),
  result: anything,
  result_size: count.nullable(),
  error: error.nullable(),
  metrics,
  peak_memory: z.number().optional().meta({ description: 'bytes, of a command and all that it started' }),
  cpu_ms: z.number().optional(),
  run: id.optional().meta({ description: 'the run of the subflow that it stands for' }),
  states: z.array(state),
};

const task = z.object(ofTasks).meta({ id: 'Task' });

/** A task run by itself says whose it is. */
export const taskRun = z.object({ flow_run: id, ...ofTasks }).meta({ id: 'TaskRun' });

const ofArtifacts = {
  key: z.string(),
  kind: z.enum(['markdown', 'table', 'link', 'image', 'file', 'summary']),
  description: z.string().nullable(),
  task: id.nullable(),
  media_type: z.string(),
  size: count,
  created_at: time,
};

const artifactOfRun = z.object(ofArtifacts).meta({ id: 'ArtifactOfRun' });
export const artifact = z.object({ run: id, ...ofArtifacts }).meta({ id: 'Artifact' });

export const run = z
  .object({
    schema: z.literal('weir.run/1'),
    ...ofRuns,
    tasks: z.array(task),
    states: z.array(state),
    artifacts: z.array(artifactOfRun),
  })
  .meta({ id: 'Run' });

export const logLine = z
  .object({
    run: id,
    line: count.nullable(),
    at: time,
    task: z.string().nullable(),
    key: z.string().nullable(),
    task_id: id.nullable(),
    attempt: count,
    stream: z.enum(['log', 'stdout', 'stderr']),
    level: z.enum(['debug', 'info', 'warn', 'error']),
    text: z.string(),
    path: z.string().optional().meta({ description: 'the calls that lead to the subflow which said it' }),
    fields: anything.optional(),
  })
  .meta({ id: 'LogLine' });
