/**
 * Fields of requests, as schemas: whole numbers and flags out of texts, names, times, pages of lists. What a text means is
 * decided by the parsers that the command line uses, so that both understand the same.
 */
import { z } from 'zod';

const LONGEST_NAME = 500;
const LONGEST_TEXT = 10_000;

/** A whole number that arrives as text, in a query or a path. */
export function whole(least: number, most: number) {
  return z
    .string()
    .transform((text, context) => {
      const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
      if (value >= least && value <= most) return value;
      context.addIssue(`must be a whole number from ${least} to ${most}`);
      return z.NEVER;
    })
    .meta({ type: 'integer', minimum: least, maximum: most });
}

/** `true` or `false` in a query. */
export function flag() {
  return z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .meta({ type: 'boolean', enum: undefined });
}

/** A name in a path or a query: anything that could be one; whether it is known is asked later. */
export function name(description: string) {
  return z.string().min(1).max(LONGEST_NAME).meta({ description });
}

/** Text that a parser of the command line reads: a time, a duration, a filter. */
export function text(description: string) {
  return z.string().min(1).max(LONGEST_TEXT).meta({ description });
}

/** A parameter that may be given again. */
export function repeated(item: z.ZodType<string>, description: string) {
  return z.array(item).max(100).meta({ description });
}

/** A part of a list: so many items, behind the place where the part before ended. */
export function paged(usual: number, most: number) {
  return {
    limit: whole(1, most)
      .optional()
      .transform((limit) => limit ?? usual)
      .meta({ type: 'integer', minimum: 1, maximum: most, default: usual, description: 'how many items at most' }),
    cursor: z
      .string()
      .min(1)
      .max(300)
      .optional()
      .meta({ description: 'what `next` of the page before said; it means nothing to anybody else' }),
  };
}
