/** Which file called a function of the SDK, by the stack: paths that it gives count from there. */

/** URL of the file that called `callee`; null where the engine does not tell. */
export function callingFile(callee: (...args: never[]) => unknown): string | null {
  const place = { stack: '' };
  Error.captureStackTrace(place, callee);
  return /(file:\/\/[^\s)]+?):\d+:\d+\)?$/m.exec(place.stack)?.[1] ?? null;
}
