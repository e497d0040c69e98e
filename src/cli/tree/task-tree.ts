/**
 * The graph of a flow as a small tree: each task once, below the last of what it needs; whatever else it needs is named
 * beside it. Pure.
 */

export interface TreeTask {
  readonly name: string;
  readonly needs: readonly string[];
  /** What is said beside its name. */
  readonly note: string;
}

export interface TreeLine {
  /** Branches in front of the name. */
  readonly lead: string;
  readonly name: string;
  readonly note: string;
}

/** `tasks` each after everything it needs. */
export function taskTree(tasks: readonly TreeTask[]): TreeLine[] {
  const order = new Map(tasks.map((task, at) => [task.name, at]));
  const children = new Map<string | null, TreeTask[]>();
  const parents = new Map<string, string | null>();
  for (const task of tasks) {
    const parent = task.needs.toSorted((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0)).at(-1) ?? null;
    parents.set(task.name, parent);
    children.set(parent, [...(children.get(parent) ?? []), task]);
  }
  const lines: TreeLine[] = [];
  // With a stack of its own: a chain of thousands is deeper than the language's.
  const open = (children.get(null) ?? []).toReversed().map((task) => ({ task, lead: '', below: '' }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { task, lead, below } = next;
    const others = task.needs.filter((name) => name !== parents.get(task.name));
    const also = others.length === 0 ? '' : `after ${others.join(', ')} too`;
    lines.push({ lead, name: task.name, note: [also, task.note].filter((each) => each !== '').join('; ') });
    const own = (children.get(task.name) ?? []).toReversed();
    for (const [at, child] of own.entries())
      open.push({
        task: child,
        lead: `${below}${at === 0 ? '└─ ' : '├─ '}`,
        below: `${below}${at === 0 ? '   ' : '│  '}`,
      });
  }
  return lines;
}
