/**
 * Errors as plain objects: what is left of a thrown thing when it travels between threads, lies in the file, and is
 * shown. Making one must never throw, whatever was thrown.
 */
import { type ErrorCode, WeirError } from './errors.ts';

/** An error as it is stored and shown; further fields of a user's error stay with the value inside the runner. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | null;
  readonly code?: ErrorCode;
  readonly hint?: string;
  readonly cause?: PlainError;
  /** The parts of an AggregateError, without stacks. */
  readonly errors?: readonly PlainError[];
  readonly exit_code?: number | null;
  readonly signal?: string | null;
  readonly last_lines?: readonly string[];
}

/** A chain of causes longer than this is a circle. */
const LONGEST_CHAIN = 10;
/** The more failed at once, the less each one tells. */
const MOST_PARTS = 100;

/** Any thrown thing as a plain object; thrown non-errors are told as what they are. Never throws itself. */
export function toPlainError(thrown: unknown): PlainError {
  try {
    return plainError(thrown, 1);
  } catch (error) {
    const why = error instanceof Error ? error.message : 'it cannot be read';
    return { name: 'Error', message: `an error was thrown that cannot be told: ${why}`, stack: null };
  }
}

function plainError(thrown: unknown, depth: number): PlainError {
  if (!(thrown instanceof Error) && !looksLikeError(thrown)) {
    return { name: 'Error', message: `a value that is no Error was thrown: ${describeValue(thrown)}`, stack: null };
  }
  const error = thrown as Error & { code?: unknown; hint?: unknown; errors?: unknown; plain?: Partial<PlainError> };
  return {
    name: String(error.name),
    message: String(error.message),
    stack: typeof error.stack === 'string' ? error.stack : null,
    ...(error.name === 'WeirError' && typeof error.code === 'string' ? { code: error.code as ErrorCode } : {}),
    ...(typeof error.hint === 'string' ? { hint: error.hint } : {}),
    ...(Array.isArray(error.errors) && error instanceof AggregateError ? { errors: partsOf(error.errors) } : {}),
    ...(error.cause === undefined || depth === LONGEST_CHAIN ? {} : { cause: plainError(error.cause, depth + 1) }),
    ...(error.plain ?? {}),
  };
}

function partsOf(errors: readonly unknown[]): PlainError[] {
  return errors.slice(0, MOST_PARTS).map((error) => {
    const { name, message } = plainError(error, LONGEST_CHAIN);
    return { name, message, stack: null };
  });
}

/** The way back: WeirErrors become WeirErrors again, everything else an Error of the same name. */
export function fromPlainError(plain: PlainError): Error {
  const cause = plain.cause && fromPlainError(plain.cause);
  if (plain.code !== undefined) {
    const options = {
      ...(plain.hint === undefined ? {} : { hint: plain.hint }),
      ...(cause === undefined ? {} : { cause }),
    };
    return new WeirError(plain.code, plain.message, options);
  }
  const error = new Error(plain.message, cause === undefined ? undefined : { cause });
  error.name = plain.name;
  if (plain.stack !== null) error.stack = plain.stack;
  if (plain.errors !== undefined) Object.assign(error, { errors: plain.errors.map(fromPlainError) });
  return error;
}

function looksLikeError(thrown: unknown): boolean {
  return typeof thrown === 'object' && thrown !== null && 'message' in thrown && 'name' in thrown;
}

function describeValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 200));
  try {
    return (JSON.stringify(value) ?? String(value)).slice(0, 200);
  } catch {
    return Object.prototype.toString.call(value);
  }
}
