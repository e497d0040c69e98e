/** A failure as the log tells it: each error once, though it may fail a task and then the flow that awaited it. */

import { causeLines } from '../model/error-words.ts';
import { type PlainError, toPlainError } from '../model/plain-error.ts';
import type { Report } from '../model/report.ts';

/** With the scope that the failed call stood in; null for one that no call told of. */
const told = new WeakMap<object, string | null>();

export function failureLog(
  error: unknown,
  call: number | null,
  scope: string | null = null,
): { plain: PlainError; report: Report } {
  const plain = ownFrames(toPlainError(error));
  if (typeof error === 'object' && error !== null) told.set(error, scope);
  const causes = causeLines(plain).map((line) => `    ${line}`);
  const text = [plain.stack ?? `${plain.name}: ${plain.message}`, ...causes].join('\n');
  return { plain, report: { kind: 'log', call, stream: 'log', level: 'error', at: Date.now(), text } };
}

/** The log has this error already, from elsewhere. */
export function markTold(error: object): void {
  told.set(error, null);
}

/** Whether a failure has told of this very error; `scope`: one of a call that stood in it. */
export function wasTold(error: unknown, scope?: string): boolean {
  if (typeof error !== 'object' || error === null || !told.has(error)) return false;
  return scope === undefined || told.get(error) === scope;
}

/** In a thread of its own, in the process of a command, in Node. */
const OF_WEIR = /^\s+at (?:.*(?:\[worker eval\]|node:)|(?:.* \()?(?:async )?(?:runner|command-line)\.cjs:)/;

/** `at Array.map (<anonymous>)`: with nothing of the user's below it, the runner called it. */
const OF_NOBODY = /^\s+at .*\(<anonymous>\)$/;

/** The stack without the runner's own frames: they say nothing about the user's code. */
export function ownFrames(plain: PlainError): PlainError {
  if (plain.stack === null) return plain;
  const lines = plain.stack.split('\n').filter((line) => !OF_WEIR.test(line));
  while (OF_NOBODY.test(lines.at(-1) ?? '')) lines.pop();
  return { ...plain, stack: lines.join('\n'), ...(plain.cause === undefined ? {} : { cause: ownFrames(plain.cause) }) };
}
