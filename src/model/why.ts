/**
 * Why a task was reused, ran again or was left alone, in words: what `weir show` says of each task of a later attempt.
 * Only tells; the rule itself is the runner's (same identity, and a result that was kept).
 */
import { partsOfCode } from './identity.ts';
import { isFinal, type State } from './state.ts';

/** The task run as an earlier attempt left it. */
export interface FormerCall {
  readonly state: State;
  /** What it has been in, that last. */
  readonly states: readonly State[];
  /** How often it has run; 0: it was called, and never began. */
  readonly attempt: number;
  readonly codeHash: string;
  /** null: the inputs could not be hashed. */
  readonly inputHash: string | null;
  readonly reusable: boolean;
  /** Why it was asked to run again although it could be reused, such as `--from fetch`. */
  readonly again: string | null;
}

/** The call that takes its place now. */
export interface LaterCall {
  readonly codeHash: string;
  readonly inputHash: string | null;
  /** The task has a `key`, which stands for its inputs. */
  readonly isKeyed: boolean;
  /** What has become of a file that the earlier call handed on. */
  readonly lost?: string | undefined;
}

/** `ran again: failed before, code changed`; `ran now: an upstream failed before`. `isExact`: both calls have one identity. */
export function whyAgain(former: FormerCall, call: LaterCall, isExact: boolean): string {
  const asked = isFinal(former.state.type) ? former.again : null;
  const reasons = [asked ?? whatBecameOf(former.state)].filter((reason) => reason !== null);
  // What was withheld had neither code nor inputs: nothing can be said of a change of them.
  if (!isExact && !wasWithheld(former)) reasons.push(...changes(former, call));
  if (isExact && reasons.length === 0) reasons.push(whyNotReused(former, call));
  return `${former.attempt === 0 ? 'ran now' : 'ran again'}: ${reasons.join(', ')}`;
}

/** `reused from attempt 1`, and what was overlooked for it. */
export function whyReused(fromAttempt: number, attempt: number, former: FormerCall, call: LaterCall): string {
  const place = fromAttempt === attempt ? 'reused within attempt' : 'reused from attempt';
  const overlooked = former.codeHash === call.codeHash && former.inputHash === call.inputHash;
  if (!overlooked) return `${place} ${fromAttempt} although ${changes(former, call).join(', ')}`;
  return `${place} ${fromAttempt}${call.isKeyed ? ', by its key' : ''}`;
}

/** It ended without having been begun: skipped, refused, or held up by an upstream. */
function wasWithheld({ state, states }: FormerCall): boolean {
  if (state.name === 'UpstreamFailed') return true;
  const isEnd = state.type === 'SKIPPED' || state.type === 'FAILED';
  return isEnd && states.at(-2)?.type === 'PENDING';
}

function changes(former: FormerCall, call: LaterCall): string[] {
  const before = partsOfCode(former.codeHash);
  const now = partsOfCode(call.codeHash);
  const isCode = before.code !== now.code;
  const isFile = before.files !== now.files && !isCode;
  const isInputs = former.inputHash !== call.inputHash;
  const inputs = call.isKeyed ? 'key' : 'inputs';
  if (isInputs && (isCode || isFile)) return [`${isCode ? 'code' : 'file'} and ${inputs} changed`];
  if (isCode) return ['code changed'];
  if (isFile) return ['file changed'];
  if (isInputs) return [call.inputHash === null ? NOT_COMPARED : `${inputs} changed`];
  return ['the task around it changed'];
}

const NOT_COMPARED = 'its inputs cannot be compared, give it a key';

function whyNotReused(former: FormerCall, call: LaterCall): string {
  if (call.lost !== undefined) return call.lost;
  if (!former.reusable) return 'the result could not be stored';
  return call.inputHash === null ? NOT_COMPARED : 'its stored result could not be read';
}

/** What an earlier attempt left unfinished; null when it completed. */
function whatBecameOf({ type, name }: State): string | null {
  switch (type) {
    case 'COMPLETED':
      return null;
    case 'FAILED':
      if (name === 'UpstreamFailed') return 'an upstream failed before';
      return name === 'TimedOut' ? 'timed out before' : 'failed before';
    case 'CANCELLED':
      return 'cancelled before';
    case 'CRASHED':
      return 'its process died before';
    case 'SKIPPED':
      return 'skipped before';
    default:
      if (name === 'AwaitingRetry') return 'failed before';
      return name === 'AwaitingResume' ? 'interrupted before' : 'had not finished';
  }
}
