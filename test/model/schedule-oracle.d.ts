/**
 * An oracle for cron in a time zone that shares nothing with the product: it looks at every minute of a window, without
 * croner and without segments. Slow, and simple enough to be believed.
 */
/** Due times (epoch ms) in [from, to), of five fields of numbers, lists, ranges, `*` and steps. */
export declare function dueMinutes(fields: string, zone: string, from: number, to: number): number[];
