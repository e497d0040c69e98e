/** What the resources of the API are given: the file, who hears of changes, what executes, and the clock. */
import type { DeployParts } from '../../engine/deploy/deploy.ts';
import type { Events } from '../../engine/events.ts';
import type { Scheduler } from '../../engine/schedule/scheduler.ts';
import type { Executor } from '../../engine/verbs/executor.ts';
import type { Store } from '../../store/store.ts';
import type { Live } from '../live.ts';

export interface ApiParts {
  readonly store: Store;
  readonly events: Events;
  /** What changed, for whoever looks. */
  readonly live: Live;
  readonly executor: Executor;
  /** Null where nothing is scheduled. */
  readonly scheduler: Scheduler | null;
  /** For what changes schedules: due times are answered by their former rule first. */
  readonly deployParts: DeployParts;
  readonly now: () => number;
  /** Of times that are written without an offset. */
  readonly zone: string;
  /** Runs at once. */
  readonly places: number;
}

/** Completes "cancelled by", "promoted by" and "retried by". */
export const BY = 'the API';
