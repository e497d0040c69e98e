/**
 * Every error that Weir itself raises: a stable code, a sentence with the value at fault, and the next step.
 * The catalogue below is the only place that says which exit code and which HTTP status a code becomes.
 * Errors of user code are not WeirErrors; they travel as plain objects (see message.ts).
 */

/** Exit codes of the command line. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  declined: 3,
  notAuthorised: 4,
  runFailed: 5,
  runCancelled: 6,
  versionMismatch: 7,
  timedOut: 8,
  serverUnreachable: 9,
} as const;

/** Code of the catalogue: what it becomes on the command line and over HTTP. */
export const CATALOGUE = {
  usage: { exit: EXIT.usage, status: 400 },
  'not-found': { exit: EXIT.failed, status: 404 },
  conflict: { exit: EXIT.failed, status: 409 },
  'invalid-flow': { exit: EXIT.usage, status: 422 },
  'invalid-parameters': { exit: EXIT.runFailed, status: 422 },
  'invalid-value': { exit: EXIT.usage, status: 400 },
  'outside-flow': { exit: EXIT.failed, status: 500 },
  'not-storable': { exit: EXIT.failed, status: 500 },
  'evaluation-failed': { exit: EXIT.failed, status: 422 },
  'database-unusable': { exit: EXIT.failed, status: 503 },
  'newer-schema': { exit: EXIT.versionMismatch, status: 503 },
  'version-mismatch': { exit: EXIT.versionMismatch, status: 409 },
  'file-system': { exit: EXIT.failed, status: 500 },
  'server-running': { exit: EXIT.failed, status: 409 },
  'port-in-use': { exit: EXIT.failed, status: 500 },
  'not-authorised': { exit: EXIT.notAuthorised, status: 401 },
  forbidden: { exit: EXIT.notAuthorised, status: 403 },
  'method-not-allowed': { exit: EXIT.usage, status: 405 },
  'too-large': { exit: EXIT.usage, status: 413 },
  'unsupported-type': { exit: EXIT.usage, status: 415 },
  'too-many-requests': { exit: EXIT.failed, status: 429 },
  'host-lost': { exit: EXIT.runFailed, status: 500 },
  'timed-out': { exit: EXIT.timedOut, status: 504 },
  unreachable: { exit: EXIT.serverUnreachable, status: 502 },
  internal: { exit: EXIT.failed, status: 500 },
} as const satisfies Record<string, { exit: number; status: number }>;

export type ErrorCode = keyof typeof CATALOGUE;

/** A named value that cannot be, and why: `expected a number`. */
export interface FieldFault {
  readonly field: string;
  readonly message: string;
}

/** An error that explains itself: `message` says what, where and why; `hint` says what to do next. */
export class WeirError extends Error {
  override readonly name = 'WeirError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  /** The fields at fault, where several values were given by name. */
  readonly fields: readonly FieldFault[];

  constructor(
    code: ErrorCode,
    sentence: string,
    options: { hint?: string; cause?: unknown; fields?: readonly FieldFault[] } = {},
  ) {
    super(sentence, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.fields = options.fields ?? [];
  }
}

/** The nearest of `names` to `word`, for "did you mean"; undefined when none is near enough. */
export function nearest(word: string, names: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const name of names) {
    const distance = editDistance(word.toLowerCase(), name.toLowerCase());
    // Of two that are as near, the one whose letters are all there: a letter is left out more often than mistaken.
    const isTie =
      best !== undefined && distance === bestDistance && holdsLetters(name, word) && !holdsLetters(best, word);
    if (distance < bestDistance || isTie) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}

/** Whether `name` has all letters of `word`, in their order. */
function holdsLetters(name: string, word: string): boolean {
  let place = 0;
  for (const letter of name.toLowerCase()) if (letter === word[place]?.toLowerCase()) place++;
  return place === word.length;
}

/** Letters to add, drop, change or swap with their neighbour; words here are a few dozen characters at most. */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const substitution = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const isSwapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      const swap = isSwapped ? (beforePrevious[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY;
      current.push(Math.min((previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, substitution, swap));
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[b.length] ?? 0;
}
