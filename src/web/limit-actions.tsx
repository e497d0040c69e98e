/** What can be done with a concurrency limit: another capacity, typed into a small form, or away with it. */
import { commandLine } from '../model/shell-word.ts';
import type { Action } from './action.tsx';
import { limitAction } from './address.ts';

export interface LimitToActOn {
  readonly name: string;
  readonly capacity: number;
  /** `user`: created by somebody, so that it can be deleted. */
  readonly declared_by: 'user' | 'flow' | null;
}

/** The field with its button; beside it belong `limitActions`. */
export function CapacityForm({ limit }: { limit: LimitToActOn }) {
  return (
    <form method="post" action={limitAction(limit.name)} class="acts">
      <input
        type="number"
        name="capacity"
        min="0"
        max="1000000"
        step="1"
        required
        value={String(limit.capacity)}
        aria-label={`Capacity of ${limit.name}`}
      />
      <button type="submit">Set capacity</button>
    </form>
  );
}

/** Commands name the capacity that it has: to be changed by whoever copies them. */
export function limitActions({ name, capacity, declared_by }: LimitToActOn): Action[] {
  const stop: Action = {
    kind: 'post',
    label: 'Stop',
    to: limitAction(name),
    fields: { capacity: '0' },
    tone: 'risk',
    command: commandLine('weir', 'concurrency-limit', 'create', name, 0),
  };
  const remove: Action = {
    kind: 'post',
    label: 'Delete',
    to: limitAction(name),
    fields: { delete: '1' },
    tone: 'risk',
    command: commandLine('weir', 'concurrency-limit', 'delete', name),
  };
  return [...(capacity === 0 ? [] : [stop]), ...(declared_by === 'user' ? [remove] : [])];
}
