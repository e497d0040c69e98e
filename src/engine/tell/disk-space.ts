/** How much room is left where the database lies. Only reads. */
import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';

export interface DiskSpace {
  /** Bytes that this user may still write. */
  readonly free: number;
  readonly total: number;
}

const GIGABYTE = 1e9;

/** Null where the system does not say. */
export function diskSpace(databasePath: string): DiskSpace | null {
  try {
    const { bavail, blocks, bsize } = statfsSync(dirname(databasePath));
    return { free: bavail * bsize, total: blocks * bsize };
  } catch {
    return null;
  }
}

/** Too little to go on for long: under 1 GB, or under 2 % of a disk where that is less than 20 GB. */
export function isDiskLow({ free, total }: DiskSpace): boolean {
  return free < GIGABYTE || (free < total * 0.02 && free < 20 * GIGABYTE);
}
