/**
 * A first flow: looks how full a disk is, and warns in time. Change it into your own.
 *
 *   weir run flow.ts                            run it now
 *   weir run flow.ts -p folder=/tmp -p warnBelow=20
 *   weir show                                   what happened, task by task
 *   weir up .                                   server, schedule and page
 */
import { flow, log, metric, type ShellOutcome, sh, task, z } from 'weir';

interface Disk {
  freeGigabytes: number;
  freePercent: number;
}

/** A task is a function with retries, a time limit, a state and a log of its own. */
const readFree = task({ name: 'read-free' }, ({ stdout }: ShellOutcome): Disk => {
  const [, total, , free] = /(\d+)\s+(\d+)\s+(\d+)\s+\d+%/.exec(stdout) ?? [];
  if (total === undefined || free === undefined) throw new Error(`df told something else: ${stdout}`);
  return { freeGigabytes: Number(free) / 1024 ** 2, freePercent: (100 * Number(free)) / Number(total) };
});

/** What fails is tried again: at once most things are only down for a moment. */
const warn = task(
  { name: 'warn', retries: 2, retryDelay: ['1s', '10s'], timeout: '1m' },
  async (disk: Disk, folder: string, warnBelow: number) => {
    metric('free_percent', disk.freePercent);
    const told = `${folder}: ${disk.freeGigabytes.toFixed(1)} GB free, ${disk.freePercent.toFixed(0)} %`;
    if (disk.freePercent >= warnBelow) return `fine, ${told}`;
    log.warn(`less than ${warnBelow} % free`, { ...disk, folder });
    return `nearly full, ${told}`;
  },
);

export default flow(
  {
    name: 'disk-space',
    description: 'Warns before a disk is full',
    params: z.object({
      folder: z.string().default('/').describe('Any folder on the disk'),
      warnBelow: z.number().min(0).max(100).default(5).describe('Percent that must be free'),
    }),
    // schedule: { cron: '0 7 * * *', timezone: 'Europe/Berlin' }, // every morning at seven, once `weir up .` runs
  },
  async ({ folder, warnBelow }) => {
    // A shell command is a task as well. Values never become script text: each arrives whole, whatever is in it.
    const df = sh({ name: 'df', timeout: '30s' })`df -Pk ${folder}`;

    // Calls give futures at once. Passing one on makes an edge: readFree waits for df, warn waits for readFree.
    return warn(readFree(df), folder, warnBelow);
  },
);
