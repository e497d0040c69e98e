/** Why a run or a due time stands as it does, two runs side by side, and what a retry would do, as answers hold them. */
import { z } from 'zod';
import { runSummary } from './run-shapes.ts';
import { anything, count, id, state, time } from './shapes.ts';

const holder = z.object({
  run: id,
  flow: z.string(),
  task: z.object({ id, name: z.string() }).nullable(),
  amount: count,
  since: time,
});

const wait = z
  .object({
    limit: z.string(),
    capacity: count,
    task: z.object({ id, name: z.string() }).nullable().meta({ description: 'null: the run itself waits' }),
    amount: count,
    since: time,
    ahead: count.meta({ description: 'how many wait for it that came before' }),
    holders: z.array(holder),
  })
  .meta({ id: 'LimitWait' });

export const whyRun = z
  .object({
    schema: z.literal('weir.why/1'),
    run: id,
    flow: z.string(),
    state,
    why: z.string().meta({ description: 'in a sentence or two' }),
    waits: z.array(wait),
    failed_task: z
      .object({
        id,
        name: z.string(),
        error: z.looseObject({ name: z.string(), message: z.string(), stack: z.string().nullable() }).nullable(),
        last_lines: z.array(z.string()).meta({ description: 'what it printed last' }),
      })
      .nullable(),
    next: z.array(z.string()).meta({ description: 'commands that go on from here' }),
  })
  .meta({ id: 'WhyRun' });

export const whySlots = z
  .object({
    schema: z.literal('weir.why-slots/1'),
    items: z.array(
      z.object({
        deployment: z.string(),
        schedule: z.string().nullable(),
        slot: time.nullable(),
        outcome: z.string(),
        run: id.nullable(),
        why: z.string(),
        facts: z.array(z.string()),
        next: z.array(z.string()),
      }),
    ),
    next: z.null(),
  })
  .meta({ id: 'WhySlots' });

const pairOf = <T extends z.ZodType>(value: T) => z.array(value.nullable()).length(2);

export const comparison = z
  .object({
    schema: z.literal('weir.comparison/1'),
    runs: z.array(runSummary).length(2),
    code: z.object({ hashes: pairOf(z.string()), versions: pairOf(z.string()), same: z.boolean() }),
    params: z.array(z.object({ name: z.string(), values: z.array(anything).length(2), same: z.boolean() })),
    metrics: z.array(z.object({ name: z.string(), values: pairOf(z.number()), change: z.number().nullable() })),
    tasks: z.array(
      z.object({
        name: z.string(),
        key: z.string().nullable(),
        count: z.array(count).length(2),
        state: pairOf(z.string()),
        total_run_time_ms: pairOf(z.number()),
        attempt: pairOf(count),
      }),
    ),
  })
  .meta({ id: 'Comparison', description: 'pairs hold what the first has, then the other; null where one has none' });

export const retryForecast = z
  .object({
    schema: z.literal('weir.retry-forecast/1'),
    run: id.meta({ description: 'that would open again: of a subflow, the one that called it first' }),
    flow: z.string(),
    asked: id,
    attempt: count,
    only: z.boolean(),
    items: z.array(
      z.object({
        id,
        name: z.string(),
        key: z.string().nullable(),
        state: z.object({ type: state.shape.type, name: state.shape.name }),
        verdict: z.enum(['reuse', 'run', 'keep-failure', 'not-called']),
        why: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'RetryForecast' });
