/**
 * `weir retry --only T`: of all calls only T's are executed, with what T calls itself and the tasks that it stands in.
 * Every other call gets what an earlier attempt left in its place, though its inputs may have changed, or fails.
 * Only decides; the calls do.
 */
import type { TaskCall } from '../model/report.ts';
import type { FormerTask, MemoEntry } from '../model/run-start.ts';

/** What an earlier attempt left, and where it stood. */
type Placed = MemoEntry & { readonly former: FormerTask };

export type OnlyVerdict =
  | { readonly kind: 'execute'; readonly former: MemoEntry | null }
  | { readonly kind: 'reuse'; readonly former: MemoEntry }
  | { readonly kind: 'keep-failure'; readonly former: Placed }
  | { readonly kind: 'refuse'; readonly sentence: string };

export class Only {
  readonly #task: string;
  readonly #byIdentity = new Map<string, Placed>();
  /** By scope and name, in call order. */
  readonly #inOrder = new Map<string, Placed[]>();
  /** What a task that is executed calls is looked for in the scope that the task had. */
  readonly #formerScopes = new Map<string, string>();
  readonly #decided = new Map<string, Placed>();
  /** Scopes inside the task itself: nothing is withheld there. */
  readonly #free = new Set<string>();

  constructor(task: string, memo: readonly MemoEntry[]) {
    this.#task = task;
    for (const entry of memo) {
      const { former } = entry;
      if (former === undefined) continue;
      const placed = { ...entry, former };
      this.#byIdentity.set(entry.identity, placed);
      const key = nameKey(former.scope, former.name);
      this.#inOrder.set(key, [...(this.#inOrder.get(key) ?? []), placed]);
    }
    const rank = ({ former }: Placed) => [former.flowAttempt * -1, former.position] as const;
    for (const entries of this.#inOrder.values())
      entries.sort((a, b) => rank(a)[0] - rank(b)[0] || rank(a)[1] - rank(b)[1]);
  }

  /** Asked again, when the task around it is tried again, it says the same. */
  verdict(call: TaskCall): OnlyVerdict {
    if (this.#free.has(call.scope)) {
      this.#free.add(call.identity);
      return { kind: 'execute', former: null };
    }
    const placed = this.#formerOf(call);
    if (placed === undefined) return { kind: 'refuse', sentence: `it had not been called before, and ${this.#why}` };
    const { former } = placed;
    if (former.again !== null) {
      this.#formerScopes.set(call.identity, placed.identity);
      if (former.again === 'itself') this.#free.add(call.identity);
      return { kind: 'execute', former: placed };
    }
    if (placed.result !== null || placed.content) return { kind: 'reuse', former: placed };
    if (former.state.type === 'COMPLETED')
      return { kind: 'refuse', sentence: `its result could not be stored, and ${this.#why}` };
    return { kind: 'keep-failure', former: placed };
  }

  get #why(): string {
    return `weir retry --only ${this.#task} executes nothing else`;
  }

  /** The equal call, else the one that stood at this place, else the next one of this name. Each is given once. */
  #formerOf(call: TaskCall): Placed | undefined {
    const key = nameKey(this.#formerScopes.get(call.scope) ?? call.scope, call.name);
    const entries = this.#inOrder.get(key) ?? [];
    const decided = this.#decided.get(call.identity);
    if (decided !== undefined) return decided;
    const found =
      this.#byIdentity.get(call.identity) ??
      entries.find(({ former }) => former.position === call.position) ??
      entries[0];
    if (found === undefined) return undefined;
    const place = entries.indexOf(found);
    if (place !== -1) entries.splice(place, 1);
    this.#byIdentity.delete(found.identity);
    this.#decided.set(call.identity, found);
    return found;
  }
}

function nameKey(scope: string, name: string): string {
  return `${scope}\0${name}`;
}
