/** The states of runs as people ask for them, a few words instead of eighteen: what counts, pictures and filters share. */
import { STATE_NAMES, type StateName, type StateType } from '../model/state.ts';
import type { Hue } from './state-mark.tsx';

export interface Bucket {
  readonly label: string;
  /** The value of `state:` that finds exactly these. */
  readonly word: string;
  readonly types: readonly StateType[];
  /** Whose mark it has. */
  readonly mark: StateName;
  readonly hue: Hue;
}

/** In the order in which they are piled up: what went well lies below. */
export const BUCKETS: readonly Bucket[] = [
  { label: 'Completed', word: 'completed', types: ['COMPLETED'], mark: 'Completed', hue: 'ok' },
  { label: 'Skipped', word: 'skipped', types: ['SKIPPED'], mark: 'Skipped', hue: 'idle' },
  { label: 'Cancelled', word: 'cancelled', types: ['CANCELLED'], mark: 'Cancelled', hue: 'idle' },
  { label: 'Waiting', word: 'waiting', types: ['SCHEDULED', 'PENDING', 'PAUSED'], mark: 'Scheduled', hue: 'idle' },
  { label: 'Running', word: 'running', types: ['RUNNING'], mark: 'Running', hue: 'run' },
  { label: 'Being cancelled', word: 'cancelling', types: ['CANCELLING'], mark: 'Cancelling', hue: 'warn' },
  { label: 'Failed', word: 'failed', types: ['FAILED', 'CRASHED'], mark: 'Failed', hue: 'fail' },
];

const OF_NAME = new Map(
  BUCKETS.flatMap((bucket) =>
    bucket.types.flatMap((type) => STATE_NAMES[type].map((name) => [name as StateName, bucket])),
  ),
);

export function bucketOf(name: StateName): Bucket | undefined {
  return OF_NAME.get(name);
}
