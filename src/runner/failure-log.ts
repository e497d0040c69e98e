/** A failure as the log tells it: each error once, though it may fail a task and then the flow that awaited it. */

import { type PlainError, toPlainError } from '../model/plain-error.ts';
import type { Report } from '../model/report.ts';

const told = new WeakSet<object>();

export function failureLog(error: unknown, call: number | null): { plain: PlainError; report: Report } {
  const plain = ownFrames(toPlainError(error));
  if (typeof error === 'object' && error !== null) told.add(error);
  const text = plain.stack ?? `${plain.name}: ${plain.message}`;
  return { plain, report: { kind: 'log', call, stream: 'log', level: 'error', at: Date.now(), text } };
}

/** The log has this error already, from elsewhere. */
export function markTold(error: object): void {
  told.add(error);
}

/** Whether a task's failure has told of this very error. */
export function wasTold(error: unknown): boolean {
  return typeof error === 'object' && error !== null && told.has(error);
}

/** In a thread of its own, in the process of a command, in Node. */
const OF_WEIR = /^\s+at .*(\[worker eval\]|(?<![/\\])\bcommand-line\.cjs:|node:)/;

/** The stack without the runner's own frames: they say nothing about the user's code. */
export function ownFrames(plain: PlainError): PlainError {
  if (plain.stack === null) return plain;
  const lines = plain.stack.split('\n').filter((line) => !OF_WEIR.test(line));
  return { ...plain, stack: lines.join('\n'), ...(plain.cause === undefined ? {} : { cause: ownFrames(plain.cause) }) };
}
