/** What a task call has to ask the engine for before an attempt: what it occupies, less what is held around it already. */
import { refuseBeyondCover } from '../model/limit.ts';
import type { TaskDefinition } from '../sdk/task.ts';

/** What is still to be taken. Tags are limits only where somebody made them so: that the engine knows. */
export interface WantedLimits {
  readonly occupies: Readonly<Record<string, number>>;
  readonly tags: readonly string[];
}

type Holds = ReadonlyMap<string, number>;

/**
 * null when there is nothing to ask for.
 * @throws WeirError when more is wanted of a limit than the task around it holds
 */
export function wantedLimits({ name, occupies, tags }: TaskDefinition, holds: Holds): WantedLimits | null {
  if (occupies === null && tags.length === 0) return null;
  const wanted = Object.entries(occupies ?? {});
  for (const [limit, amount] of wanted) {
    const covered = holds.get(limit);
    if (covered !== undefined) refuseBeyondCover(`task "${name}"`, limit, amount, covered);
  }
  const open = wanted.filter(([limit]) => !holds.has(limit));
  const openTags = tags.filter((tag) => !holds.has(`tag:${tag}`));
  return open.length + openTags.length === 0 ? null : { occupies: Object.fromEntries(open), tags: openTags };
}

/** With what was taken on top: what the calls made in there find held. */
export function withTaken(holds: Holds, taken: Readonly<Record<string, number>>): Holds {
  const added = Object.entries(taken);
  return added.length === 0 ? holds : new Map([...holds, ...added]);
}
