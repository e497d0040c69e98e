/** Ids that nobody else has: of processes, and of their claims. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** A short run needs two. */
const FEW = 4;

let given = 0;

/**
 * A random UUID. The first few are the kernel's, where it gives them: loading node:crypto for them would take 5 ms of a
 * short run. Who needs many gets them faster from there.
 */
export function randomId(): string {
  if (++given > FEW) return randomUUID();
  try {
    return readFileSync('/proc/sys/kernel/random/uuid', 'latin1').trim();
  } catch {
    return randomUUID();
  }
}
