/**
 * Has memory of passed output collected in time. V8 sees buffers as a few bytes each and lets them grow to 64 MB before
 * it looks: measured with 16 MiB of output, 52 MB of them were garbage. Never needed for what is small.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Output that may pass between two collections. A collection of the young takes 1 ms. */
const EVERY_BYTES = 1024 * 1024;

type Collect = (options: { readonly type: 'minor' }) => void;

let collect: Collect | undefined;
let passed = 0;

/** So much has passed through this process; its memory is not held on to any more. */
export function passedOn(bytes: number): void {
  passed += bytes;
  if (passed < EVERY_BYTES) return;
  passed = 0;
  collect ??= exposed();
  collect({ type: 'minor' });
}

function exposed(): Collect {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as Collect;
}
