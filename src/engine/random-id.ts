/** Ids that nobody else has: of processes, and of their claims. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** A random UUID, from the kernel where it gives them: loading node:crypto for one would take 5 ms of a short run. */
export function randomId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/uuid', 'latin1').trim();
  } catch {
    return randomUUID();
  }
}
