/** What a process has taken of the processor, as Linux counts it. */
import { readFileSync } from 'node:fs';

/** The clock ticks that Linux counts CPU time in. */
const TICKS_PER_SECOND = 100;

/** Of all its threads, user and system, ms. */
export function cpuMs(pid: number): number {
  const [user = 0, system = 0] = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return ((user + system) * 1000) / TICKS_PER_SECOND;
}
