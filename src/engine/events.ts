/** What happened, told after it was committed: to the terminal, the page, and the next decision. */

import type { State } from '../model/state.ts';
import type { LogChunk } from '../store/logs.ts';
import type { TaskRunRow } from '../store/task-runs.ts';

export type EngineEvent =
  | { readonly kind: 'run-state'; readonly runId: number; readonly state: State }
  /** The hooks of an attempt have run, and nobody holds the run any more. */
  | { readonly kind: 'run-released'; readonly runId: number }
  | { readonly kind: 'task-state'; readonly runId: number; readonly task: TaskRunRow; readonly reused: boolean }
  | {
      readonly kind: 'progress';
      readonly runId: number;
      readonly task: TaskRunRow | null;
      readonly done: number;
      readonly total: number | null;
      readonly label: string | null;
    }
  /** The flow's own function waits until then (epoch ms). */
  | { readonly kind: 'sleeping'; readonly runId: number; readonly until: number }
  | { readonly kind: 'log'; readonly chunk: LogChunk; readonly task: TaskRunRow | null };

export interface Events {
  publish(events: readonly EngineEvent[]): void;
  /** Gives the function that ends the subscription. */
  subscribe(listener: (event: EngineEvent) => void): () => void;
}

export function createEvents(): Events {
  const listeners = new Set<(event: EngineEvent) => void>();
  return {
    publish(events) {
      for (const event of events) for (const listener of listeners) listener(event);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
