/**
 * The graph that `needs` make: an order to run in, circles, and what lies upstream of a task. Pure, and linear in the
 * number of edges, so that ten thousand tasks are judged at once.
 */

/** By name: what each task needs. Names that are not there are ignored. */
export type Needs = ReadonlyMap<string, readonly string[]>;

/** All names, each after everything it needs, otherwise in the order in which they were given; null: there is a circle. */
export function runOrder(needs: Needs): string[] | null {
  const waiting = new Map<string, number>();
  const dependents = new Map<string, string[]>();
  for (const [name, upstream] of needs) {
    const known = new Set(upstream.filter((each) => needs.has(each)));
    waiting.set(name, known.size);
    for (const each of known) {
      const list = dependents.get(each);
      if (list === undefined) dependents.set(each, [name]);
      else list.push(name);
    }
  }
  const order = [...needs.keys()].filter((name) => waiting.get(name) === 0);
  for (let at = 0; at < order.length; at++) {
    for (const name of dependents.get(order[at] as string) ?? []) {
      const left = (waiting.get(name) ?? 0) - 1;
      waiting.set(name, left);
      if (left === 0) order.push(name);
    }
  }
  return order.length === needs.size ? order : null;
}

/**
 * Circles, each named once from its first task in the order given: `['a', 'b', 'c']` means a needs b, b needs c, c needs
 * a. Circles that share a task are told as one of them; a task that needs itself is a circle of one.
 */
export function findCircles(needs: Needs): string[][] {
  const state = new Map<string, 'open' | 'done'>();
  const circles: string[][] = [];
  for (const start of needs.keys()) {
    if (state.has(start)) continue;
    // Walked with a stack of its own: a chain of ten thousand tasks is deeper than the language's.
    const path: { name: string; next: number }[] = [{ name: start, next: 0 }];
    state.set(start, 'open');
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const name = needs.get(top.name)?.[top.next];
      top.next++;
      if (name === undefined) {
        state.set(top.name, 'done');
        path.pop();
      } else if (state.get(name) === 'open') {
        circles.push(path.slice(path.findIndex((each) => each.name === name)).map((each) => each.name));
      } else if (needs.has(name) && !state.has(name)) {
        state.set(name, 'open');
        path.push({ name, next: 0 });
      }
    }
  }
  return circles.map((circle) => fromFirst(circle, needs));
}

/** Everything that must have ended before the task, however far up. */
export function upstreamOf(name: string, needs: Needs): Set<string> {
  const found = new Set<string>();
  const open = [...(needs.get(name) ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (found.has(next) || !needs.has(next)) continue;
    found.add(next);
    open.push(...(needs.get(next) ?? []));
  }
  return found;
}

function fromFirst(circle: readonly string[], needs: Needs): string[] {
  const members = new Set(circle);
  const first = [...needs.keys()].find((name) => members.has(name)) ?? '';
  const at = Math.max(0, circle.indexOf(first));
  return [...circle.slice(at), ...circle.slice(0, at)];
}
