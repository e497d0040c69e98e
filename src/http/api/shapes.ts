/**
 * What answers hold, as schemas for the description of the API; the JSON itself is made by src/engine/*-json.ts, as for
 * the command line. Tests hold every answer against them. This file: what many shapes share.
 */
import { z } from 'zod';
import { SLOT_OUTCOMES } from '../../engine/tell/slot-json.ts';
import { TRIGGERS } from '../../model/run-filter.ts';
import { STATE_NAMES, STATE_TYPES } from '../../model/state.ts';

export const time = z.string().meta({ format: 'date-time' });
export const id = z.int().min(1);
export const count = z.int().min(0);
/** Any JSON. */
export const anything = z.unknown();
export const metrics = z.record(z.string(), z.number());
export const trigger = z.enum(TRIGGERS);
export const outcome = z.enum(SLOT_OUTCOMES);

export const state = z
  .object({
    type: z.enum(STATE_TYPES),
    name: z.enum(Object.values(STATE_NAMES).flat()),
    message: z.string().nullable(),
    at: time,
  })
  .meta({ id: 'State' });

export const problem = z
  .object({
    type: z.literal('about:blank'),
    title: z.string().meta({ description: 'what, where and why, in a sentence' }),
    status: z.int(),
    code: z.string().meta({ description: 'stable: programs may decide by it' }),
    detail: z.string().meta({ description: 'the next step, where there is one' }),
    field: z.string().optional().meta({ description: 'the parameter, or the place in the body, that is at fault' }),
    errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457' });

/** A page of a list. */
export function listOf(schema: string, item: z.ZodType) {
  return z.object({
    schema: z.literal(schema),
    items: z.array(item),
    next: z.string().nullable().meta({ description: 'the `cursor` of the next page; null: this is the last' }),
  });
}
