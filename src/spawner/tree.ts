/**
 * Which processes belong to a command, and how they are signalled. A tree is the leader's group and session, every
 * process with the command's mark, everything seen below one of these before, and all their living descendants.
 */
import type { ProcessRow } from './process-table.ts';

/** The processes of one command, as far as they have been seen. */
export interface Tree {
  readonly leader: number;
  readonly mark: string;
  /** `awakeMs()` before it was started. */
  readonly startedAt: number;
  /** Start times of the members last seen; a member stays one, whatever it does to its environment or its parent. */
  readonly members: Map<number, number>;
  /** The leader's pid is no longer its own once group and session are empty; then it must not be matched. */
  ownsGroup: boolean;
}

/** The living members of `tree`, which remembers them. `rows` is every living process, or nothing where unknown. */
export function membersOf(tree: Tree, rows: readonly ProcessRow[]): ProcessRow[] {
  if (rows.length === 0) return [];
  const members = new Map<number, ProcessRow>();
  let hasGroup = false;
  for (const row of rows) {
    const inGroup = tree.ownsGroup && (row.group === tree.leader || row.session === tree.leader);
    if (inGroup) hasGroup = true;
    if (inGroup || row.mark === tree.mark || tree.members.get(row.pid) === row.startTime) members.set(row.pid, row);
  }
  if (!hasGroup) tree.ownsGroup = false;
  if (members.size > 0) {
    for (let grew = true; grew; ) {
      grew = false;
      for (const row of rows) {
        if (!members.has(row.parent) || members.has(row.pid)) continue;
        members.set(row.pid, row);
        grew = true;
      }
    }
  }
  members.delete(process.pid);
  tree.members.clear();
  for (const row of members.values()) tree.members.set(row.pid, row.startTime);
  return [...members.values()];
}

/** Whether the group of the leader has a member, a zombie included. */
export function hasGroup(tree: Tree): boolean {
  if (tree.ownsGroup && !signal(-tree.leader, 0)) tree.ownsGroup = false;
  return tree.ownsGroup;
}

export function signalGroup(tree: Tree, name: NodeJS.Signals): void {
  if (tree.ownsGroup) signal(-tree.leader, name);
}

/** Sends a signal; false when there is nobody. */
export function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch (error) {
    // EPERM: it exists but is another user's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
