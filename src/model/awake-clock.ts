/**
 * Time that goes on evenly while the machine is awake, whatever is done to the wall clock: milliseconds since some moment
 * in the past. Of one machine, and of no use but for differences. Not `performance.now()`: loading what is behind it takes
 * a short run 1.7 ms.
 */
export function awakeMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
