/** How a run is told: its account task by task, its end, and what happens to it as it happens, as answers hold them. */
import { z } from 'zod';
import { run } from './run-shapes.ts';
import { anything, count, id, state, time } from './shapes.ts';

const lines = z.array(z.string()).meta({ description: 'what it printed last' });
/** With what only Weir itself decides by. */
const wholeError = z.looseObject({ name: z.string(), message: z.string(), stack: z.string().nullable() }).nullable();

export const runEnd = z
  .object({
    schema: z.literal('weir.run-end/1'),
    id,
    flow: z.string(),
    state,
    total_run_time_ms: z.number(),
    result: anything,
    error: wholeError,
    failed: count.meta({ description: 'tasks that failed, innermost: of a subflow those in it' }),
    failures: z
      .array(
        z.object({
          flow_run: id,
          id,
          name: z.string(),
          key: z.string().nullable(),
          alone: z.boolean().meta({ description: 'no other one of that name failed' }),
          run: id.nullable(),
          message: z.string().nullable(),
          error: wholeError,
          last_lines: lines,
        }),
      )
      .meta({ description: 'the first of them' }),
  })
  .meta({ id: 'RunEnd' });

export const account = z
  .object({
    schema: z.literal('weir.run-account/1'),
    run,
    end: runEnd,
    tasks: z
      .array(
        z.object({
          parent: id.nullable().meta({ description: 'the task that called it' }),
          called: z.boolean().meta({ description: 'by the latest attempt' }),
          last_lines: lines,
        }),
      )
      .meta({ description: 'beside each task of `run`' }),
    waits: z.string().nullable(),
    sleeping_until: time.nullable(),
  })
  .meta({ id: 'RunAccount' });
